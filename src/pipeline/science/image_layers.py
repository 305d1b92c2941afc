"""The parts of the networks of images.

Images enter as [batch, height, width] or [batch, colours, height, width]; tokens are [batch, tokens, width].
"""

import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch import Tensor, nn

from pipeline.base.errors import DataError
from pipeline.science.settings import Shape

PATCH = 4
CHANNELS = 16  # of the first convolution


def tokens_of(shape: Shape) -> int:
    """Return how many patches an image has, those that stand over its edge included; raise DataError for no image."""
    if len(shape.features) not in (2, 3):
        asked = "[height, width] or [colours, height, width]"
        raise DataError(f"params.yaml: model: takes images {asked}, not {list(shape.features)}; name another model")
    height, width = shape.features[-2:]
    return -(-height // PATCH) * -(-width // PATCH)


def colours_of(shape: Shape) -> int:
    """Return how many numbers a pixel has."""
    return shape.features[0] if len(shape.features) == 3 else 1


def in_planes(x: Tensor) -> Tensor:
    """Return images as [batch, colours, height, width]."""
    return x if x.dim() == 4 else x.unsqueeze(1)


class ImageStem(nn.Module):
    """A 5 x 5 and a 3 x 3 convolution of stride 2 with batch norm and ReLU.

    Maps images to tokens [batch, height / 4 * width / 4, width], both rounded up; 5 152 parameters at width 32 without
    colours. Strides instead of pooling: a third less work on a processor, and deterministic on CUDA too.
    """

    def __init__(self, width: int, colours: int = 1, channels: int = CHANNELS) -> None:
        super().__init__()
        self.convolution_1 = nn.Conv2d(colours, channels, 5, stride=2, padding=2)
        self.norm_1 = nn.BatchNorm2d(channels)
        self.convolution_2 = nn.Conv2d(channels, width, 3, stride=2, padding=1)
        self.norm_2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens, row by row, that each see 9 x 9 pixels."""
        x = F.relu(self.norm_1(self.convolution_1(in_planes(x))))
        x = F.relu(self.norm_2(self.convolution_2(x)))
        return x.flatten(2).transpose(1, 2)


class ImagePatchStem(nn.Module):
    """Patches of 4 x 4 pixels, each embedded alone by two linear layers with batch norm and ReLU.

    Maps images to tokens as ImageStem does, with as many parameters (5 145 at width 32 without colours) but without
    overlap or weight sharing inside a patch. What a patch lacks at the edge of the image is zero.
    """

    def __init__(self, width: int, colours: int = 1) -> None:
        super().__init__()
        inputs = PATCH * PATCH * colours
        hidden = round(CHANNELS * (25 * colours + 3 + 9 * width) / (inputs + 3 + width))
        self.embedding_1 = nn.Linear(inputs, hidden)
        self.norm_1 = nn.BatchNorm1d(hidden)
        self.embedding_2 = nn.Linear(hidden, width)
        self.norm_2 = nn.BatchNorm1d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens, row by row, that each see 4 x 4 pixels of their own."""
        x = in_planes(x)
        x = F.pad(x, (0, -x.shape[3] % PATCH, 0, -x.shape[2] % PATCH))
        batch, colours, height, width = x.shape
        patches = x.view(batch, colours, height // PATCH, PATCH, width // PATCH, PATCH).permute(0, 2, 4, 1, 3, 5)
        hidden = F.relu(self.norm_1(self.embedding_1(patches.reshape(-1, colours * PATCH * PATCH))))
        tokens = F.relu(self.norm_2(self.embedding_2(hidden)))
        return tokens.view(batch, height // PATCH * (width // PATCH), -1)
