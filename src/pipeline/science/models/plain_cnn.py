"""Baseline: a plain 1-D convolutional network, three convolutions and a linear head on all positions."""

from typing import TYPE_CHECKING

from pipeline.science.settings import Count, Shape, Training

if TYPE_CHECKING:
    from torch import nn

SEED_VARIES = "initialisation, data order"


class Settings(Training):
    """How wide each convolution is."""

    channels: Count = 24


def build(settings: Settings, shape: Shape) -> "nn.Module":
    """Return 5-, 3- and 3-tap convolutions with batch norm, ReLU and pooling by 2, then a linear layer."""
    from torch import nn

    from pipeline.science.layers import convolution

    (length,) = shape.features
    channels = settings.channels
    return nn.Sequential(
        nn.Unflatten(1, (1, length)),
        convolution(1, channels, 5),
        convolution(channels, channels, 3),
        convolution(channels, channels, 3),
        nn.Flatten(),
        nn.Linear(channels * (length // 8), shape.classes),
    )
