"""Statistics over seeds: summaries, and contrasts of the full method with one variant.

Pure functions over float64 arrays of scores, one score a seed, in fractions (0..1). What
each procedure assumes, and its source, is in docs/statistics.md; seeds and items together
are in crossed.py, what is concluded in verdicts.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import DescrStatsW

from pipeline.base.seeds import generator
from pipeline.science.power import noncentrality

Scores = NDArray[np.float64]
NAN = float("nan")

DECIMALS = 12  # differences are rounded to this: 0.8 - 0.7 and 0.9 - 0.8 must be equal
TIE = 1e-9  # means closer than this are equal: rates over m items and n seeds are at least 1 / (m n) apart
FLIPS = 2**20  # all there are for 20 seeds, which takes seconds; of more seeds, this many are drawn


class Interval(NamedTuple):
    """Both ends of an interval, in the score's units; NaN where it cannot be known."""

    low: float
    high: float


UNKNOWN = Interval(NAN, NAN)


@dataclass(frozen=True)
class Summary:
    """Scores over seeds: mean, sample sd (n - 1), and the 95 % t interval of the mean."""

    n: int
    mean: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True)
class Contrast:
    """The full method against one variant, over seeds; differences are full - variant.

    `low`, `high`: 95 % t interval for new seeds on these items. `equivalence_*`: 90 %, if asked for no other.
    `p` is uncorrected. `paired` is false where one side is a fixed reference.
    """

    n: int
    paired: bool
    difference: float
    sd: float
    low: float
    high: float
    p: float
    p_wilcoxon: float
    d_z: float
    wins: int
    losses: int
    ties: int
    margin: float
    equivalence_low: float
    equivalence_high: float
    p_equivalence: float
    minimum_detectable_effect: float


def differences(full: ArrayLike, other: ArrayLike) -> Scores:
    """Return full - other [n], rounded to 12 decimals; a single score serves for every seed.

    Raises ValueError when the lengths differ (and neither is one), or a score is not finite.
    """
    left, right = finite(full), finite(other)
    if left.size != right.size and 1 not in (left.size, right.size):
        raise ValueError(f"{left.size} scores against {right.size}: give one a seed, or one reference")
    return np.round(left - right, DECIMALS)


def t_interval(sample: Scores, confidence: float) -> Interval:
    """Return Student's t interval of the mean of a sample [n]; NaN when n is one."""
    if sample.size == 1:
        return UNKNOWN
    if is_constant(sample):
        return Interval(float(sample[0]), float(sample[0]))
    ends = stats.ttest_1samp(sample, 0.0).confidence_interval(confidence)
    return Interval(float(ends.low), float(ends.high))


def sign_flip_p(sample: Scores) -> float:
    """Return the two-sided p of the sign-flip test that a sample [n] is symmetric about zero.

    Exact over all 2**n flips up to 20 seeds; beyond, (b + 1) / (m + 1) over m = 2**20
    drawn ones (Phipson & Smyth 2010), from a stream of its own. One seed gives p = 1.
    """
    if sample.size == 1:
        return 1.0
    result = stats.permutation_test(
        (sample,),
        partial(snapped_mean, float(sample.mean())),
        permutation_type="samples",
        vectorized=True,
        n_resamples=FLIPS,
        batch=2**14,
        rng=generator("statistics", "sign flip"),
    )
    return float(result.pvalue)


def snapped_mean(observed: float, sample: Scores, axis: int = -1) -> Scores:
    """Return means along an axis; those that differ from the observed one by rounding alone equal it."""
    means = np.mean(sample, axis=axis)
    return np.where(np.abs(means - observed) < TIE, observed, means)


def wilcoxon_p(sample: Scores) -> float:
    """Return the two-sided p of Wilcoxon's signed-rank test on a sample [n], zeros left out."""
    moved = sample[sample != 0]
    return float(stats.wilcoxon(moved).pvalue) if moved.size else 1.0


def standardised(sample: Scores) -> float:
    """Return d_z, the mean over the sd of a sample [n]; NaN where the sd is zero or unknown."""
    sd = deviation(sample)
    return float(sample.mean()) / sd if sd > 0 else NAN


def equivalence_p(sample: Scores, margin: float) -> float:
    """Return the p of two one-sided t tests that the mean of a sample [n] lies within ±margin.

    It is below 0.05 where the 90 % t interval lies inside ±margin. NaN when n is one.
    """
    if sample.size == 1:
        return NAN
    if is_constant(sample):
        return float(not -margin < sample[0] < margin)
    return float(DescrStatsW(sample).ttost_mean(-margin, margin)[0])


