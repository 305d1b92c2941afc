"""The rows of the splits as they lie on disk."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.io.files import read_json, read_tensors, write_json, write_tensors

SPLITS, HELD_OUT = "splits.safetensors", "held_out.safetensors"
ABOUT, PROBES = "about.json", "probes.json"

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def write_splits(
    home: Path, tensors: "dict[str, np.ndarray[Any, Any]]", about: dict[str, Any], probes: list[dict[str, Any]]
) -> None:
    """Write training and validation rows, what is said of them, and what the probes for leaks found."""
    write_json(home / PROBES, probes)
    write_tensors(home / SPLITS, tensors)
    write_json(home / ABOUT, about)


def write_held_out(home: Path, tensors: "dict[str, np.ndarray[Any, Any]]", about: dict[str, Any]) -> None:
    """Write the held-out rows, and what is said of them."""
    write_tensors(home / HELD_OUT, tensors)
    write_json(home / ABOUT, about)


@functools.lru_cache(maxsize=1)
def read_splits(home: Path) -> "tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]":
    """Return ({train_x, train_y, validation_x, validation_y}, {features, classes, counts}), read once a process."""
    return with_features(read_tensors(home / SPLITS)), read_json(home / ABOUT)


def read_held_out(home: Path) -> "tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]":
    """Return ({x, y}, {features, classes, counts}) of the held-out rows."""
    return with_features(read_tensors(home / HELD_OUT)), read_json(home / ABOUT)


def with_features(tensors: "dict[str, np.ndarray[Any, Any]]") -> "dict[str, np.ndarray[Any, Any]]":
    """Return arrays with x, where it is kept in bytes as images are, as float32 from 0 to 1."""
    return {name: from_bytes(array) if name.endswith("x") else array for name, array in tensors.items()}


def from_bytes(x: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return bytes as float32 from 0 to 1, correctly rounded; other features as they are."""
    import numpy as np

    return x / np.float32(255) if x.dtype == np.uint8 else x


def read_probes(home: Path) -> "pd.DataFrame":
    """Return what the probes for leaks found, one row a probe."""
    import pandas as pd

    return pd.DataFrame(read_json(home / PROBES))
