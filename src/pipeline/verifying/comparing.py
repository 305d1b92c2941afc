"""What differs between a recorded file and the one that was rebuilt: per tensor, key or cell where it can be read."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.verifying.distances import Difference, Kind, array_difference, merged, said_of

Leaves = dict[str, Any]
DIGEST = re.compile(r"[0-9a-f]{64}")


def file_difference(recorded: Path, rebuilt: Path) -> Difference | None:
    """Return how two files of one name differ, or None where their bytes are the same."""
    if recorded.read_bytes() == rebuilt.read_bytes():
        return None
    read = READERS.get(rebuilt.suffix)
    if read is None:
        return bytes_difference(recorded, rebuilt)
    try:
        before, after = read(recorded), read(rebuilt)
    except Exception as error:  # whatever a damaged file makes its reader raise
        return Difference(Kind.BYTES, "", f"cannot be read as {rebuilt.suffix[1:]} ({type(error).__name__})")
    return leaves_difference(before, after) or Difference(Kind.BYTES, "", "the same values in other bytes")


def bytes_difference(recorded: Path, rebuilt: Path) -> Difference:
    """Return the first byte at which two files differ."""
    before, after = recorded.read_bytes(), rebuilt.read_bytes()
    shorter = min(len(before), len(after))
    at = next((index for index in range(shorter) if before[index] != after[index]), shorter)
    return Difference(Kind.BYTES, f"byte {at}", f"byte {at} of {len(before)} recorded, {len(after)} rebuilt")


def leaves_difference(before: Leaves, after: Leaves) -> Difference | None:
    """Return how two sets of named values differ, or None where each is the same."""
    found = []
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in before or name not in after:
            where = "recorded" if name in before else "rebuilt"
            found.append(Difference(Kind.OTHER, name, f"{name}: was only {where}"))
        elif difference := value_difference(name, before[name], after[name]):
            found.append(difference)
    return merged(found)


def value_difference(name: str, before: Any, after: Any) -> Difference | None:
    """Return how two values of a name differ: arrays, or scalars of JSON."""
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        return array_difference(name, before, after)
    if type(before) is float and type(after) is float:
        return array_difference(name, np.array(before), np.array(after))
    if type(before) is type(after) and before == after:
        return None
    digests = all(isinstance(value, str) and DIGEST.fullmatch(value) for value in (before, after))
    return Difference(Kind.DIGEST if digests else Kind.OTHER, name, said_of(name, before, after))


def read_safetensors(path: Path) -> Leaves:
    """Return a file's tensors by name, in order of their names."""
    from pipeline.io.files import read_tensors

    tensors = read_tensors(path)
    return {name: tensors[name] for name in sorted(tensors)}


def read_json_leaves(path: Path) -> Leaves:
    """Return the leaves of a JSON file by dotted key."""
    found: Leaves = {}

    def walk(value: Any, at: str) -> None:
        if isinstance(value, dict):
            for key in value:
                walk(value[key], f"{at}.{key}" if at else key)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                walk(item, f"{at}[{index}]")
        else:
            found[at] = value

    walk(json.loads(path.read_text(encoding="utf-8")), "")
    return found


def read_table(path: Path) -> Leaves:
    """Return the columns of a CSV or Parquet file as arrays: floats, integers, or text with missing cells empty."""
    import pandas as pd

    if path.suffix == ".parquet":
        table = pd.read_parquet(path)
    else:
        table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    return {str(name): column(table[name]) for name in table}


def column(values: Any) -> "np.ndarray[Any, Any]":
    """Return a column as an array; text becomes strings."""
    array: np.ndarray[Any, Any] = values.to_numpy()
    if array.dtype.kind not in "fiub":
        array = values.astype("string").fillna("").to_numpy(dtype=object)
    return array


READERS: dict[str, Callable[[Path], Leaves]] = {
    ".safetensors": read_safetensors,
    ".json": read_json_leaves,
    ".csv": read_table,
    ".parquet": read_table,
}


def parted_between(recorded: Path, rebuilt: Path) -> list[int] | None:
    """Return [step, step] between which two runs parted ways, by the chained hashes of their weights.

    At the first step the weights were still the same, at the second not; None where the chains agree, or say nothing.
    """
    try:
        chains = [json.loads(path.read_text(encoding="utf-8"))["weight_chain"] for path in (recorded, rebuilt)]
        last = 0
        for before, after in zip(*chains, strict=False):
            if before != after:
                return [last, int(after[0])]
            last = int(after[0])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return None
