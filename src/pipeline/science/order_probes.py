"""Probes of order: whether the place of a row says anything of its label, or of its split."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.science.splits import Splits

Labels = NDArray[np.int64]
LIMIT = 6.0  # a z score: splits drawn at random exceed it once in a thousand million times
TOGETHER = ("training", "validation")  # the two splits that are drawn from the same rows
OF_FOLDS = ("training", "held-out")  # so in a fold: published test rows are among both, and in no validation
SORTED = "a leak if any feature carries the order; the splits themselves are drawn at random"


def order_probes(y: Labels, rows: Splits, together: tuple[str, str] = TOGETHER) -> Iterator[tuple[Any, ...]]:
    """Yield the fields of each probe: the order in the splits, as published, and which rows went to which split.

    `together` names the two splits that are drawn from the same rows, which the last probe compares.
    """
    parts = {"training": rows.train, "validation": rows.validation, "held-out": rows.held_out}
    for where in ("training", "validation"):
        chosen = parts[where]
        z = neighbours_alike(y[chosen])
        detail = f"the order of the {where} rows gives labels away (z = {z:.1f}); draw it at random"
        found = ("leak", detail) if z > LIMIT else ("clear", "")
        yield ("label from the order", where, len(chosen), rounded(z), 0.0, "z", *found)
    published = np.union1d(rows.train, rows.validation)
    z = neighbours_alike(y[published])
    found = ("noted", SORTED) if z > LIMIT else ("clear", "")
    yield ("label from the order", "rows as published", len(published), rounded(z), 0.0, "z", *found)
    one, other = (parts[name] for name in together)
    z, where = apart(one, other), " and ".join(together)
    detail = f"{where} rows are not drawn at random (z = {z:.1f} of their order); draw them so"
    found = ("leak", detail) if abs(z) > LIMIT else ("clear", "")
    yield ("split from the order", where, len(np.union1d(one, other)), rounded(z), 0.0, "z", *found)


def rounded(z: float) -> float:
    """Return a z score as it is written: one decimal, never -0."""
    return round(float(z), 1) + 0.0


def neighbours_alike(labels: Labels) -> float:
    """Return by how many sd more neighbours in labels [n] are equal than in a random order, moments exact."""
    n, counts = len(labels), np.unique(labels, return_counts=True)[1].astype(np.float64)
    if n < 4:
        return 0.0
    pairs, triples, quadruples = (falling(counts, size) for size in (2, 3, 4))
    two = pairs.sum() / (n * (n - 1))
    three = triples.sum() / (n * (n - 1) * (n - 2))
    four = (quadruples.sum() + pairs.sum() ** 2 - (pairs**2).sum()) / (n * (n - 1) * (n - 2) * (n - 3))
    mean = (n - 1) * two
    square = (n - 1) * two + 2 * (n - 2) * three + (n - 2) * (n - 3) * four
    variance = square - mean**2
    alike = float(np.sum(labels[1:] == labels[:-1]))
    return (alike - mean) / float(np.sqrt(variance)) if variance > 1e-9 else 0.0


def falling(counts: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return counts (counts - 1) … of `size` factors."""
    product: NDArray[np.float64] = np.prod([counts - less for less in range(size)], axis=0)
    return product


def apart(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Return the z score of the rank sum by which row numbers of one split lie after those of another."""
    both = np.concatenate([one, other])
    ranks = np.argsort(np.argsort(both)) + 1.0
    m, n = len(one), len(other)
    mean, variance = m * (m + n + 1) / 2, m * n * (m + n + 1) / 12
    return float((ranks[:m].sum() - mean) / np.sqrt(variance))
