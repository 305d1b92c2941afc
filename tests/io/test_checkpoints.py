"""A checkpoint is due by the clock, and at once where a process is told to end, which it does then by that signal."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.io import checkpoints
from pipeline.io.checkpoints import FolderStore

ARRAYS = {"step": np.array([7])}


def store(folder: Path, seconds: float = 3600.0) -> FolderStore:
    return FolderStore(folder, seconds)


def ending(does: Callable[[], None]) -> int:
    """Return how a process ends that does something: its exit code, or minus the signal that ended it."""
    if not (child := os.fork()):
        try:
            does()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def told_to_end(folder: Path) -> FolderStore:
    """Return a store whose process was told to end."""
    kept = store(folder)
    kept.load()
    assert not kept.due(1)
    os.kill(os.getpid(), signal.SIGTERM)
    return kept


def test_what_was_saved_is_loaded_and_what_is_torn_is_not(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        kept = store(tmp_path)
        assert kept.load() is None
        kept.save(ARRAYS)
        loaded = store(tmp_path).load()
        assert loaded is not None
        np.testing.assert_array_equal(loaded["step"], ARRAYS["step"])
        kept.path.write_bytes(kept.path.read_bytes()[:-1])
        assert store(tmp_path).load() is None
    finally:
        signal.signal(signal.SIGTERM, before)


def test_one_is_due_so_many_seconds_after_the_last(tmp_path: Path) -> None:
    kept = store(tmp_path, 0.05)
    assert not kept.due(1)
    time.sleep(0.06)
    assert kept.due(2)
    kept.save(ARRAYS)
    assert not kept.due(3)
    assert not store(tmp_path).due(1)


def test_a_process_that_is_told_to_end_saves_at_its_next_step_and_ends_by_that_signal(tmp_path: Path) -> None:
    def step() -> None:
        kept = told_to_end(tmp_path)
        assert kept.due(2)
        kept.save(ARRAYS)

    assert ending(step) == -signal.SIGTERM
    assert (tmp_path / "checkpoint.safetensors").exists()


def test_where_no_step_comes_to_an_end_the_process_ends_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "GRACE", 0.05)

    def hang() -> None:
        told_to_end(tmp_path)
        time.sleep(3)

    assert ending(hang) == -signal.SIGTERM
    assert not (tmp_path / "checkpoint.safetensors").exists()
