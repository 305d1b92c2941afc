"""Writes one file of every kind, its parts in an order that a seed shuffles; prints what each came to."""

import hashlib
import random
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.io.files import write_csv, write_json, write_parquet, write_tensors, write_text


def shuffled(mapping: dict[str, object], seed: int) -> dict[str, object]:
    """Return a mapping in another order."""
    items = list(mapping.items())
    random.Random(seed).shuffle(items)
    return dict(items)


def write_all(folder: Path, seed: int) -> dict[str, str]:
    """Write everything and return the digest of each file."""
    values = {"é": 0.1 + 0.2, "b": [1, None, True], "a": {"z": 1, "y": "ß"}, "c": 1e-300}
    write_json(folder / "value.json", shuffled(values, seed))
    arrays = {name: np.arange(6, dtype=kind).reshape(2, 3) for name, kind in (("x", "f4"), ("y", "i8"), ("z", "f8"))}
    metadata = {name: index for index, name in enumerate("abcdefgh")}
    write_tensors(folder / "value.safetensors", shuffled(arrays, seed), shuffled(metadata, seed))  # type: ignore[arg-type]
    table = pd.DataFrame(
        {"name": ["a", "b", None], "x": [0.1, float("nan"), 1 / 3], "n": [1, 2, 3], "ok": [True, False, True]}
    )
    table.index = pd.Index(random.Random(seed).sample(range(100), 3))
    write_parquet(folder / "table.parquet", table)
    write_csv(folder / "table.csv", table)
    write_text(folder / "text.txt", "one\nzwö\n")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


if __name__ == "__main__":
    print(write_all(Path(sys.argv[1]), int(sys.argv[2])))
