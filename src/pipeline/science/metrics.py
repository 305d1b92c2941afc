"""Measures of a prediction."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def accuracy(predicted: NDArray[np.integer[Any]], labels: NDArray[np.integer[Any]]) -> float:
    """Return the fraction of labels [n] that predicted [n] equals; ValueError when empty or misfit."""
    if predicted.shape != labels.shape or labels.size == 0:
        raise ValueError(f"accuracy of {predicted.shape} predictions against {labels.shape} labels")
    return float(np.count_nonzero(predicted == labels) / labels.size)
