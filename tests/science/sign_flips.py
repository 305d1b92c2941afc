"""The sign-flip test of many samples at once, for simulations; it is held against the project's own of one sample."""

import numpy as np
from numpy.typing import NDArray


def exact_p(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the two-sided sign-flip p of each row of [studies, n], all flips at once."""
    flips = 1 - 2 * ((np.arange(2 ** drawn.shape[1])[:, None] >> np.arange(drawn.shape[1])) & 1)
    sums = np.abs(flips.astype(np.float64) @ drawn.T)
    return np.asarray(np.mean(sums >= sums[0] - 1e-9, axis=0))
