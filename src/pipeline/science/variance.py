"""Where the variance of a score comes from: the components of a crossed random-effects design.

Every run is one cell of a full crossing of streams (Bouthillier et al. 2021, "Accounting for variance in machine
learning benchmarks", vary them one at a time and together), one run a cell, so the interaction of all streams is
what is left. Light on assumptions where it can be: components are moment estimators, unbiased whatever the
distribution; their intervals suppose normal effects.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.base.seeds import generator
from pipeline.science.statistics import Interval, Scores

DRAWS = 20_000
Group = tuple[int, ...]  # of factors, by their axes
Squares = Mapping[Group, Scores] | Mapping[Group, float]


@dataclass(frozen=True)
class Component:
    """The variance that a group of streams adds by itself: a stream alone, or an interaction of several.

    `alone` is what varying a single stream gives with all others held, its interactions included; None for a group.
    Variances and their 95 % intervals are never below zero; `share` is of the sum of all components.
    """

    streams: tuple[str, ...]
    freedom: int
    variance: float
    interval: Interval
    share: float
    alone: float | None
    alone_interval: Interval | None


@dataclass(frozen=True)
class Decomposition:
    """All components of a design, what all streams give together, and the mean with its interval for new values."""

    components: tuple[Component, ...]
    joint: float
    joint_interval: Interval
    mean: float
    mean_interval: Interval


def decompose(scores: NDArray[np.float64], streams: Sequence[str]) -> Decomposition:
    """Return the components of scores [levels of stream 1, levels of stream 2, ...], one run a cell.

    With the mean squares MS of a balanced design, the component of a group G is the alternating sum
    Σ (-1)^|T - G| MS(T) over all T that hold G, divided by the number of runs a combination of G has
    (Searle, Casella & McCulloch 1992, ch. 4). Intervals are generalised confidence intervals (Weerahandi 1993):
    MS(T) · df / χ²(df) in place of each expected mean square. Raises ValueError where a stream has one level, or the
    axes are not as many as the streams.
    """
    if scores.ndim != len(streams) or min(scores.shape, default=0) < 2:
        raise ValueError(f"scores {scores.shape} of {', '.join(streams)}: need an axis a stream, two levels or more")
    groups = all_groups(scores.ndim)
    squares = {group: mean_square(scores, group) for group in groups}
    drawn = {group: square * drawn_ratio(freedom(scores.shape, group), group) for group, square in squares.items()}
    found = {group: combined(squares, group, scores.shape) for group in groups}
    pivots = {group: combined(drawn, group, scores.shape) for group in groups}
    total = sum(max(0.0, float(value)) for value in found.values())
    joint, joint_drawn = sum(found.values()), np.sum(list(pivots.values()), axis=0)
    spread = np.sum([pivots[group] / levels(scores.shape, group) for group in groups], axis=0)
    noise = generator("statistics", "variance", "mean").standard_normal(DRAWS)
    around = float(scores.mean()) + noise * np.sqrt(np.maximum(spread, 0.0))
    return Decomposition(
        tuple(component(group, streams, scores.shape, found, pivots, total) for group in groups),
        max(0.0, float(joint)),
        percentiles(joint_drawn),
        float(scores.mean()),
        Interval(*map(float, np.quantile(around, [0.025, 0.975]))),
    )


def component(
    group: Group,
    streams: Sequence[str],
    shape: tuple[int, ...],
    found: dict[Group, NDArray[np.float64]],
    pivots: dict[Group, NDArray[np.float64]],
    total: float,
) -> Component:
    """Return one component; a single stream's with what it gives alone."""
    holding = [other for other in found if set(group) <= set(other)]
    alone = sum(found[other] for other in holding) if len(group) == 1 else None
    variance = max(0.0, float(found[group]))
    return Component(
        tuple(streams[axis] for axis in group),
        freedom(shape, group),
        variance,
        percentiles(pivots[group]),
        variance / total if total > 0 else 0.0,
        None if alone is None else max(0.0, float(alone)),
        None if alone is None else percentiles(np.sum([pivots[other] for other in holding], axis=0)),
    )


def all_groups(factors: int) -> list[Group]:
    """Return every group of axes, single ones first."""
    return [group for size in range(1, factors + 1) for group in itertools.combinations(range(factors), size)]


def levels(shape: tuple[int, ...], group: Group) -> int:
    """Return how many combinations a group of streams has."""
    return int(np.prod([shape[axis] for axis in group], dtype=np.int64))


def freedom(shape: tuple[int, ...], group: Group) -> int:
    """Return a group's degrees of freedom."""
    return int(np.prod([shape[axis] - 1 for axis in group], dtype=np.int64))


def mean_square(scores: NDArray[np.float64], group: Group) -> float:
    """Return a group's mean square: its effects, alternating sums of marginal means, squared."""
    effect = np.zeros(())
    for size in range(len(group) + 1):
        for part in itertools.combinations(group, size):
            others = tuple(axis for axis in range(scores.ndim) if axis not in part)
            effect = effect + (-1) ** (len(group) - size) * scores.mean(axis=others, keepdims=True)
    repeats = scores.size // levels(scores.shape, group)
    return float(repeats * np.sum(effect**2) / freedom(scores.shape, group))


def combined(squares: Squares, group: Group, shape: tuple[int, ...]) -> Scores:
    """Return a group's component from the mean squares of all groups that hold it."""
    signed = [
        (-1) ** (len(other) - len(group)) * np.asarray(square)
        for other, square in squares.items()
        if set(group) <= set(other)
    ]
    repeats = int(np.prod(shape, dtype=np.int64)) // levels(shape, group)
    return np.asarray(np.sum(signed, axis=0) / repeats, dtype=np.float64)


def drawn_ratio(of_freedom: int, group: Group) -> Scores:
    """Return draws of df / χ²(df), float64 [draws], from a stream of the group's own."""
    return of_freedom / generator("statistics", "variance", *group).chisquare(of_freedom, DRAWS)


def percentiles(drawn: NDArray[np.float64]) -> Interval:
    """Return the middle 95 % of draws, not below zero."""
    low, high = np.maximum(np.quantile(drawn, [0.025, 0.975]), 0.0)
    return Interval(float(low), float(high))
