"""The rows of the splits as they lie on disk: what models may see, and apart from it the labels they are scored by."""

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.canonical import canonical_json, text_digest, value_digest
from pipeline.io.files import read_json, read_tensors, tensor_bytes, write_json, write_tensors

SPLITS, HELD_OUT, LABELS = "splits.safetensors", "held_out.safetensors", "labels.safetensors"
SCORED_BY = {SPLITS: "validation_y", HELD_OUT: "y"}  # what no model sees of it
ABOUT, PROBES = "about.json", "probes.json"

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


@dataclass(frozen=True)
class Dealt:
    """Rows of one part, all labels among them, under the name of its file; what is said of them, and what probes found.

    SPLITS has {train_x, train_y, validation_x, validation_y}, HELD_OUT {x, y}; only SPLITS is probed. `drawn` bool [n]
    says which held-out rows were drawn from the same rows as validation, and not published as a test set.
    """

    file: str
    tensors: "dict[str, np.ndarray[Any, Any]]"
    about: dict[str, Any]
    probes: list[dict[str, Any]] | None = None
    drawn: "np.ndarray[Any, Any] | None" = None

    @property
    def rows(self) -> str:
        """The sha256 by which looks name the rows: of inputs, labels and what is said of them, as one artefact."""
        files = {
            self.file: hashlib.sha256(tensor_bytes(self.tensors)).hexdigest(),
            ABOUT: text_digest(canonical_json(self.about)),
        }
        if self.probes is not None:
            files[PROBES] = text_digest(canonical_json(self.probes))
        return value_digest(files)


def read_raw(home: Path) -> "tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]":
    """Return ({x, y}, what about.json says) of the raw data."""
    return read_tensors(home / "raw.safetensors"), read_json(home / ABOUT)


def write_inputs(home: Path, part: Dealt) -> None:
    """Write what models may see of a part: all but the labels they are scored by."""
    if part.probes is not None:
        write_json(home / PROBES, part.probes)
    write_tensors(home / part.file, {name: rows for name, rows in part.tensors.items() if name != SCORED_BY[part.file]})
    write_json(home / ABOUT, part.about)


def write_labels(home: Path, part: Dealt, rows: str) -> None:
    """Write the labels that models are scored by, which rows were drawn, and the digest of the rows that looks name."""
    drawn = {} if part.drawn is None else {"drawn": part.drawn}
    write_tensors(home / LABELS, {"y": part.tensors[SCORED_BY[part.file]], **drawn})
    write_json(home / ABOUT, {"classes": part.about["classes"], "rows": rows})


@functools.lru_cache(maxsize=1)
def read_splits(home: Path) -> "tuple[dict[str, np.ndarray[Any, Any]], dict[str, Any]]":
    """Return ({train_x, train_y, validation_x}, {features, classes, counts}), read once a process."""
    return with_features(read_tensors(home / SPLITS)), read_json(home / ABOUT)


def read_held_out(home: Path) -> "tuple[np.ndarray[Any, Any], dict[str, Any]]":
    """Return (x, {features, classes, counts}) of the held-out rows."""
    return with_features(read_tensors(home / HELD_OUT))["x"], read_json(home / ABOUT)


def read_labels(home: Path) -> "tuple[np.ndarray[Any, Any], dict[str, Any]]":
    """Return (labels int64 [n], {classes, rows}) of validation or held-out rows."""
    return read_tensors(home / LABELS)["y"], read_json(home / ABOUT)


def read_drawn(home: Path) -> "np.ndarray[Any, Any]":
    """Return bool [n]: which held-out rows, whose labels lie there, were drawn from the same rows as validation."""
    return read_tensors(home / LABELS)["drawn"]


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
