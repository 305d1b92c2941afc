"""How verbs answer: text or JSON, an exit that says whether all is sound, an error in one line."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.certificates.rebuilds import Fields, altered, keep, key, record, verification
from tests.own_data.given import arrays
from typer.testing import CliRunner

from pipeline.answers import tell
from pipeline.base.errors import PipelineError
from pipeline.certifying import certify
from pipeline.cli import app, main


def listed(found: dict[str, Any]) -> str:
    return ", ".join(found)


def test_what_was_found_is_told_to_people_or_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    tell({"a": 1, "b": [2]}, listed, as_json=False)
    assert capsys.readouterr().out == "a, b\n"
    tell({"a": 1, "b": [2]}, listed, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"a": 1, "b": [2]}


@pytest.mark.parametrize("as_json", [False, True])
def test_what_is_not_sound_is_told_and_exits_with_1(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as left:
        tell({"a": 1}, listed, as_json, is_sound=False)
    assert left.value.exit_code == 1
    assert "a" in capsys.readouterr().out


def test_an_error_of_ours_is_one_line_and_a_traceback_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["pipeline", "explain", "results/metrics.json"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == "pipeline: results/metrics.json: is in no artefact; name a file of one, such as " + (
        "results/metrics.json"
    )
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--debug"])
    with pytest.raises(PipelineError):
        main()


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fields:
    monkeypatch.chdir(tmp_path)
    return record()


def test_certificates_are_counted_and_a_refused_one_exits_with_1(manifest: Fields) -> None:
    path = certify(verification(manifest), key("ada"))
    done = CliRunner().invoke(app, ["verify", "--certificates", "--json"])
    found = json.loads(done.stdout)
    assert (done.exit_code, found["verifiers"]) == (0, ["ada"])
    assert found.keys() == {
        "manifest_sha256", "commit", "verifiers", "classes", "partial", "text", "certificates",
    }  # fmt: skip
    keep(altered(path, date="2001-01-01T00:00:00Z"), path.with_name(f"{path.name}.sig").read_bytes())
    done = CliRunner().invoke(app, ["verify", "--certificates"])
    assert done.exit_code == 1
    assert "forged: " in done.stdout
    assert done.stdout.splitlines()[-1].endswith("(ada) on 1 class of machine; not counted: 1 forged")


def test_a_new_study_is_told_as_json_with_all_that_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src" / "pipeline").mkdir(parents=True)
    for name in ("dvc.yaml", "plan/README.md", "looks/README.md", "data/source/README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("stages: {}\n")
    monkeypatch.chdir(tmp_path)
    command = ["new", "mine", "--data", str(arrays(tmp_path)), "--dry-run"]
    done = CliRunner().invoke(app, [*command, "--json"])
    found = json.loads(done.stdout)
    assert found.keys() == {
        "study", "written", "probes", "chosen", "data", "columns", "classes", "repeats",
    }  # fmt: skip
    assert (found["written"], found["data"]["rows"], found["chosen"]["seeds"]) == (False, 1797, 10)
    assert not (tmp_path / "studies").exists()


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        (("step", "train", "runs/a/receipt.json", "--log", "a.log"), "steps run inside a graph; use `snakemake"),
        (("restore",), "manifest.json: is missing; nothing was recorded at this commit"),
        (("verify", "--certificates"), "there is no manifest.json"),
        (("status", "--watch"), "no snakemake is at work in this folder"),
        (("track", "mlflw"), "nothing is named 'mlflw'; did you mean 'mlflow'?"),
    ],
)
def test_a_verb_that_has_nothing_to_work_on_says_why(
    verb: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, list(verb))
    assert (done.exit_code, done.stdout) == (1, "")
    assert isinstance(done.exception, PipelineError)
    assert said in str(done.exception)
