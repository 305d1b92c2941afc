"""What is said at the end of a run of jobs that were killed in it: real processes, notes and receipts."""

import os
import subprocess
import sys
from pathlib import Path

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
