"""Training killed at any moment, on a full or a closed disk: nothing false, nothing lost, nothing left behind."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.disks import closed, enlarge, small_disk
from tests.study import ROOT, Study, checkout, made_once
from tests.workflow.neural import neural_params

SEEDS = range(10, 16)
RUNS = {f"runs/full/seed-{seed}" for seed in SEEDS}
POLICY = "CHECKPOINT_SECONDS = 20.0"
TOLD = "told.json"  # what was said of each attempt, in the folder of the study


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, list[dict[str, Any]]]:
    """Return a study of networks whose training was killed seven times, and what lay there after each."""

    def make(folder: Path) -> None:
        params = neural_params()
        params["method"]["steps"] = 100
        study = checkout(folder, params)
        stage = study.folder / "src" / "pipeline" / "stages" / "train.py"
        text = stage.read_text()
        assert POLICY in text
        stage.write_text(text.replace(POLICY, "CHECKPOINT_SECONDS = 0.0"))
        path = os.pathsep.join([str(study.folder / "src"), str(ROOT)])
        done = study.run(sys.executable, "-m", "tests.workflow.interrupted", PYTHONPATH=path, OMP_NUM_THREADS="1")
        (folder / TOLD).write_text(done.stdout.splitlines()[-1])

    study = made_once(tmp_path_factory, "killed-in-training", make)
    return study, json.loads((study.folder / TOLD).read_text())


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_job_killed_again_and_again_ends_with_the_bytes_of_one_left_alone(
    killed: tuple[Study, list[dict[str, Any]]],
) -> None:
    study, told = killed
    assert [attempt["code"] for attempt in told] == [-9] * 7
    assert [attempt["damage"] for attempt in told] == [
        "kept", "flipped", "kept", "truncated", "kept", "garbage", "foreign",
    ]  # fmt: skip
    assert sum(attempt["checkpoints"] for attempt in told) >= 5
    assert told[-1]["finished"]
    made, undisturbed = contents(study.folder / "runs"), contents(study.folder / "undisturbed")
    assert sum(name.endswith("receipt.json") for name in made) == len(SEEDS)
    assert made == undisturbed


@pytest.mark.slow
def test_what_a_killed_job_had_finished_is_not_repeated(killed: tuple[Study, list[dict[str, Any]]]) -> None:
    study, _ = killed
    assert sorted(home for event, home in study.journal() if event == "made") == sorted(RUNS)


@pytest.mark.slow
def test_a_run_of_the_graph_finds_it_all_true_and_removes_what_the_kills_tore(
    killed: tuple[Study, list[dict[str, Any]]],
) -> None:
    study, _ = killed
    torn = study.folder / "observed" / "artefacts" / f".runs__full__seed-10.json.{2**22 + 1}.tmp"
    torn.write_text("{")
    study.forget()
    study.snakemake("runs/full/seed-10/receipt.json", "--config", f"pack={len(SEEDS)}")
    assert study.made() == set()
    assert not list(study.folder.rglob("*.tmp"))
    assert not contents(study.folder / ".pipeline" / "scratch")
    assert not contents(study.folder / ".pipeline" / "building")


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the lines by which we say what is wrong."""
    return [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("pipeline: ")]


@pytest.mark.slow
def test_a_disk_that_is_full_is_told_in_one_line_and_with_more_room_the_run_goes_on(
    killed: tuple[Study, list[dict[str, Any]]], tmp_path: Path
) -> None:
    params = neural_params()
    params["method"]["steps"] = 100
    study = checkout(tmp_path / "study", params)
    state = study.folder / ".pipeline"
    with small_disk(state, "8k"):
        done = study.snakemake("data/raw/receipt.json", check=False)
        assert done.returncode != 0
        assert len(said(done)) == 1
        assert "raw.safetensors: cannot be written (No space left on device); make room on that disk" in said(done)[0]
        assert "Traceback" not in done.stderr
        assert not list(study.folder.rglob("*receipt*.json"))
        assert not list(study.folder.rglob("*.tmp"))

        enlarge(state, "1m")
        study.snakemake("data/raw/receipt.json")
        assert contents(study.folder / "data" / "raw") == contents(killed[0].folder / "data" / "raw")

        (state / "filler").write_bytes(b"")
        with contextlib.suppress(OSError):
            (state / "filler").write_bytes(b"x" * 2**20)
        study.forget()
        done = study.snakemake("data/splits/receipt.json", check=False)
        assert done.returncode != 0
        assert len(said(done)) == 1
        assert "No space left on device); make room" in said(done)[0]
        assert not list((study.folder / "data").rglob("splits/*"))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["logs", "data/raw", "."])
def test_a_folder_that_cannot_be_written_is_told_in_one_line_before_anything_runs(name: str, tmp_path: Path) -> None:
    study = checkout(tmp_path / "study")
    (study.folder / name).mkdir(parents=True, exist_ok=True)
    with closed(study.folder / name):
        done = study.snakemake("data/raw/receipt.json", check=False)
    assert done.returncode != 0
    assert len(said(done)) == 1
    assert "cannot be written" in said(done)[0]
    assert "Traceback" not in done.stderr
    assert not list(study.folder.rglob("*receipt*.json"))
