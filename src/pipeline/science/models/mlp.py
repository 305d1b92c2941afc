"""Baseline: a multilayer perceptron with two hidden layers."""

from typing import TYPE_CHECKING

from pipeline.science.settings import Count, Shape, Training

if TYPE_CHECKING:
    from torch import nn

SEED_VARIES = "initialisation, data order"


class Settings(Training):
    """How wide both hidden layers are."""

    hidden: Count = 100


def build(settings: Settings, shape: Shape) -> "nn.Module":
    """Return two hidden ReLU layers on the flattened example, then a linear one (as Greydanus & Kobak)."""
    from torch import nn

    hidden = settings.hidden
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(shape.size, hidden),
        nn.ReLU(),
        nn.Linear(hidden, hidden),
        nn.ReLU(),
        nn.Linear(hidden, shape.classes),
    )
