"""Which rows each fold of repeated cross-validation trains on, and which it holds out."""

import numpy as np

from pipeline.base.seeds import generator
from pipeline.science.splits import Splits


def fold_splits(rows: Splits, folds: int, repeat: int, fold: int, study_seed: int) -> Splits:
    """Return the rows of one fold: of those that `rows` holds out, the fold's own are held out, the others trained on.

    Each repeat deals the held-out rows anew, by the stream "folds", into parts whose sizes differ by one at most.
    Validation rows stay what they are, and the training rows of `rows`, which a search sees, are in no fold: no search
    sees a row that any fold tests. `repeat` and `fold` count from 0.
    """
    dealt = generator(study_seed, "folds", repeat).permutation(rows.held_out)
    parts = np.array_split(dealt, folds)
    train = np.concatenate([part for number, part in enumerate(parts) if number != fold])
    return Splits(train, rows.validation, parts[fold])
