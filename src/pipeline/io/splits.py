"""The training and validation rows as they lie on disk."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.io.files import read_json, read_tensors

PROBES = "probes.json"

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@functools.lru_cache(maxsize=1)
def read_splits(home: Path) -> "tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]":
    """Return ({train_x, train_y, validation_x, validation_y}, {features, classes, counts}), read once a process."""
    return read_tensors(home / "splits.safetensors"), read_json(home / "about.json")


def read_probes(home: Path) -> "pd.DataFrame":
    """Return what the probes for leaks found, one row a probe."""
    import pandas as pd

    return pd.DataFrame(read_json(home / PROBES))
