"""A data set of one's own: an .npz file with features x [n, ...] and labels y [n]."""

import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.base.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FROM_FILE = True
NUMBERS = "biuf"  # kinds of dtype that x may have: truth values, whole numbers and floating ones
DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    TypeError,
    SyntaxError,
    RuntimeError,  # and NotImplementedError: an archive of another version, or an encrypted one
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
    tokenize.TokenError,
)  # what NumPy raises for a file that is no archive of arrays, or a damaged one


def load(seed: int, source: Path) -> "tuple[NDArray[np.float32], NDArray[np.int64]]":  # noqa: ARG001
    """Return x float32 [n, ...] and y int64 [n]; raise DataError where the file is not such a set."""
    import numpy as np

    try:
        with np.load(source, allow_pickle=False) as file:
            x, y = file["x"], file["y"]
    except DAMAGED as error:
        said = f"is no .npz file with arrays x and y ({' '.join(str(error).split())})"
        raise DataError(f"{source}: {said}; restore it from its origin") from None
    if x.dtype.kind not in NUMBERS or x.ndim < 2 or not np.isfinite(x.astype(np.float32)).all():
        raise DataError(f"{source}: x must be [rows, ...] of numbers, none missing or too large; correct it")
    if y.shape != x.shape[:1] or not y.size or y.dtype.kind not in "iu" or y.min() < 0:
        raise DataError(f"{source}: y must be [rows] of whole numbers from 0, as many as x has rows; correct it")
    return x.astype(np.float32), y.astype(np.int64)
