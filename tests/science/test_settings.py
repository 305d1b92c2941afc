import pytest
from pydantic import ValidationError

from pipeline.science.settings import Shape, Training

STATED = {"batch_size": 50, "steps": 300, "learning_rate": 0.01, "weight_decay": 0.0}


def test_settings_from_yaml_lists_become_hashable() -> None:
    settings = Training.model_validate(STATED | {"augmentation": ["roll", "noise"]})
    assert settings.augmentation == ("roll", "noise")
    assert hash(settings) == hash(Training.model_validate(STATED | {"augmentation": ("roll", "noise")}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("batch_size", 0),
        ("steps", 2.5),
        ("learning_rate", 0.0),
        ("learning_rate", float("nan")),
        ("learning_rate", "0.1"),
        ("weight_decay", -0.1),
        ("label_smoothing", 1.0),
        ("ema", 1.0),
        ("augmentation", ["rol"]),
        ("augmentation", ["roll", "roll"]),
        ("learning_rte", 0.1),
    ],
)
def test_a_setting_out_of_range_or_misspelt_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValidationError, match=key):
        Training.model_validate(STATED | {key: value})


def test_settings_cannot_be_changed() -> None:
    settings = Training.model_validate(STATED)
    with pytest.raises(ValidationError):
        settings.steps = 3  # type: ignore[misc]


def test_the_size_of_an_example_is_the_product_of_its_shape() -> None:
    assert Shape(features=(3, 4, 5), classes=2).size == 60
    with pytest.raises(ValidationError):
        Shape(features=(), classes=2)
