"""How large splits, seeds and budgets are, by rules that the new params.yaml states beside the numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.base.errors import DataError
from pipeline.science.splits import Sizes, split

FEWEST_ROWS = 100  # 30 rows held out: fewer tell 3 points from 10 in no number of seeds
FEWEST_OF_A_CLASS = 10
SHARES = {"train": 0.5, "validation": 0.2, "held_out": 0.3}
MOST = {"train": 3000, "validation": 1500, "held_out": 3000}  # so that a study takes minutes on two cores
SEEDS_TRIED = 20
FIRST_SELECTION, FIRST_FINAL = 100, 200
EPOCHS = 30
STEPS = (200, 1000)
BATCH = (8, 64)


@dataclass(frozen=True)
class Budget:
    """The sizes of a new study."""

    train: int
    validation: int
    held_out: int
    study_seed: int
    seeds: int
    batch_size: int
    steps: int


def budget(file: str, y: NDArray[np.int64], classes: list[str], seeds: int) -> Budget:
    """Return the sizes for labels y [n]; raise DataError where the rows cannot fill three splits with every class."""
    check_rows(file, y, classes)
    sizes = shares(len(y))
    batch = min(BATCH[1], max(BATCH[0], sizes.train // 8))
    steps = min(STEPS[1], max(STEPS[0], 10 * round(EPOCHS * sizes.train / batch / 10)))
    rows = {name: getattr(sizes, name) for name in SHARES}
    return Budget(**rows, study_seed=first_seed(file, y, classes, sizes), seeds=seeds, batch_size=batch, steps=steps)


def check_rows(file: str, y: NDArray[np.int64], classes: list[str]) -> None:
    """Raise DataError where there are too few rows, one class, or too few rows of a class."""
    counts = np.bincount(y, minlength=len(classes))
    if np.count_nonzero(counts) < 2:
        raise DataError(
            f"{file}: has one class only, '{classes[int(counts.argmax())]}'; there is nothing to tell apart"
        )
    if len(y) < FEWEST_ROWS:
        problem = f"has {len(y)} rows, fewer than {FEWEST_ROWS}: too few for training, validation and held-out rows"
        raise DataError(f"{file}: {problem}; collect more")
    rare = int(counts.argmin())
    if counts[rare] < FEWEST_OF_A_CLASS:
        problem = f"class '{classes[rare]}' has {counts[rare]} rows, fewer than {FEWEST_OF_A_CLASS}"
        raise DataError(f"{file}: {problem}; merge it with another class, or remove its rows")


def shares(rows: int) -> Sizes:
    """Return how many rows each split takes of all."""
    train, validation, held_out = (min(MOST[name], int(share * rows)) for name, share in SHARES.items())
    return Sizes(train=train, validation=validation, held_out=held_out)


def first_seed(file: str, y: NDArray[np.int64], classes: list[str], sizes: Sizes) -> int:
    """Return the first seed of a study, from 1, whose splits each hold every class; labels alone are looked at."""
    for seed in range(1, SEEDS_TRIED + 1):
        rows = split(len(y), len(y), sizes, seed)
        if all(len(np.unique(y[part])) == len(classes) for part in (rows.train, rows.validation, rows.held_out)):
            return seed
    counts = np.bincount(y, minlength=len(classes))
    rare = int(counts.argmin())
    problem = f"class '{classes[rare]}' has {counts[rare]} of {len(y)} rows, too few for a share of each split"
    raise DataError(f"{file}: {problem}; merge it with another class, or remove its rows")
