"""Which rows are trained on, selected on and held out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.base.errors import DataError
from pipeline.base.seeds import generator
from pipeline.science.settings import Count, Frozen

Rows = NDArray[np.int64]


class Sizes(Frozen):
    """How many rows each split takes, and whether the validation rows are among the training rows."""

    train: Count
    validation: Count
    held_out: Count
    within_training: bool = False

    @property
    def used(self) -> int:
        """How many rows training and validation take together."""
        return self.train + (0 if self.within_training else self.validation)


@dataclass(frozen=True)
class Splits:
    """Row numbers of the published order, int64; disjoint, but for validation rows that lie within training."""

    train: Rows
    validation: Rows
    held_out: Rows


def split(rows: int, published_train: int, sizes: Sizes, study_seed: int) -> Splits:
    """Return the splits of `rows` rows, of which the first `published_train` were published for training.

    Training and validation are drawn from the published training rows in the order of the stream "split", one after
    the other, or validation as the last of training where it lies within;
    held-out is the published test rows in their order, then training rows that nothing else uses. Raises
    DataError where the rows do not suffice, or where held-out would not hold the whole published test set.
    """
    published_test = rows - published_train
    drawn = generator(study_seed, "split").permutation(published_train).astype(np.int64)
    used = sizes.used
    check(rows, published_train, sizes)
    spare = drawn[used : used + max(0, sizes.held_out - published_test)]
    tested = np.arange(published_train, rows, dtype=np.int64)
    return Splits(drawn[: sizes.train], drawn[used - sizes.validation : used], np.concatenate([tested, spare]))


def check(rows: int, published_train: int, sizes: Sizes) -> None:
    """Raise DataError where the sizes ask for rows that are not there."""
    published_test, used = rows - published_train, sizes.used
    if sizes.within_training and sizes.validation > sizes.train:
        problem = f"is {sizes.validation}, more than the {sizes.train} training rows it lies within"
        raise DataError(f"params.yaml: data.validation: {problem}; ask for fewer")
    if used > published_train:
        asked = f"train {sizes.train} + validation {sizes.validation} = {used} rows"
        raise DataError(f"params.yaml: data: {asked}, but {published_train} were published for training; ask for fewer")
    if used + sizes.held_out > rows:
        asked = f"{used} rows to train and validate and {sizes.held_out} held out"
        raise DataError(f"params.yaml: data: {asked} of {rows} in all; ask for fewer")
    if sizes.held_out < published_test:
        problem = f"is {sizes.held_out}, fewer than the {published_test} published test rows"
        raise DataError(f"params.yaml: data.held_out: {problem}; state at least {published_test}")
