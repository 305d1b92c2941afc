"""What training may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.base.seeds import generator


@dataclass(frozen=True)
class TrainingData:
    """Training rows, and validation inputs without labels: x float32 [n, *features], y int64 [n]."""

    train_x: NDArray[np.float32]
    train_y: NDArray[np.int64]
    validation_x: NDArray[np.float32]


def drawn(data: TrainingData, rows: int, study_seed: int, sample: int) -> TrainingData:
    """Return the data with so many of its training rows, drawn without replacement by the stream "sample"."""
    chosen = generator(study_seed, "sample", sample).permutation(len(data.train_y))[:rows]
    return TrainingData(data.train_x[chosen], data.train_y[chosen], data.validation_x)


def first_rows(arrays: Mapping[str, NDArray[Any]], rows: int | None) -> TrainingData:
    """Return {train_x, train_y, validation_x} with the first so many training rows; all where None.

    Training rows lie in the order in which the stream "split" drew them: fewer are the beginning of more.
    """
    train = {name: arrays[name][:rows] for name in ("train_x", "train_y")}
    return TrainingData(**train, validation_x=arrays["validation_x"])
