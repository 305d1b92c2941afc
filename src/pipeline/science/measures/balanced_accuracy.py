"""Balanced accuracy: the mean over classes of the share of their items that are right (Brodersen et al. 2010)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WORDS = "balanced accuracy"


def item_scores(predicted: "NDArray[np.int64]", labels: "NDArray[np.int64]", classes: int) -> "NDArray[np.float64]":
    """Return float64 [n]: an item that is right counts n / (classes that occur * items of its class), else 0."""
    import numpy as np

    counts = np.bincount(labels, minlength=classes)
    weights = len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return np.where(predicted == labels, weights[labels], 0.0)
