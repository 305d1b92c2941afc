import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.base.errors import DataError
from pipeline.science.splits import Sizes, split

SIZES = Sizes(train=500, validation=1000, held_out=3000)


@given(st.integers(0, 1000))
def test_splits_are_disjoint_and_training_never_sees_a_published_test_row(study_seed: int) -> None:
    splits = split(5000, 4000, SIZES, study_seed)
    together = np.concatenate([splits.train, splits.validation, splits.held_out])
    assert len(set(together.tolist())) == len(together) == 4500
    assert (len(splits.train), len(splits.validation), len(splits.held_out)) == (500, 1000, 3000)
    assert max(splits.train.max(), splits.validation.max()) < 4000
    assert splits.held_out[:1000].tolist() == list(range(4000, 5000))


def test_validation_within_training_takes_no_row_from_it_and_may_not_be_larger() -> None:
    sizes = Sizes(train=4000, validation=300, held_out=1000, within_training=True)
    splits = split(5000, 4000, sizes, 1)
    assert sorted(splits.train) == list(range(4000))
    assert len(set(splits.validation.tolist())) == 300
    assert splits.held_out.tolist() == list(range(4000, 5000))
    with pytest.raises(DataError, match="more than the 100 training rows"):
        split(5000, 4000, Sizes(train=100, validation=300, held_out=1000, within_training=True), 1)


def test_splits_follow_from_the_study_seed() -> None:
    first, again, other = (split(5000, 4000, SIZES, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.train, again.train)
    assert not np.array_equal(first.train, other.train)


def test_a_larger_held_out_leaves_training_and_validation_rows_alone() -> None:
    smaller = split(5000, 4000, Sizes(train=500, validation=1000, held_out=1000), 1)
    larger = split(5000, 4000, SIZES, 1)
    assert np.array_equal(smaller.train, larger.train)
    assert np.array_equal(smaller.validation, larger.validation)


@pytest.mark.parametrize(
    ("sizes", "problem"),
    [
        ((3500, 501, 1000), "4001 rows, but 4000"),
        ((500, 1000, 3501), "of 5000 in all"),
        ((500, 1000, 999), "fewer than the 1000 published test rows"),
    ],
)
def test_sizes_that_the_data_cannot_give_are_refused(sizes: tuple[int, int, int], problem: str) -> None:
    train, validation, held_out = sizes
    with pytest.raises(DataError, match=problem):
        split(5000, 4000, Sizes(train=train, validation=validation, held_out=held_out), 1)
