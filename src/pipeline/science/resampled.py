"""Statistics over folds of repeated cross-validation, which share training rows and so are not independent.

The corrected resampled t test of Nadeau & Bengio (2003, "Inference for the generalization error", section 5), applied
to repeated cross-validation as Bouckaert & Frank (2004): the variance of the mean over J folds is taken as
(1/J + n_test / n_train) s², with J - 1 degrees of freedom. Pure functions over float64 arrays of scores, one a fold.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from pipeline.science.statistics import (
    NAN,
    UNKNOWN,
    Contrast,
    Interval,
    Scores,
    Summary,
    contrast,
    deviation,
    differences,
    finite,
)

AGREEING = 1e-9  # scores of folds that differ by less do so by rounding alone


@dataclass(frozen=True)
class Resampled:
    """A design of folds: `ratio` is how many rows a fold tests for one that it trains on, 1 / (folds - 1)."""

    folds: int
    repeats: int

    @property
    def ratio(self) -> float:
        """Return n_test / n_train."""
        return 1 / (self.folds - 1)


def tells_no_variance(sample: Scores) -> bool:
    """Tell whether a sample [n] has one fold, or folds that all agree."""
    return bool(np.ptp(sample) < AGREEING)


def standard_error(sample: Scores, design: Resampled) -> float:
    """Return the corrected standard error of the mean of a sample [n], n of all folds; NaN when n is one."""
    return float(np.sqrt(1 / sample.size + design.ratio) * deviation(sample))


def corrected_interval(sample: Scores, confidence: float, design: Resampled) -> Interval:
    """Return the corrected resampled t interval of the mean of a sample [n]; NaN when n is one, or all folds agree."""
    if tells_no_variance(sample):
        return UNKNOWN
    half = float(stats.t.ppf((1 + confidence) / 2, sample.size - 1)) * standard_error(sample, design)
    return Interval(float(sample.mean()) - half, float(sample.mean()) + half)


def corrected_p(sample: Scores, design: Resampled) -> float:
    """Return the two-sided p of the corrected resampled t test that the mean of a sample [n] is zero.

    One fold gives p = 1, and so do folds that all agree: of scores on few rows that is chance, no certainty.
    """
    if tells_no_variance(sample):
        return 1.0
    return float(2 * stats.t.sf(abs(sample.mean()) / standard_error(sample, design), sample.size - 1))


def corrected_equivalence_p(sample: Scores, margin: float, design: Resampled) -> float:
    """Return the p of two one-sided corrected t tests that the mean of a sample [n] lies within ±margin.

    NaN when n is one, and 1 where all folds agree, as in `corrected_p`.
    """
    if sample.size == 1:
        return NAN
    if tells_no_variance(sample):
        return 1.0
    distance = margin - abs(float(sample.mean()))
    return float(stats.t.sf(distance / standard_error(sample, design), sample.size - 1))


def detectable_d(runs: int, alpha: float, design: Resampled, power: float = 0.8) -> float:
    """Return the mean difference, in sd over folds, that the two-sided corrected test detects with this power."""
    critical = stats.t.isf(alpha / 2, runs - 1)
    noncentrality = float(special.nctdtrinc(runs - 1, 1 - power, critical))
    return float(noncentrality * np.sqrt(1 / runs + design.ratio))


def resampled_contrast(
    full: ArrayLike,
    other: ArrayLike,
    design: Resampled,
    *,
    margin: float,
    alpha: float,
    contrasts: int,
    confidence: float = 0.95,
    equivalence_confidence: float = 0.90,
) -> Contrast:
    """Return the contrast of scores `full` [n] with `other` [n], fold by fold; as `statistics.contrast`, but for folds.

    Intervals, p, the equivalence test and the detectable effect have the corrected variance; a signed-rank test, which
    supposes independent differences, has none, so p_wilcoxon is NaN. Raises ValueError as `contrast` does.
    """
    sample = differences(full, other)
    plain = contrast(full, other, margin=margin, alpha=alpha, contrasts=contrasts)
    interval = corrected_interval(sample, confidence, design)
    equivalence = corrected_interval(sample, equivalence_confidence, design)
    spread = deviation(sample)
    return replace(
        plain,
        low=interval.low,
        high=interval.high,
        p=corrected_p(sample, design),
        p_wilcoxon=NAN,
        equivalence_low=equivalence.low,
        equivalence_high=equivalence.high,
        p_equivalence=corrected_equivalence_p(sample, margin, design),
        minimum_detectable_effect=detectable_d(sample.size, alpha / contrasts, design) * spread if spread > 0 else NAN,
    )


def resampled_summary(scores: ArrayLike, design: Resampled) -> Summary:
    """Return the summary of scores [n], one a fold, its 95 % interval corrected."""
    sample = finite(scores)
    interval = corrected_interval(sample, 0.95, design)
    return Summary(sample.size, float(sample.mean()), deviation(sample), *interval)
