"""What dvc.yaml calls: what does not stand is removed, so that DVC records none of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.study import ROOT
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.step_cli import step_app


def test_every_step_of_the_rules_has_a_hidden_verb() -> None:
    named = {command.name for command in step_app.registered_commands}
    assert named >= {"fetch", "prepare", "resample", "select", "train", "evaluate", "analyse", "report"}
    help_text = CliRunner().invoke(app, ["--help"]).stdout
    assert " verify " in help_text
    assert " step " not in help_text


def test_what_does_not_stand_is_pruned_and_named(tmp_path: Path) -> None:
    for home, name in (("runs/a", "receipt.json"), ("runs/b", "receipt.withdrawn.json"), ("runs/c", "run.json")):
        (tmp_path / home).mkdir(parents=True)
        (tmp_path / home / name).write_text("{}")
    command = [sys.executable, "-m", "pipeline", "step", "prune", "runs", "choices"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env=environment)
    assert done.stderr.splitlines() == ["removed runs/b", "removed runs/c"]
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["a"]
    assert list((tmp_path / "choices").iterdir()) == []


def test_a_step_that_fails_leaves_the_reason_in_its_log_and_in_the_list_of_failures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["step", "train", "runs/a/receipt.json", "--log", "logs/train.log"])
    assert done.exit_code == 1
    said = "runs/a/receipt.json: steps run inside a graph; use `snakemake --cores 2 runs/a/receipt.json`"
    assert Path("logs/train.log").read_text() == f"{said}\n"
    (failures,) = [path for path in Path(".pipeline").rglob("*") if "fail" in path.name]
    assert failures.read_text() == f"failed: {said}\n  log:    logs/train.log\n"
