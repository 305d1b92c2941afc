"""The corrected resampled t test: against a reference of its own, and against a simulation of folds."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, special, stats

from pipeline.science.folds import fold_splits
from pipeline.science.reporting.analysis import with_validation_interval
from pipeline.science.resampled import (
    Resampled,
    corrected_equivalence_p,
    corrected_interval,
    corrected_p,
    detectable_d,
    over_folds,
)
from pipeline.science.rule_in_words import rule_in_words
from pipeline.science.splits import Splits
from pipeline.science.statistics import contrast, summary

DESIGN = Resampled(folds=5, repeats=2)
FULL = [0.74, 0.71, 0.755, 0.73, 0.72, 0.745, 0.70, 0.735, 0.725, 0.75]
OTHER = [0.72, 0.715, 0.74, 0.70, 0.715, 0.73, 0.705, 0.71, 0.72, 0.72]


def tail(t: float, freedom: int) -> float:
    """Return the chance that Student's t exceeds t, by integrating its density as it is written in textbooks."""
    constant = math.gamma((freedom + 1) / 2) / (math.sqrt(freedom * math.pi) * math.gamma(freedom / 2))
    area, _ = integrate.quad(lambda x: constant * (1 + x * x / freedom) ** (-(freedom + 1) / 2), t, math.inf)
    return float(area)


def reference(ratio: float) -> tuple[float, float]:
    """Return (t, p) of Nadeau & Bengio (2003), equation for the corrected resampled t test, with plain sums."""
    d = [a - b for a, b in zip(FULL, OTHER, strict=True)]
    mean = math.fsum(d) / len(d)
    variance = math.fsum((x - mean) ** 2 for x in d) / (len(d) - 1)
    t = mean / math.sqrt((1 / len(d) + ratio) * variance)
    return t, 2 * tail(abs(t), len(d) - 1)


def test_p_is_that_of_the_formula_with_the_rows_tested_for_one_trained_on() -> None:
    sample = np.subtract(FULL, OTHER)
    _, p = reference(ratio=900 / 3600)
    assert corrected_p(sample, DESIGN) == pytest.approx(p, rel=1e-9)
    assert corrected_p(sample, DESIGN) > 10 * stats.ttest_1samp(sample, 0).pvalue  # which the plain test understates


def test_the_interval_ends_where_the_difference_is_no_longer_significant() -> None:
    sample = np.subtract(FULL, OTHER)
    low, high = corrected_interval(sample, 0.95, DESIGN)
    for end in (low, high):
        assert corrected_p(sample - end, DESIGN) == pytest.approx(0.05)
    _, inner = corrected_interval(sample, 0.90, DESIGN)
    assert corrected_equivalence_p(sample, inner, DESIGN) == pytest.approx(0.05)


def test_with_nothing_tested_beside_what_is_trained_on_it_is_the_plain_t_test() -> None:
    sample, endless = np.subtract(FULL, OTHER), Resampled(folds=10**9, repeats=1)
    assert corrected_p(sample, endless) == pytest.approx(stats.ttest_1samp(sample, 0).pvalue, rel=1e-6)
    assert corrected_interval(sample, 0.95, endless) == pytest.approx(
        tuple(stats.ttest_1samp(sample, 0).confidence_interval(0.95)), rel=1e-6
    )


def test_the_detectable_effect_is_found_in_four_of_five() -> None:
    d = detectable_d(10, 0.05, DESIGN)
    shift = d / math.sqrt(1 / 10 + 1 / 4)
    critical = stats.t.isf(0.025, 9)
    assert 1 - special.nctdtr(9, shift, critical) == pytest.approx(0.8, abs=1e-6)
    sd = float(np.std(np.subtract(FULL, OTHER), ddof=1))
    found = contrast(FULL, OTHER, margin=0.01, alpha=0.1, contrasts=2, inference=over_folds(DESIGN))
    assert found.minimum_detectable_effect == pytest.approx(d * sd)


def test_a_contrast_over_folds_keeps_what_needs_no_independence_and_has_no_signed_rank_test() -> None:
    plain = contrast(FULL, OTHER, margin=0.01, alpha=0.05, contrasts=1)
    corrected = contrast(FULL, OTHER, margin=0.01, alpha=0.05, contrasts=1, inference=over_folds(DESIGN))
    for kept in ("n", "difference", "sd", "wins", "losses", "ties", "d_z"):
        assert getattr(corrected, kept) == getattr(plain, kept)
    assert math.isnan(corrected.p_wilcoxon)
    assert corrected.low < plain.low < plain.high < corrected.high
    assert corrected.p > plain.p or corrected.p > 0.002


