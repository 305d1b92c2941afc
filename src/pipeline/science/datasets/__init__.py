"""One file per data set: how its raw arrays are obtained, and what was published about it."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.base.canonical import compact_json

if TYPE_CHECKING:
    from numpy.typing import NDArray


def code(name: str) -> tuple[str, ...]:
    """Return the module of a data set, as a step names the code that its parameters choose."""
    return (f"{__name__}.{name}",)


def digest(x: "NDArray[Any]", y: "NDArray[Any]", described: Mapping[str, Any] | None = None) -> str:
    """Return the sha256, in hexadecimal, of two arrays: dtype, shape and little-endian bytes of each.

    Of a table, what its columns and codes stand for is digested too.
    """
    import numpy as np

    state = hashlib.sha256()
    for array in (x, y):
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        state.update(f"{little.dtype.str}{little.shape}".encode())
        state.update(little.data)
    if described:
        state.update(compact_json(described).encode())
    return state.hexdigest()
