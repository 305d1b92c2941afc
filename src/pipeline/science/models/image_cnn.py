"""Baseline: a plain convolutional network for images, two convolutions and a linear head on all positions."""

from typing import TYPE_CHECKING

from pipeline.science.settings import Count, ImageTraining, Shape

if TYPE_CHECKING:
    from torch import nn

SEED_VARIES = "initialisation, data order, augmentation"


class Settings(ImageTraining):
    """How many channels the first convolution has; the second has twice as many."""

    channels: Count = 16


def build(settings: Settings, shape: Shape) -> "nn.Module":
    """Return two 5 x 5 convolutions of stride 2 with ReLU, then a linear layer: as LeNet, strides for pooling.

    Raises DataError for examples that are no images.
    """
    from torch import nn

    from pipeline.science.image_layers import colours_of, tokens_of

    channels, tokens, colours = settings.channels, tokens_of(shape), colours_of(shape)
    return nn.Sequential(
        nn.Identity() if len(shape.features) == 3 else nn.Unflatten(1, (1, shape.features[0])),
        nn.Conv2d(colours, channels, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv2d(channels, 2 * channels, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(2 * channels * tokens, shape.classes),
    )
