"""A small network for images: a convolutional or patch stem, self-attention or nothing, a linear head."""

from typing import TYPE_CHECKING, Literal

from pipeline.science.settings import ImageTraining, Shape

if TYPE_CHECKING:
    from torch import nn

SEED_VARIES = "initialisation, data order, augmentation"
WIDTH = 32
HEADS = 2


class Settings(ImageTraining):
    """Which stem and which mixer; both stems have the same number of parameters within 1 %."""

    stem: Literal["conv", "patch"]
    mixer: Literal["attention", "none"]


def build(settings: Settings, shape: Shape) -> "nn.Module":
    """Return a network from images to logits [batch, classes], of about 27 000 parameters at 28 x 28 pixels.

    The head sees every token at its place. Raises DataError for examples that are no images.
    """
    from torch import nn

    from pipeline.science.image_layers import ImagePatchStem, ImageStem, colours_of, tokens_of
    from pipeline.science.layers import SelfAttention

    tokens, colours = tokens_of(shape), colours_of(shape)
    stem = ImageStem(WIDTH, colours) if settings.stem == "conv" else ImagePatchStem(WIDTH, colours)
    mixer = SelfAttention(tokens, WIDTH, HEADS) if settings.mixer == "attention" else nn.Identity()
    return nn.Sequential(stem, mixer, nn.Flatten(), nn.Linear(tokens * WIDTH, shape.classes))
