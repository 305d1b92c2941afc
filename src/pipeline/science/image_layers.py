"""The parts of the networks of images. Images enter as [batch, height, width]; tokens are [batch, tokens, width]."""

import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch import Tensor, nn

from pipeline.base.errors import DataError
from pipeline.science.settings import Shape

PATCH = 4


def tokens_of(shape: Shape) -> int:
    """Return how many patches an image has; raise DataError where examples are no images of whole patches."""
    if len(shape.features) != 2 or any(length % PATCH for length in shape.features):
        asked = f"[height, width] in multiples of {PATCH}"
        raise DataError(f"params.yaml: model: takes images {asked}, not {list(shape.features)}; name another model")
    height, width = shape.features
    return height // PATCH * (width // PATCH)


class ImageStem(nn.Module):
    """A 5 x 5 and a 3 x 3 convolution of stride 2 with batch norm and ReLU.

    Maps [batch, height, width] to [batch, height / 4 * width / 4, channels]; 5 152 parameters at 32 channels. Strides
    instead of pooling: a third less work on a processor, and deterministic on CUDA too.
    """

    def __init__(self, width: int, channels: int = 16) -> None:
        super().__init__()
        self.convolution_1 = nn.Conv2d(1, channels, 5, stride=2, padding=2)
        self.norm_1 = nn.BatchNorm2d(channels)
        self.convolution_2 = nn.Conv2d(channels, width, 3, stride=2, padding=1)
        self.norm_2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens, row by row, that each see 9 x 9 pixels."""
        x = F.relu(self.norm_1(self.convolution_1(x.unsqueeze(1))))
        x = F.relu(self.norm_2(self.convolution_2(x)))
        return x.flatten(2).transpose(1, 2)


class ImagePatchStem(nn.Module):
    """Patches of 4 x 4 pixels, each embedded alone by two linear layers with batch norm and ReLU.

    Maps [batch, height, width] to [batch, height / 4 * width / 4, channels], as ImageStem does, with as many parameters
    (5 145 at 32 channels) but without overlap or weight sharing inside a patch.
    """

    def __init__(self, width: int, hidden: int = 99) -> None:
        super().__init__()
        self.embedding_1 = nn.Linear(PATCH * PATCH, hidden)
        self.norm_1 = nn.BatchNorm1d(hidden)
        self.embedding_2 = nn.Linear(hidden, width)
        self.norm_2 = nn.BatchNorm1d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens, row by row, that each see 4 x 4 pixels of their own."""
        batch, height, width = x.shape
        patches = x.view(batch, height // PATCH, PATCH, width // PATCH, PATCH).transpose(2, 3)
        hidden = F.relu(self.norm_1(self.embedding_1(patches.reshape(-1, PATCH * PATCH))))
        tokens = F.relu(self.norm_2(self.embedding_2(hidden)))
        return tokens.view(batch, height // PATCH * (width // PATCH), -1)
