"""What training may see."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.base.seeds import generator


@dataclass(frozen=True)
class TrainingData:
    """Training and validation rows: x float32 [n, *features], y int64 [n]."""

    train_x: NDArray[np.float32]
    train_y: NDArray[np.int64]
    validation_x: NDArray[np.float32]
    validation_y: NDArray[np.int64]


def drawn(data: TrainingData, rows: int, study_seed: int, sample: int) -> TrainingData:
    """Return the data with so many of its training rows, drawn without replacement by the stream "sample"."""
    chosen = generator(study_seed, "sample", sample).permutation(len(data.train_y))[:rows]
    return TrainingData(data.train_x[chosen], data.train_y[chosen], data.validation_x, data.validation_y)
