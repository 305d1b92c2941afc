"""One file per data set: how its raw arrays are obtained, and what was published about it."""

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def digest(x: "NDArray[Any]", y: "NDArray[Any]") -> str:
    """Return the sha256, in hexadecimal, of two arrays: dtype, shape and little-endian bytes of each."""
    import numpy as np

    state = hashlib.sha256()
    for array in (x, y):
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        state.update(f"{little.dtype.str}{little.shape}".encode())
        state.update(little.tobytes())
    return state.hexdigest()
