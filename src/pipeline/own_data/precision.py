"""Whether numbers are still told apart once they are float32, which has 24 bits for a number."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

EXACT = 2**24  # whole numbers up to here are exact in float32
LOST_WHOLE, LOST = 0.01, 0.5  # the share of distinct numbers whose loss tells of an offset, and not of chance


def told_apart(values: NDArray[Any]) -> bool:
    """Tell whether finite numbers [n] keep nearly all that is distinct in them as float32."""
    if values.dtype.kind not in "iuf" or not len(values) or float(np.abs(values.astype(np.float64)).max()) <= EXACT:
        return True
    distinct = np.unique(values)
    left = len(np.unique(distinct.astype(np.float32)))
    whole = values.dtype.kind in "iu" or bool(np.all(distinct == np.floor(distinct)))
    return len(distinct) - left <= len(distinct) * (LOST_WHOLE if whole else LOST)
