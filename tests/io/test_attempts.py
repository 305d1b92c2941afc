"""What a job notes while it runs: read again whole, also where it was killed in the middle of a line."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.disks import small_disk

from pipeline.base.errors import RunFailedError
from pipeline.io.attempts import ATTEMPTS, attempted, attempts
from pipeline.io.jobs import STATE

ROOT = Path(__file__).resolve().parents[2]
HOMES = ["runs/full/seed-1", "runs/full/seed-2", "runs/full/seed-3"]
KILLED = f"""
import os, signal
from pathlib import Path
from pipeline.io.attempts import attempted
with attempted("train", {HOMES}, Path("logs/train_1.log")) as note:
    note("made", "runs/full/seed-1")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_attempt_that_ends_tells_what_it_made_and_what_failed() -> None:
    reasons = {"runs/full/seed-2": "out of luck"}

    def fail() -> None:
        with attempted("train", HOMES, Path("logs/train_1.log")) as note:
            note("made", "runs/full/seed-1")
            note("returned", "runs/full/seed-3")
            raise RunFailedError(reasons)

    with pytest.raises(RunFailedError):
        fail()
    (attempt,) = attempts()
    assert list(attempt.made) == ["runs/full/seed-1", "runs/full/seed-3"]
    assert attempt.made["runs/full/seed-3"] == 0.0
    assert attempt.failed == reasons
    assert attempt.ended
    assert not attempt.is_dead()


def test_an_attempt_that_is_killed_has_no_end_and_tells_what_it_had_made() -> None:
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    subprocess.run([sys.executable, "-c", KILLED], env={**os.environ, "PYTHONPATH": path}, check=False)
    (attempt,) = attempts()
    assert not attempt.ended
    assert attempt.is_dead()
    assert list(attempt.made) == HOMES[:1]
    assert attempt.missing == HOMES[1:]
    assert attempt.current == HOMES[1]


def test_a_torn_line_is_left_out() -> None:
    with attempted("train", HOMES, Path("logs/train_1.log")) as note:
        note("made", HOMES[0])
    (path,) = ATTEMPTS.glob("*.jsonl")
    text = path.read_text()
    path.write_text(text[: text.index('"made"') + 20])
    (attempt,) = attempts()
    assert attempt.made == {}
    path.write_text("")
    assert attempts() == []


def filled(disk: Path) -> Path:
    """Fill a disk; return what fills it."""
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    return ballast


def test_a_job_that_succeeds_on_a_full_disk_is_told_neither_as_failed_nor_as_killed() -> None:
    with small_disk(STATE, "64k"):
        ATTEMPTS.mkdir()
        ballast = filled(STATE)
        with attempted("train", HOMES, Path("logs/train_1.log")) as note:
            note("made", HOMES[0])
        assert attempts() == []
        ballast.unlink()


def test_what_a_full_disk_had_no_room_for_is_noted_when_it_has() -> None:
    homes = [f"runs/full/seed-{seed}" for seed in range(200)]  # more than the block that a file has in any case
    with small_disk(STATE, "64k"):
        with attempted("train", HOMES, Path("logs/train_1.log")) as note:
            ballast = filled(STATE)
            for home in homes:
                note("made", home)
            ballast.unlink()
        (attempt,) = attempts()
        assert list(attempt.made) == homes
        assert attempt.ended


def test_an_attempt_that_ended_is_read_once() -> None:
    with attempted("train", HOMES, Path("logs/train_1.log")):
        pass
    over = {}
    assert attempts(over) == attempts(over)
    (path,) = ATTEMPTS.glob("*.jsonl")
    path.write_text("")
    assert len(attempts(over)) == 1
    assert attempts() == []
