"""Where an interrupted run goes on from: one file, replaced whole, outside the artefact."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.io.files import read_tensors, write_tensors

if TYPE_CHECKING:
    import numpy as np


class FolderStore:
    """Keeps a run's last checkpoint in a folder; a new one is due every so many seconds."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.path = folder / "checkpoint.safetensors"
        self.seconds = seconds
        self.last = time.monotonic()

    def load(self) -> "dict[str, np.ndarray[Any, Any]] | None":
        """Return the checkpoint, or None where there is none or it is torn."""
        from safetensors import SafetensorError

        try:
            return read_tensors(self.path)
        except (FileNotFoundError, SafetensorError):
            return None

    def save(self, arrays: "dict[str, np.ndarray[Any, Any]]") -> None:
        """Replace the checkpoint, whole or not at all."""
        write_tensors(self.path, arrays)
        self.last = time.monotonic()

    def due(self, step: int) -> bool:  # noqa: ARG002 (a matter of time, not of steps)
        """Say whether a checkpoint is due."""
        return time.monotonic() - self.last >= self.seconds
