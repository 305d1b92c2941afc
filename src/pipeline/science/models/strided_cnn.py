"""The convolutional network of Greydanus & Kobak (2020): three strided convolutions and a linear head."""

from typing import TYPE_CHECKING

from pipeline.science.settings import Count, Shape, Training

if TYPE_CHECKING:
    from torch import nn

SEED_VARIES = "initialisation, data order"
TAPS = (5, 3, 3)


class Settings(Training):
    """How wide each convolution is."""

    channels: Count = 25


def build(settings: Settings, shape: Shape) -> "nn.Module":
    """Return 5-, 3- and 3-tap convolutions of stride 2 and padding 1 with ReLU, then a linear layer on all positions.

    5 210 parameters at 25 channels, 40 values and ten classes.
    """
    from torch import nn

    (length,) = shape.features
    layers: list[nn.Module] = [nn.Unflatten(1, (1, length))]
    channels = 1
    for taps in TAPS:
        layers += [nn.Conv1d(channels, settings.channels, taps, stride=2, padding=1), nn.ReLU()]
        channels, length = settings.channels, (length + 2 - taps) // 2 + 1
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * length, shape.classes))
