from typing import get_args

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from pipeline.base.seeds import generator
from pipeline.science.image_augmentation import TRANSFORMS, augmented, crop, flip
from pipeline.science.initialisation import Seeds
from pipeline.science.models import image_cnn, plain_cnn
from pipeline.science.settings import OfImages
from pipeline.science.training import batches
from pipeline.science.training_data import TrainingData

X = np.random.default_rng(0).random(size=(300, 28, 28)).astype(np.float32)
Y = np.arange(300) % 10
CPU32 = (torch.device("cpu"), torch.float32)
DATA = TrainingData(X, Y, X[:4])
STATED = {"learning_rate": 0.1, "weight_decay": 0.0, "augmentation": ["crop", "flip"]}


def test_the_settings_name_exactly_the_transforms_there_are() -> None:
    assert set(get_args(OfImages)) == set(TRANSFORMS)


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_a_transform_keeps_shape_and_dtype_leaves_its_input_alone_and_repeats(name: str) -> None:
    before = X.copy()
    first, second = (augmented(X, [name], 1, "augmentation", 2, 3) for _ in range(2))
    assert (first.shape, first.dtype) == (X.shape, np.float32)
    assert first.tobytes() == second.tobytes() != X.tobytes()
    assert X.tobytes() == before.tobytes()


def test_a_crop_is_the_image_moved_by_at_most_a_pixel_in_each_direction() -> None:
    padded = np.pad(X, ((0, 0), (1, 1), (1, 1)))
    places = set()
    for image, cut in zip(padded, crop(X, generator("crop")), strict=True):
        found = [(i, j) for i in range(3) for j in range(3) if np.array_equal(image[i : i + 28, j : j + 28], cut)]
        assert len(found) == 1
        places.add(found[0])
    assert len(places) == 9


def test_about_half_of_the_images_are_mirrored() -> None:
    flipped = flip(X, generator("flip"))
    mirrored = [np.array_equal(image[:, ::-1], new) for image, new in zip(X, flipped, strict=True)]
    kept = [np.array_equal(image, new) for image, new in zip(X, flipped, strict=True)]
    assert sum(mirrored) + sum(kept) == 300
    assert 110 < sum(mirrored) < 190


def test_the_colours_of_an_image_move_together() -> None:
    in_colours = np.stack([X, 1 - X, X], axis=1)
    moved = augmented(in_colours, sorted(TRANSFORMS), 1)
    assert moved[:, 0].tobytes() == moved[:, 2].tobytes() == augmented(X, sorted(TRANSFORMS), 1).tobytes()
    assert (moved[:, 1] == np.where(moved[:, 0] == 0, 0, 1 - moved[:, 0])).all()  # what a crop pads is zero in all


def test_switching_one_transform_off_moves_nothing_that_another_draws() -> None:
    assert np.array_equal(augmented(augmented(X, ["crop"], 1), ["flip"], 1), augmented(X, ["flip", "crop"], 1))


def epochs(batch_size: int, seed: int = 2, start: int = 0) -> list[tuple[bytes, bytes]]:
    """Return the images and labels of each of two epochs, trained on in batches of a size."""
    steps = 600 // batch_size
    settings = image_cnn.Settings.model_validate({**STATED, "batch_size": batch_size, "steps": steps})
    seen = list(batches(settings, DATA, Seeds.of(1, seed), start, *CPU32))
    parts = [seen[: steps // 2], seen[steps // 2 :]] if not start else [seen]
    return [tuple(b"".join(step[at].numpy().tobytes() for step in part) for at in (1, 2)) for part in parts]


def test_an_epoch_follows_from_seed_and_number_whatever_the_batch_and_wherever_training_goes_on() -> None:
    first, second = epochs(50)
    assert [first, second] == epochs(100) == epochs(300)
    assert [second] == epochs(50, start=6)
    assert first != second
    assert first not in epochs(50, seed=3)


def test_a_transform_of_another_kind_of_example_is_refused() -> None:
    for model, foreign in ((image_cnn, "roll"), (plain_cnn, "crop")):
        with pytest.raises(ValidationError, match=f"{foreign} is not one of this model's"):
            model.Settings.model_validate({**STATED, "batch_size": 1, "steps": 1, "augmentation": [foreign]})
