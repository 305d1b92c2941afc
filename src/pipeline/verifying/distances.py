"""How far two arrays of numbers are apart: in units in the last place, and relative to their size."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLOSE_ULP = 64
CLOSE_RELATIVE = 1e-6
FLOATS = {np.dtype(np.float16): np.uint16, np.dtype(np.float32): np.uint32, np.dtype(np.float64): np.uint64}


class Kind(StrEnum):
    """What a difference is of, from the least to the most telling."""

    CLOSE = "close"
    DIGEST = "digest"
    NUMBERS = "numbers"
    BYTES = "bytes"
    OTHER = "other"


SEVERITY = list(Kind)


@dataclass(frozen=True)
class Difference:
    """Where two files first differ, in what, and how far any two numbers of theirs are apart.

    `ulp` and `relative` are the largest distances, infinite where a number faces none; None where no floats differ.
    `said` tells the first difference in words.
    """

    kind: Kind
    where: str
    said: str
    ulp: float | None = None
    relative: float | None = None


def ulps(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
    """Return how many floats of their dtype lie between a and b, element by element.

    NaN is 0 from NaN and -0.0 is 0 from 0.0; NaN or an infinity is infinitely far from any other number.
    """
    sizes = [np.abs(side).reshape(side.shape).view(FLOATS[a.dtype]).astype(np.uint64) for side in (a, b)]
    same_sign = np.signbit(a) == np.signbit(b)
    counted = np.where(same_sign, np.maximum(*sizes) - np.minimum(*sizes), sizes[0] + sizes[1])
    apart = np.array(counted, dtype=np.float64)
    apart[~(np.isfinite(a) & np.isfinite(b))] = np.inf
    apart[(a == b) | (np.isnan(a) & np.isnan(b))] = 0
    return apart


def relative_differences(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.float64]:
    """Return |a - b| / max(|a|, |b|), element by element: 0 where both are equal or NaN, infinite where one is NaN."""
    left, right = a.astype(np.float64), b.astype(np.float64)
    found = np.full(a.shape, np.inf)
    finite = np.isfinite(left) & np.isfinite(right)
    size = np.maximum(np.abs(left), np.abs(right))
    with np.errstate(over="ignore", invalid="ignore"):
        np.divide(np.abs(left - right), size, out=found, where=finite & (size > 0))
    found[(left == right) | (np.isnan(left) & np.isnan(right))] = 0
    return found


def array_difference(name: str, a: NDArray[Any], b: NDArray[Any]) -> Difference | None:
    """Return how two arrays of a name differ, or None where every element is the same, NaN and zero signs included."""
    if a.dtype != b.dtype or a.shape != b.shape:
        said = f"{name}: {a.dtype}{list(a.shape)} was recorded, {b.dtype}{list(b.shape)} rebuilt"
        return Difference(Kind.OTHER, name, said)
    if a.dtype in FLOATS:
        return float_difference(name, a, b)
    differing = a != b
    if not differing.any():
        return None
    at = np.unravel_index(int(np.argmax(differing)), a.shape)
    kind = Kind.NUMBERS if a.dtype.kind in "iu" else Kind.OTHER
    return Difference(kind, place(name, at), said_of(place(name, at), a[at], b[at]))


def float_difference(name: str, a: NDArray[Any], b: NDArray[Any]) -> Difference | None:
    """Return how two float arrays of one shape differ, or None where they do not."""
    bits = FLOATS[a.dtype]
    differing = np.ascontiguousarray(a).view(bits) != np.ascontiguousarray(b).view(bits)
    if not differing.any():
        return None
    apart, relative = ulps(a, b), relative_differences(a, b)
    close = bool(((apart <= CLOSE_ULP) | (relative <= CLOSE_RELATIVE)).all())
    at = np.unravel_index(int(np.argmax(differing)), a.shape)
    said = said_of(place(name, at), a[at], b[at])
    return Difference(
        Kind.CLOSE if close else Kind.NUMBERS, place(name, at), said, float(apart.max()), float(relative.max())
    )


def place(name: str, at: tuple[Any, ...]) -> str:
    """Return the place of one element of an array."""
    return f"{name}[{', '.join(str(int(index)) for index in at)}]" if at else name


def said_of(where: str, recorded: object, rebuilt: object) -> str:
    """Return a difference in words, long values cut."""
    before, after = (str(value) for value in (recorded, rebuilt))
    return f"{where}: {before[:40]} was recorded, {after[:40]} rebuilt"


def merged(differences: list[Difference]) -> Difference | None:
    """Return the first place of several differences, with the most telling kind and the largest distances of all."""
    if not differences:
        return None
    numbers = [found for found in differences if found.ulp is not None]
    return Difference(
        max((found.kind for found in differences), key=SEVERITY.index),
        differences[0].where,
        differences[0].said,
        max((found.ulp for found in numbers if found.ulp is not None), default=None),
        max((found.relative for found in numbers if found.relative is not None), default=None),
    )
