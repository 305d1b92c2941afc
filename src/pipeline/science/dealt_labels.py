"""Labels that say nothing: what the control with shuffled labels trains on."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.base.seeds import generator
from pipeline.science.training_data import TrainingData


def labelled_anew(data: TrainingData, classes: int, study_seed: int, seed: int) -> TrainingData:
    """Return the data with training labels dealt by the stream "control labels" of a seed; validation is as it was."""
    return replace(data, train_y=dealt(len(data.train_y), classes, study_seed, seed))


def dealt(rows: int, classes: int, study_seed: int, seed: int) -> NDArray[np.int64]:
    """Return labels int64 [rows], each class equally often (some once more, drawn), in random order.

    So no class is favoured, and a method that treats classes alike is right by chance once in `classes` times,
    however often each class occurs in the data.
    """
    random = generator(study_seed, "control labels", seed)
    extra = random.permutation(classes)[: rows % classes]
    deck = np.concatenate([np.tile(np.arange(classes), rows // classes), extra])
    return random.permutation(deck).astype(np.int64)
