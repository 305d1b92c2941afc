import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.science.metrics import accuracy


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1))
def test_accuracy_is_the_fraction_that_agrees(pairs: list[tuple[int, int]]) -> None:
    predicted, labels = np.array(pairs).T
    assert accuracy(predicted, labels) == sum(a == b for a, b in pairs) / len(pairs)


def test_accuracy_refuses_what_it_cannot_compare() -> None:
    with pytest.raises(ValueError, match=r"\(2,\) predictions against \(1,\) labels"):
        accuracy(np.array([1, 2]), np.array([1]))
    with pytest.raises(ValueError, match="labels"):
        accuracy(np.array([], dtype=int), np.array([], dtype=int))