def minimum_detectable_effect(sample: Scores, alpha: float, contrasts: int, power: float = 0.8) -> float:
    """Return the mean difference that a two-sided t test of n seeds detects with this power.

    At level alpha / contrasts (Holm's first step, so the most a family can ask), with the
    sample's own sd; in the score's units. NaN where that sd is zero or unknown. Solved by
    the inverse of the noncentral t distribution.
    """
    sd = deviation(sample)
    if not sd > 0:
        return NAN
    return float(noncentrality(sample.size, alpha / contrasts, power) / np.sqrt(sample.size) * sd)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm's corrected p-values in the order given.

    A NaN (a contrast that could not be made) still counts as a member and stays NaN.
    """
    if not p_values:
        return []
    missing = np.isnan(p_values)
    corrected = multipletests(np.where(missing, 1.0, p_values), method="holm")[1]
    return [float(p) for p in np.where(missing, NAN, corrected)]


def deviation(sample: Scores) -> float:
    """Return the sample sd (n - 1) of [n] scores; NaN when n is one, exactly 0 when all agree."""
    if sample.size == 1:
        return NAN
    return 0.0 if is_constant(sample) else float(sample.std(ddof=1))


def is_constant(sample: Scores) -> bool:
    """Tell whether all values of a sample [n] are the same."""
    return bool(np.ptp(sample) == 0)


def finite(scores: ArrayLike) -> Scores:
    """Return scores as float64 [n]; raise ValueError unless there are some, all finite."""
    sample = np.atleast_1d(np.asarray(scores, dtype=np.float64))
    if sample.ndim != 1 or not sample.size or not np.isfinite(sample).all():
        raise ValueError(f"scores {sample.tolist()}: need one finite score a seed (0 if diverged)")
    return sample


@dataclass(frozen=True)
class Inference:
    """How a sample [n] speaks of what it was drawn from: functions of the sample, and of a level or a margin."""

    interval: Callable[[Scores, float], Interval]
    p: Callable[[Scores], float]
    p_wilcoxon: Callable[[Scores], float]
    p_equivalence: Callable[[Scores, float], float]
    minimum_detectable_effect: Callable[[Scores, float, int], float]


OVER_SEEDS = Inference(t_interval, sign_flip_p, wilcoxon_p, equivalence_p, minimum_detectable_effect)


def summary(scores: ArrayLike, inference: Inference = OVER_SEEDS) -> Summary:
    """Return the summary of scores [n]; with one score, sd and interval are NaN.

    Raises ValueError when there is no score or one is not finite.
    """
    sample = finite(scores)
    return Summary(sample.size, float(sample.mean()), deviation(sample), *inference.interval(sample, 0.95))


def contrast(
    full: ArrayLike,
    other: ArrayLike,
    *,
    margin: float,
    alpha: float,
    contrasts: int,
    confidence: float = 0.95,
    equivalence_confidence: float = 0.90,
    inference: Inference = OVER_SEEDS,
) -> Contrast:
    """Return the contrast of scores `full` [n] with `other` [n], seed by seed, or fold by fold.

    Where either has one score only it is a fixed reference, subtracted as a constant.
    `margin` (> 0): differences within it are negligible. `alpha` and `contrasts` (the size
    of the family) set the level of the minimum detectable effect, `confidence` and
    `equivalence_confidence` those of the intervals. Raises ValueError as `differences` does.
    """
    sample = differences(full, other)
    equivalence = inference.interval(sample, equivalence_confidence)
    interval = inference.interval(sample, confidence)
    return Contrast(
        n=sample.size,
        paired=np.size(full) == np.size(other) > 1,
        difference=float(sample.mean()),
        sd=deviation(sample),
        low=interval.low,
        high=interval.high,
        p=inference.p(sample),
        p_wilcoxon=inference.p_wilcoxon(sample),
        d_z=standardised(sample),
        wins=int(np.sum(sample > 0)),
        losses=int(np.sum(sample < 0)),
        ties=int(np.sum(sample == 0)),
        margin=margin,
        equivalence_low=equivalence.low,
        equivalence_high=equivalence.high,
        p_equivalence=inference.p_equivalence(sample, margin),
        minimum_detectable_effect=inference.minimum_detectable_effect(sample, alpha, contrasts),
    )
