from typing import get_args

import numpy as np
import pytest

from pipeline.base.seeds import generator
from pipeline.science.augmentation import TRANSFORMS, augmented, noise, roll, scale, shear
from pipeline.science.settings import OfSequences

X = np.random.default_rng(0).normal(size=(200, 40)).astype(np.float32)


def test_the_settings_name_exactly_the_transforms_there_are() -> None:
    assert set(get_args(OfSequences)) == set(TRANSFORMS)


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_a_transform_keeps_shape_and_dtype_leaves_its_input_alone_and_repeats(name: str) -> None:
    before = X.copy()
    first, second = (augmented(X, [name], 1, "augmentation", 2, 3) for _ in range(2))
    assert first.shape == X.shape
    assert first.dtype == np.float32
    assert first.tobytes() == second.tobytes() != X.tobytes()
    assert X.tobytes() == before.tobytes()


def test_roll_keeps_values_and_shifts_by_at_most_four() -> None:
    positions = np.tile(np.arange(40, dtype=np.float32), (500, 1))
    rolled = roll(positions, generator("roll"))
    shifts = {int(row[0]) if row[0] < 20 else int(row[0]) - 40 for row in rolled}
    assert shifts == set(range(-4, 5))
    assert (np.sort(rolled, axis=1) == positions).all()


def test_scale_shear_and_noise_stay_within_their_amounts() -> None:
    ones = np.ones((2000, 40), dtype=np.float32)
    factors = scale(ones, generator("scale"))
    assert 0.7 <= factors.min() < 0.72
    assert 1.28 < factors.max() <= 1.3
    slopes = shear(ones, generator("shear")) - ones
    assert 0.48 < np.abs(slopes).max() <= 0.5001
    np.testing.assert_allclose(slopes[:, 0], -slopes[:, -1], atol=1e-6)
    assert abs(float((noise(ones, generator("noise")) - ones).std()) - 0.1) < 0.002


def test_switching_one_transform_off_moves_nothing_that_another_draws() -> None:
    with_roll = augmented(X, ["roll", "noise"], 1)
    alone = augmented(X, ["noise"], 1) - X
    np.testing.assert_allclose(with_roll - augmented(X, ["roll"], 1), alone, atol=1e-6)


def test_the_order_in_which_names_are_stated_does_not_matter() -> None:
    assert augmented(X, ["noise", "roll"], 1).tobytes() == augmented(X, ["roll", "noise"], 1).tobytes()


def test_an_unknown_transform_is_an_error() -> None:
    with pytest.raises(KeyError, match="flip"):
        augmented(X, ["flip"], 1)
