"""Random changes of training sequences, drawn for a whole epoch at once.

Each transform has a stream of its own, so that switching one off leaves what the others draw alone. Only
additions, multiplications and gathers: the same bits on every processor.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.base.seeds import generator

Floats = NDArray[np.float32]
ROLL = 4
SCALE = 0.3
SHEAR = 0.5
NOISE = 0.1


def roll(x: Floats, random: np.random.Generator) -> Floats:
    """Shift each sequence [n, length] around its ends by up to ±4 positions."""
    shifts = random.integers(-ROLL, ROLL + 1, size=(len(x), 1))
    positions = (np.arange(x.shape[1]) - shifts) % x.shape[1]
    return np.take_along_axis(x, positions, axis=1)


def scale(x: Floats, random: np.random.Generator) -> Floats:
    """Multiply each sequence by a factor within 1 ± 0.3."""
    return x * uniform(random, len(x), 1.0, SCALE)


def shear(x: Floats, random: np.random.Generator) -> Floats:
    """Add a line through each sequence's middle that ends at up to ±0.5."""
    line = np.linspace(-1.0, 1.0, x.shape[1], dtype=np.float32)
    return x + uniform(random, len(x), 0.0, SHEAR) * line


def noise(x: Floats, random: np.random.Generator) -> Floats:
    """Add Gaussian noise of standard deviation 0.1 to every value."""
    return x + np.float32(NOISE) * random.standard_normal(x.shape, dtype=np.float32)


TRANSFORMS: dict[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "roll": roll,
    "scale": scale,
    "shear": shear,
    "noise": noise,
}


def uniform(random: np.random.Generator, rows: int, middle: float, width: float) -> Floats:
    """Return float32 [rows, 1] uniform on middle ± width."""
    drawn = random.random((rows, 1), dtype=np.float32)
    return np.float32(middle) + np.float32(width) * (np.float32(2) * drawn - np.float32(1))


def augmented(x: Floats, names: Sequence[str], *stream: str | int) -> Floats:
    """Return sequences [n, length] after the named transforms, in the order of TRANSFORMS.

    Transform `t` draws from the stream (*stream, t). Raises KeyError for an unknown name.
    """
    for unknown in set(names) - set(TRANSFORMS):
        raise KeyError(unknown)
    for name, transform in TRANSFORMS.items():
        if name in names:
            x = transform(x, generator(*stream, name))
    return x
