"""The method: a convolutional or patch stem, self-attention or nothing, mean pooling, a linear head."""

from typing import TYPE_CHECKING, Literal

from pipeline.science.settings import Shape, Training

if TYPE_CHECKING:
    from torch import nn

SEED_VARIES = "initialisation, data order, augmentation"
WIDTH = 24
HEADS = 4


class Settings(Training):
    """Which stem and which mixer; both stems have the same number of parameters within 0.1 %."""

    stem: Literal["conv", "patch"]
    mixer: Literal["attention", "none"]


def build(settings: Settings, shape: Shape) -> "nn.Module":
    """Return a network of about 5 000 parameters: [batch, length] to logits [batch, classes]."""
    from torch import nn

    from pipeline.science.layers import POOLED, ConvolutionalStem, PatchStem, SelfAttention, TokenClassifier

    (length,) = shape.features
    stem = ConvolutionalStem(WIDTH) if settings.stem == "conv" else PatchStem(WIDTH)
    mixer = SelfAttention(length // POOLED, WIDTH, HEADS) if settings.mixer == "attention" else nn.Identity()
    return TokenClassifier(stem, mixer, nn.Linear(WIDTH, shape.classes))
