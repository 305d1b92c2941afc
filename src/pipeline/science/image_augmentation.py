"""Random changes of training images, drawn for a whole epoch at once.

Each transform has a stream of its own, as those of sequences have. Both only move pixels: the same bits on every
processor, and whatever the batch. Images that draw the same go through torchvision together.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torchvision.transforms.v2 import functional

from pipeline.base.seeds import generator

Floats = NDArray[np.float32]
SHIFT = 1


def crop(x: Floats, random: np.random.Generator) -> Floats:
    """Pad images [n, ..., height, width] by a zero on each side and cut out as much as they had, at a random place."""
    height, width = x.shape[-2:]
    places = random.integers(0, 2 * SHIFT + 1, size=(len(x), 2))
    padded = functional.pad(torch.from_numpy(x), [SHIFT] * 4)
    cut = np.empty_like(x)
    for top, left in np.unique(places, axis=0).tolist():
        chosen = (places == (top, left)).all(1)
        cut[chosen] = functional.crop(padded[torch.from_numpy(chosen)], top, left, height, width).numpy()
    return cut


def flip(x: Floats, random: np.random.Generator) -> Floats:
    """Mirror each image [n, ..., height, width] left to right, or leave it, with equal chances."""
    chosen = random.random(len(x)) < 0.5
    flipped = x.copy()
    flipped[chosen] = functional.horizontal_flip(torch.from_numpy(x[chosen])).numpy()
    return flipped


TRANSFORMS: dict[str, Callable[[Floats, np.random.Generator], Floats]] = {"crop": crop, "flip": flip}


def augmented(x: Floats, names: Sequence[str], *stream: str | int) -> Floats:
    """Return images [n, ..., height, width] after the named transforms, in the order of TRANSFORMS.

    Transform `t` draws from the stream (*stream, t).
    """
    for name, transform in TRANSFORMS.items():
        if name in names:
            x = transform(x, generator(*stream, name))
    return x
