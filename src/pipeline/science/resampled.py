"""Statistics over folds of repeated cross-validation, which share training rows and so are not independent.

The corrected resampled t test of Nadeau & Bengio (2003, "Inference for the generalization error", section 5), applied
to repeated cross-validation as Bouckaert & Frank (2004): the variance of the mean over J folds is taken as
(1/J + n_test / n_train) s², with J - 1 degrees of freedom. Pure functions over float64 arrays of scores, one a fold.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import stats

from pipeline.science.power import noncentrality
from pipeline.science.statistics import NAN, UNKNOWN, Inference, Interval, Scores, deviation

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
    return float(noncentrality(runs, alpha, power) * np.sqrt(1 / runs + design.ratio))


def detectable_effect(sample: Scores, alpha: float, contrasts: int, design: Resampled) -> float:
    """Return the smallest mean difference, as `minimum_detectable_effect`, that folds [n] detect; NaN as there."""
    spread = deviation(sample)
    return detectable_d(sample.size, alpha / contrasts, design) * spread if spread > 0 else NAN


def over_folds(design: Resampled) -> Inference:
    """Return how scores over folds speak: by the corrected variance throughout.

    A signed-rank test supposes independent differences, which folds are not, so its p is NaN.
    """
    return Inference(
        interval=partial(corrected_interval, design=design),
        p=partial(corrected_p, design=design),
        p_wilcoxon=lambda sample: NAN,  # noqa: ARG005
        p_equivalence=partial(corrected_equivalence_p, design=design),
        minimum_detectable_effect=partial(detectable_effect, design=design),
    )
