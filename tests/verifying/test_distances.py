"""How far floats are apart, at the edges where it goes wrong."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.verifying.distances import (
    CLOSE_ULP,
    Difference,
    Kind,
    array_difference,
    merged,
    relative_differences,
    ulps,
)

FLOATS = (np.float16, np.float32, np.float64)


@pytest.mark.parametrize("dtype", FLOATS)
def test_neighbouring_floats_are_one_ulp_apart_also_across_powers_of_two_and_zero(dtype: type) -> None:
    one, two, tiny = np.array([1, 2, 0], dtype)
    below, above = np.nextafter(two, one), np.nextafter(one, two)
    smallest = np.nextafter(tiny, one)
    a, b = np.array([one, two, -smallest, -one], dtype), np.array([above, below, smallest, -above], dtype)
    assert ulps(a, b).tolist() == [1, 1, 2, 1]


@pytest.mark.parametrize("dtype", FLOATS)
def test_nan_is_itself_and_zero_has_no_distance_from_minus_zero(dtype: type) -> None:
    a, b = np.array([np.nan, 0.0, np.inf, -np.inf], dtype), np.array([np.nan, -0.0, np.inf, -np.inf], dtype)
    assert ulps(a, b).tolist() == [0, 0, 0, 0]
    assert relative_differences(a, b).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("dtype", FLOATS)
def test_nan_and_infinity_are_infinitely_far_from_every_number(dtype: type) -> None:
    a, b = np.array([np.nan, np.inf, 1.0, np.inf], dtype), np.array([1.0, np.finfo(dtype).max, np.nan, -np.inf], dtype)
    assert np.isinf(ulps(a, b)).all()
    assert np.isinf(relative_differences(a, b)).all()


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.integers(0, 200))
def test_so_many_steps_to_the_next_float_are_so_many_ulp(start: float, steps: int) -> None:
    end = np.float32(start)
    with np.errstate(over="ignore"):
        for _ in range(steps):
            end = np.nextafter(end, np.float32(np.inf))
    if math.isfinite(end):
        assert ulps(np.array([start], np.float32), np.array([end])).tolist() == [steps]


def test_a_flipped_last_bit_is_close_and_a_flipped_exponent_is_not() -> None:
    weights = np.array([[0.5, -1.25], [3.0, 0.0]], np.float32)
    for bit, kind in ((0, Kind.CLOSE), (25, Kind.NUMBERS)):
        other = weights.copy()
        other.view(np.uint32)[1, 0] ^= np.uint32(1 << bit)
        found = array_difference("stem.weight", weights, other)
        assert found
        assert (found.kind, found.where) == (kind, "stem.weight[1, 0]")
        assert (found.ulp == 1) is (kind is Kind.CLOSE)


def test_the_sign_of_a_zero_is_a_difference_without_distance() -> None:
    found = array_difference("bias", np.array([0.0]), np.array([-0.0]))
    assert found == Difference(Kind.CLOSE, "bias[0]", "bias[0]: 0.0 was recorded, -0.0 rebuilt", 0.0, 0.0)


def test_one_float_beyond_the_thresholds_among_many_close_ones_is_not_close() -> None:
    a = np.linspace(1, 2, 1000)
    b = np.nextafter(a, 3)
    assert array_difference("x", a, b).kind is Kind.CLOSE  # type: ignore[union-attr]
    b[-1] += 1e-5
    assert array_difference("x", a, b).kind is Kind.NUMBERS  # type: ignore[union-attr]


def test_the_threshold_is_in_ulp_or_relative_whichever_is_wider() -> None:
    a = np.array([1.0], np.float32)
    b = a + np.float32(CLOSE_ULP) * np.spacing(a)
    assert array_difference("x", a, b).kind is Kind.CLOSE  # type: ignore[union-attr]
    assert array_difference("x", np.array([1.0]), np.array([1 + 9e-7])).kind is Kind.CLOSE  # type: ignore[union-attr]
    assert array_difference("x", np.array([1.0]), np.array([1 + 2e-6])).kind is Kind.NUMBERS  # type: ignore[union-attr]


def test_an_integer_or_a_label_is_never_close() -> None:
    found = array_difference("predicted", np.array([3, 1, 2]), np.array([3, 1, 1]))
    assert found == Difference(Kind.NUMBERS, "predicted[2]", "predicted[2]: 2 was recorded, 1 rebuilt")
    assert array_difference("flag", np.array([True]), np.array([False])).kind is Kind.OTHER  # type: ignore[union-attr]


def test_another_shape_or_dtype_is_told_as_such() -> None:
    zeros = np.zeros((2, 3), np.float32)
    for other, said in ((zeros.T, "float32[3, 2]"), (zeros.astype(np.float64), "float64[2, 3]")):
        found = array_difference("w", zeros, other)
        assert found
        assert found.kind is Kind.OTHER
        assert found.said == f"w: float32[2, 3] was recorded, {said} rebuilt"


def test_the_same_bits_are_no_difference_whatever_they_are() -> None:
    for array in (np.array([np.nan, -0.0, np.inf]), np.array([1]), np.array(["a"]), np.zeros(0)):
        assert array_difference("x", array, array.copy()) is None


def test_several_differences_keep_the_first_place_and_the_largest_distance() -> None:
    near = Difference(Kind.CLOSE, "a[0]", "a[0] differs", 1, 1e-9)
    far = Difference(Kind.NUMBERS, "b[0]", "b[0] differs", 1e6, 0.5)
    assert merged([near, far]) == Difference(Kind.NUMBERS, "a[0]", "a[0] differs", 1e6, 0.5)
    assert merged([]) is None