def test_folds_that_all_agree_and_one_fold_tell_nothing_of_the_variance() -> None:
    spelled_otherwise = np.array([0.8, 0.5, 0.3]) - np.array([0.7, 0.4, 0.2])  # a tenth each, but for rounding
    for sample in (np.full(10, 0.1), np.zeros(10), spelled_otherwise):
        assert corrected_p(sample, DESIGN) == 1
        assert corrected_equivalence_p(sample, 0.2, DESIGN) == 1
        assert all(map(math.isnan, corrected_interval(sample, 0.95, DESIGN)))
        assert math.isnan(summary(sample, over_folds(DESIGN)).high)
    assert corrected_p(np.array([0.3]), DESIGN) == 1
    assert math.isnan(corrected_equivalence_p(np.array([0.3]), 0.4, DESIGN))
    assert math.isnan(summary([0.3], over_folds(DESIGN)).low)


def test_validation_scores_of_folds_that_all_agree_have_no_interval() -> None:
    scores = pd.DataFrame({"n": [10, 10], "validation_mean": [0.7, 0.7], "validation_sd": [0.0, 0.1]})
    shown = with_validation_interval(scores, folds=5)
    assert shown["validation_low"].isna().tolist() == [True, False]
    low, high = corrected_interval(0.7 + 0.1 * np.array([3, -3, *[0] * 8]) / math.sqrt(2), 0.95, DESIGN)
    assert (shown["validation_low"][1], shown["validation_high"][1]) == pytest.approx((low, high))


def test_every_row_is_tested_once_a_repeat_and_no_fold_trains_on_what_it_tests_or_on_what_a_search_sees() -> None:
    rows = Splits(np.arange(20), np.arange(20, 30), np.arange(30, 83))
    for repeat in range(2):
        folds = [fold_splits(rows, 5, repeat, fold, study_seed=3) for fold in range(5)]
        assert sorted(np.concatenate([fold.held_out for fold in folds]).tolist()) == list(range(30, 83))
        for fold in folds:
            assert sorted([*fold.train.tolist(), *fold.held_out.tolist()]) == list(range(30, 83))
            assert fold.validation is rows.validation
            assert abs(len(fold.held_out) - 53 / 5) < 1
    one, other = (set(fold_splits(rows, 5, repeat, 0, study_seed=3).held_out.tolist()) for repeat in (0, 1))
    assert one != other


def differences_of_two_equal_learners(random: np.random.Generator, rows: int = 60) -> np.ndarray:
    """Return, fold by fold, by how much one nearest-mean classifier is more accurate than its twin on other columns.

    Labels and both halves of the columns are drawn alike, so that over all training sets neither twin is better.
    """
    y = random.integers(0, 2, rows)
    x = random.normal(size=(rows, 20)) + 0.25 * y[:, None]
    nothing = np.arange(0)
    found = []
    for repeat in range(2):
        for fold in range(5):
            seed = int(random.integers(2**31))
            if fold == 0:
                dealt = seed
            of = fold_splits(Splits(nothing, nothing, np.arange(rows)), 5, repeat, fold, study_seed=dealt)
            right = []
            for half in (x[:, :10], x[:, 10:]):
                means = [half[of.train][y[of.train] == label].mean(axis=0) for label in (0, 1)]
                distances = [np.square(half[of.held_out] - mean).sum(axis=1) for mean in means]
                right.append(np.mean((distances[1] < distances[0]) == y[of.held_out]))
            found.append(right[0] - right[1])
    return np.array(found)


@pytest.mark.slow
def test_where_nothing_differs_the_corrected_test_errs_about_as_often_as_stated_and_the_plain_one_far_more() -> None:
    random = np.random.default_rng(8)
    samples = [differences_of_two_equal_learners(random) for _ in range(1500)]
    corrected = np.mean([corrected_p(sample, DESIGN) <= 0.05 for sample in samples])
    plain = np.mean([stats.ttest_1samp(sample, 0).pvalue <= 0.05 for sample in samples])
    covered = np.mean([np.prod(corrected_interval(sample, 0.95, DESIGN)) <= 0 for sample in samples])
    print(f"corrected {corrected:.3f}, plain {plain:.3f}, covered {covered:.3f}")
    assert 0.02 <= corrected <= 0.08
    assert plain > 0.15
    assert 0.92 <= covered <= 0.98


def test_the_rule_in_words_names_the_test_of_folds_and_no_test_of_seeds() -> None:
    claim = {"alpha": 0.05, "margin": 0.01, "metric": "accuracy"}
    families = {"baseline": "superiority"}
    of_folds = " ".join(rule_in_words(claim, None, families, resampling={"folds": 5, "repeats": 2}))
    assert "corrected resampled t test (Nadeau & Bengio 2003)" in of_folds
    assert "(1/10 + 1/4) times that over folds, with 9 degrees of freedom; corrected by Holm within each" in of_folds
    assert "95 % corrected resampled t interval" in of_folds
    of_seeds = " ".join(rule_in_words(claim, None, families))
    for word in ("sign-flip", "new seeds", "fixed reference", "over seeds"):
        assert word not in of_folds
        assert word in of_seeds
