"""An .npz file with features x [n, ...] and labels y [n]: checked, with the reason where it cannot be studied."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.base.errors import DataError
from pipeline.own_data.precision import EXACT, told_apart
from pipeline.own_data.source import Source
from pipeline.science.datasets.npz_file import DAMAGED, NUMBERS

NAMES = ("x", "y")
SAVED = "save it as np.savez(path, x=…, y=…)"


def open_arrays(path: Path) -> Source:
    """Return an .npz file as a source; raise DataError where it holds no x and y that can be studied."""
    x, y = read_arrays(path)
    check_features(path, x)
    check_labels(path, x, y)

    def write(place: Path, kept: list[int] | None) -> None:
        if kept is None:
            shutil.copyfile(path, place)
        else:
            with place.open("wb") as file:  # of a path np.savez would make another one where it ends in .NPZ
                np.savez(file, x=x[kept], y=y[kept])

    flat = x.reshape(len(x), -1)
    constant = int((flat == flat[:1]).all(axis=0).sum())
    notes = [f"x is {x.dtype} {list(x.shape)}, y {y.dtype} {list(y.shape)}"]
    notes += [f"{constant} of {flat.shape[1]} features are constant"] if constant else []
    return Source(
        "arrays", "npz_file", path.name, [str(label) for label in range(int(y.max()) + 1)], write, notes=notes
    )


def read_arrays(path: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return x and y; raise DataError where the file is no archive, lacks one of them, or holds objects."""
    try:
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in NAMES if name not in file.files]
            if missing:
                held = ", ".join(file.files) or "nothing"
                raise DataError(f"{path}: {missing[0]}: is missing, it holds {held}; {SAVED}")
            return file["x"], file["y"]
    except DAMAGED as error:
        if "Object arrays" in str(error):
            remedy = "save plain numbers, as in x.astype(np.float32): pickled objects are not read"
            raise DataError(f"{path}: holds an object array; {remedy}") from None
        raise DataError(f"{path}: is no .npz file ({' '.join(str(error).split())}); {SAVED}") from None


def check_features(path: Path, x: NDArray[Any]) -> None:
    """Raise DataError where x is not [rows, ...] of finite real numbers."""
    if x.ndim < 2 or not x.size:
        raise DataError(f"{path}: x: has shape {list(x.shape)}, not [rows, features, …]; give each example a row")
    if x.dtype.kind not in NUMBERS:
        raise DataError(f"{path}: x: is {x.dtype}, not real numbers; encode it as numbers")
    with np.errstate(over="ignore"):
        read = x.astype(np.float32)
    bad = np.argwhere(~np.isfinite(read))
    if len(bad):
        place = "x[" + ", ".join(map(str, bad[0])) + "]"
        said = f"{len(bad)} values are missing, infinite or too large for float32, the first at {place}"
        raise DataError(f"{path}: x: {said}; correct or remove these rows")
    large = np.flatnonzero(np.abs(read.reshape(len(x), -1)).max(axis=0) >= EXACT)
    for at, feature in zip(large, x.reshape(len(x), -1).T[large], strict=True):
        if not told_apart(feature):
            said = f"feature {at} has numbers that float32 cannot tell apart"
            raise DataError(f"{path}: x: {said}; subtract an offset, or round them")


def check_labels(path: Path, x: NDArray[Any], y: NDArray[Any]) -> None:
    """Raise DataError where y is not one whole number a row, from 0 without gaps."""
    if y.ndim != 1 or len(y) != len(x):
        raise DataError(f"{path}: y: has shape {list(y.shape)} for {len(x)} rows of x; give one label a row")
    if np.issubdtype(y.dtype, np.floating):
        raise DataError(f"{path}: y: is continuous ({y.dtype}); classes are whole numbers from 0, so bin it or cast it")
    if y.dtype.kind not in "iu":
        raise DataError(f"{path}: y: is {y.dtype}; number the classes (np.unique(y, return_inverse=True)[1])")
    found = np.unique(y)
    if not np.array_equal(found, np.arange(len(found))):
        said = f"has labels {found[0]} to {found[-1]}, {len(found)} of them"
        raise DataError(f"{path}: y: {said}; number them from 0 (np.unique(y, return_inverse=True)[1])")
