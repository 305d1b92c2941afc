"""The training and validation rows as they lie on disk."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.io.files import read_json, read_tensors

if TYPE_CHECKING:
    import numpy as np


@functools.lru_cache(maxsize=1)
def read_splits(home: Path) -> "tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]":
    """Return ({train_x, train_y, validation_x, validation_y}, {features, classes, counts}), read once a process."""
    return read_tensors(home / "splits.safetensors"), read_json(home / "about.json")
