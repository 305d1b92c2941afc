"""Where an interrupted run goes on from: one file, replaced whole, outside the artefact."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.io.files import read_tensors, write_tensors

if TYPE_CHECKING:
    import numpy as np


GRACE = 15.0  # seconds that a run has to get to its next step once it is told to end: Slurm kills after 30 (KillWait)


class FolderStore:
    """Keeps a run's last checkpoint in a folder; a new one is due every so many seconds.

    One is due at once where this process is told to end (SIGTERM: a preempted job, a time limit, scancel). It ends
    then, by that signal; also where no step comes to an end within GRACE.
    """

    def __init__(self, folder: Path, seconds: float) -> None:
        self.path = folder / "checkpoint.safetensors"
        self.seconds = seconds
        self.last = time.monotonic()
        self.ending = False

    def load(self) -> "dict[str, np.ndarray[Any, Any]] | None":
        """Return the checkpoint, or None where there is none or it is torn."""
        from safetensors import SafetensorError

        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self.end_soon)
        try:
            return read_tensors(self.path)
        except (FileNotFoundError, SafetensorError):
            return None

    def save(self, arrays: "dict[str, np.ndarray[Any, Any]]") -> None:
        """Replace the checkpoint, whole or not at all."""
        write_tensors(self.path, arrays)
        self.last = time.monotonic()
        if self.ending:
            end()

    def due(self, step: int) -> bool:  # noqa: ARG002 (a matter of time, not of steps)
        """Say whether a checkpoint is due."""
        return self.ending or time.monotonic() - self.last >= self.seconds

    def end_soon(self, *_: object) -> None:
        """Let the next step be the last one."""
        self.ending = True
        signal.signal(signal.SIGALRM, lambda *_: end())
        signal.setitimer(signal.ITIMER_REAL, GRACE)


def end() -> None:
    """End this process by SIGTERM, as if nothing had caught it."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
