"""The interval of a difference for new seeds and new items at once."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pipeline.science.statistics import UNKNOWN, Interval

Correct = NDArray[np.bool_] | NDArray[np.float64]


def crossed_interval(full: Correct, other: Correct, confidence: float = 0.95) -> Interval:
    """Return the interval of mean(full) - mean(other) over new seeds and new items.

    `full`, `other`: what each item counts, 1 or 0 where accuracy is the measure, [seeds, items], with the
    same seeds and items in the same order; a fixed reference has one row or is [items],
    and then stands for itself: only its items are sampled. A diverged run is a row of 0.

    The differences D[s, i] follow a two-way crossed random-effects model without replication,
    mu + seed + item + rest. With mean squares S (seeds), I (items) and R (rest), the variance
    of the grand mean is estimated by (max(0, S - R) + max(0, I - R) + R) / (seeds * items)
    (Searle, Casella & McCulloch 1992, ch. 4; negative components set to zero), its degrees of
    freedom by Satterthwaite (1946). NaN with fewer than two seeds or two items.
    Raises ValueError when the shapes do not match.
    """
    return outcomes_interval(outcome_differences(full, other), confidence)


def outcomes_interval(outcomes: NDArray[np.float64], confidence: float = 0.95) -> Interval:
    """Return the interval, for new seeds and new items, of the mean of outcomes float64 [seeds, items].

    An outcome is any fixed linear combination of the correctness of variants on the same seed and item; what
    `crossed_interval` assumes of a difference is assumed of it.
    """
    if min(outcomes.shape) < 2:
        return UNKNOWN
    variance, freedom = variance_of_mean(outcomes)
    reach = float(stats.t.isf((1 - confidence) / 2, freedom) * np.sqrt(variance)) if variance > 0 else 0.0
    centre = float(outcomes.mean())
    return Interval(centre - reach, centre + reach)


def outcome_differences(full: Correct, other: Correct) -> NDArray[np.float64]:
    """Return D = full - other as float64 [seeds, items]; one row serves every seed."""
    left, right = np.atleast_2d(full).astype(np.float64), np.atleast_2d(other).astype(np.float64)
    same_seeds = left.shape[0] == right.shape[0] or 1 in (left.shape[0], right.shape[0])
    if left.ndim != 2 or right.ndim != 2 or left.shape[1] != right.shape[1] or not same_seeds:
        raise ValueError(f"shapes {full.shape} and {other.shape}: need the same seeds and items")
    return left - right


def variance_of_mean(outcomes: NDArray[np.float64]) -> tuple[float, float]:
    """Return the variance of the grand mean of [seeds, items], and its degrees of freedom."""
    squares = mean_squares(outcomes)
    seeds, items = outcomes.shape
    freedom = np.array([seeds - 1, items - 1, (seeds - 1) * (items - 1)])
    weights = np.array([squares[0] > squares[2], squares[1] > squares[2], 0.0])
    weights[2] = 1 - weights[:2].sum()
    total = float(weights @ squares)
    if total <= 0:
        return 0.0, float(freedom[0])
    satterthwaite = total**2 / float(np.sum((weights * squares) ** 2 / freedom))
    return total / outcomes.size, satterthwaite


def mean_squares(outcomes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean squares of seeds, items and the rest: float64 [3]."""
    seeds, items = outcomes.shape
    centre = outcomes.mean()
    of_seed = outcomes.mean(axis=1, keepdims=True) - centre
    of_item = outcomes.mean(axis=0, keepdims=True) - centre
    rest = outcomes - centre - of_seed - of_item
    return np.array(
        [
            items * np.sum(of_seed**2) / (seeds - 1),
            seeds * np.sum(of_item**2) / (items - 1),
            np.sum(rest**2) / ((seeds - 1) * (items - 1)),
        ]
    )
