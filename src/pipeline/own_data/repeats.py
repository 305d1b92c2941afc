"""Rows that are copies, or nearly copies, of others: what could lie in two splits at once."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.science.probes import BY_CHANCE, NEAR, nearest, spread_rows, standardised, usual_distance


@dataclass(frozen=True)
class Repeats:
    """How rows repeat each other.

    `kept`: the rows left when each one that repeats an earlier one, label and all, is dropped; `conflicting`: rows
    whose features are those of a row with another label; `near`: of `looked_at` rows, those with a neighbour so near
    that chance would not put it there.
    """

    exact: int
    conflicting: int
    near: int
    looked_at: int
    kept: list[int]


def repeats(x: NDArray[Any], y: NDArray[np.int64]) -> Repeats:
    """Return how rows of x [n, ...] with labels y [n] repeat each other; features are compared bit by bit."""
    flat = x.reshape(len(x), -1) + 0  # -0.0 is 0.0
    names = [sha256(row.tobytes()).digest() for row in flat]
    labels: dict[bytes, set[int]] = {}
    kept = []
    for row, (name, label) in enumerate(zip(names, y.tolist(), strict=True)):
        if label not in labels.setdefault(name, set()):
            kept.append(row)
            labels[name].add(label)
    conflicting = sum(len(labels[name]) > 1 for name in names)
    near, looked_at = near_rows(flat, names)
    return Repeats(len(y) - len(kept), conflicting, near, looked_at, kept)


def near_rows(flat: NDArray[Any], names: list[bytes]) -> tuple[int, int]:
    """Return (how many rows have a near neighbour that is no exact copy, how many were looked at)."""
    first = np.array(sorted({name: row for row, name in reversed(list(enumerate(names)))}.values()), dtype=np.int64)
    chosen = first[spread_rows(len(first))]
    if len(chosen) < 3:
        return 0, len(chosen)
    scaled = standardised({"training": flat[chosen]})["training"]
    limit = usual_distance(scaled) * min(NEAR, float(BY_CHANCE ** (1 / scaled.shape[1])))
    return int((nearest(scaled, scaled, neighbour=2) <= limit).sum()), len(chosen)
