"""A data set of one's own: an .npz file with features x [n, ...] and labels y [n]."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.base.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FROM_FILE = True


def load(seed: int, source: Path) -> "tuple[NDArray[np.float32], NDArray[np.int64]]":  # noqa: ARG001
    """Return x float32 [n, ...] and y int64 [n]; raise DataError where the file is not such a set."""
    import numpy as np

    try:
        with np.load(source, allow_pickle=False) as file:
            x, y = file["x"], file["y"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{source}: is no .npz file with arrays x and y ({error}); restore it from its origin"
        ) from None
    if len(x) != len(y) or len(y) == 0 or not np.issubdtype(y.dtype, np.integer) or not np.isfinite(x).all():
        raise DataError(f"{source}: x and y must have as many rows, y whole numbers, x no missing values; correct it")
    return x.astype(np.float32), y.astype(np.int64)
