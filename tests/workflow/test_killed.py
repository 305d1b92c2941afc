"""What is said at the end of a run of jobs that were killed in it: real processes, notes and receipts."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline.io.receipts import WITHDRAWN
from pipeline.killed import killed

ROOT = Path(__file__).resolve().parents[2]
HOMES = ["runs/full/seed-1", "runs/full/seed-2"]
JOB = f"""
import os, signal, sys
from pathlib import Path
from pipeline.io.attempts import attempted
with attempted("train", {HOMES}, Path("logs/train_1.log")) as note:
    for home in sys.argv[2:]:
        note("made", home)
    if sys.argv[1] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
"""


def job(end: str, *made: str, **environment: str) -> None:
    """Run a job that notes what it made, and is killed or ends."""
    clean = {name: value for name, value in os.environ.items() if name != "SLURM_JOB_ID"}
    subprocess.run(
        [sys.executable, "-c", JOB, end, *made],
        env={**clean, "PYTHONPATH": str(ROOT / "src"), **environment},
        check=end != "killed",
    )


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_only_an_earlier_study_made_was_not_made_since() -> None:
    for home in HOMES:
        Path(home).mkdir(parents=True)
        (Path(home) / WITHDRAWN).write_text("{}")  # what settling leaves of an artefact that is true no more
    job("killed", HOMES[0])
    (line,) = killed([], set())
    assert f"done: {HOMES[0]}; not done: {HOMES[1]}; " in line
    assert line.endswith("not made in 1 tries, retries are used up: run snakemake again to go on from what is done")


def test_what_another_try_made_was_made_since() -> None:
    job("killed", HOMES[0])
    job("ended", *HOMES)
    (line,) = killed([], set())
    assert line.endswith("; made since")


def test_a_kill_inside_an_allocation_is_not_told_as_a_requeue() -> None:
    job("killed", HOMES[0], SLURM_JOB_ID="7")
    job("ended", *HOMES, SLURM_JOB_ID="7")
    (line,) = killed([], set())
    assert line.startswith("killed: a job of train was killed (by hand, or for want of memory); ")
    (line,) = killed(["--executor", "slurm"], set())  # there such a number is that of one job, which came back
    assert line.startswith("killed: job 7 (train) was requeued by Slurm ")


@pytest.mark.parametrize(
    ("all_was_made", "later"), [(True, "made since"), (False, "in 1 of 3 tries: run snakemake again")]
)
def test_a_job_that_never_began_is_told_with_what_became_of_it(
    all_was_made: bool, later: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = f"8|{uuid4()}|CANCELLED|rule_select_wildcards_full|{folder}"
    program = folder / "squeue"
    program.write_text(f"#!/bin/sh\necho '{row}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    job("ended", *HOMES, SLURM_JOB_ID="9")
    arguments = ["--executor", "slurm", "--retries", "2"]
    (line,) = killed(arguments, set(), all_was_made)
    assert line.startswith(f"killed: job 8 (select full) was cancelled; nothing of it began, {later}")
    assert killed(arguments, {"8"}, all_was_made) == []
