"""An artefact is made by one process at a time, and a process that dies lets go of it."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.io.holding import HELD, byte_of, held

HOMES = ["runs/a", "runs/b"]
STARTED: list[int] = []


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder of its own, and leave no process behind."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for process in list(STARTED):
        os.kill(process, signal.SIGKILL)
        ended(process)


def holder(homes: list[str], note: str, until: str = "") -> int:
    """Hold artefacts in another process, which notes that it does, until a file appears; return the process."""
    if child := os.fork():
        STARTED.append(child)
        return child
    try:
        with held(homes):
            Path(note).touch()
            while until and not Path(until).exists():
                time.sleep(0.005)
        os._exit(0)
    finally:
        os._exit(1)


def ended(process: int) -> int:
    """Wait for a process that holds artefacts, and return how it ended."""
    STARTED.remove(process)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def appears(path: str, within: float = 10.0) -> bool:
    end = time.monotonic() + within
    while not Path(path).exists() and time.monotonic() < end:
        time.sleep(0.005)
    return Path(path).exists()


@pytest.mark.parametrize("home", HOMES)
def test_a_second_process_waits_until_the_first_lets_go(home: str) -> None:
    first = holder(HOMES, "first", until="go")
    assert appears("first")
    second = holder([home], "second")
    assert not appears("second", within=0.3)
    Path("go").touch()
    assert appears("second")
    assert [ended(child) for child in (first, second)] == [0, 0]


def test_a_process_that_is_killed_holds_no_more() -> None:
    first = holder(HOMES, "first", until="never")
    assert appears("first")
    os.kill(first, signal.SIGKILL)
    assert ended(first) == -signal.SIGKILL
    second = holder(HOMES, "second")
    assert appears("second")
    assert ended(second) == 0


def test_other_artefacts_are_held_beside_them() -> None:
    first = holder(HOMES[:1], "first", until="go")
    assert appears("first")
    second = holder(HOMES[1:], "second")
    assert appears("second")
    Path("go").touch()
    assert [ended(child) for child in (first, second)] == [0, 0]


def test_two_that_name_the_same_artefacts_in_another_order_do_not_wait_for_each_other() -> None:
    many = [f"runs/{number}" for number in range(300)]
    children = [holder(homes, f"note{index}") for index, homes in enumerate((many, many[::-1]) * 4)]
    assert all(appears(f"note{index}") for index in range(8))
    assert [ended(child) for child in children] == [0] * 8


def test_each_artefact_has_a_byte_of_its_own_in_a_file_that_stays_empty() -> None:
    many = [f"runs/{number}" for number in range(2000)]
    assert len(set(map(byte_of, many))) == 2000
    assert max(map(byte_of, many)) < 2**48  # as far as a file may reach
    with held(many[:3]):
        assert HELD.stat().st_size == 0
