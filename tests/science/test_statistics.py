"""Procedures against independent references, hand-worked examples and simulations; faults turn them red."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestPower
from tests.science.sign_flips import exact_p

from pipeline.base.seeds import generator
from pipeline.science.crossed import crossed_interval, mean_squares, variance_of_mean
from pipeline.science.statistics import (
    contrast,
    differences,
    equivalence_p,
    holm,
    minimum_detectable_effect,
    sign_flip_p,
    summary,
    t_interval,
    wilcoxon_p,
)
from pipeline.science.verdicts import required_seeds

pytestmark = pytest.mark.filterwarnings("error")

ACCURACY = st.integers(0, 3000).map(lambda right: right / 3000)
SMALL = st.integers(-60, 60).map(lambda right: right / 3000)


def samples(low: int = 2, high: int = 8):
    return st.lists(SMALL, min_size=low, max_size=high).map(np.array)


def contrasted(full, other):
    return contrast(full, other, margin=0.01, alpha=0.05, contrasts=4)


# Summaries and t intervals


@settings(deadline=None)
@given(scores=st.lists(ACCURACY, min_size=2, max_size=12))
def test_a_summary_is_the_textbook_mean_sd_and_t_interval(scores):
    found, n = summary(scores), len(scores)
    mean = math.fsum(scores) / n
    sd = math.sqrt(math.fsum((score - mean) ** 2 for score in scores) / (n - 1))
    reach = stats.t.ppf(0.975, n - 1) * sd / math.sqrt(n)
    assert found.n == n
    assert (found.mean, found.sd) == pytest.approx((mean, sd), abs=1e-12)
    assert (found.low, found.high) == pytest.approx((mean - reach, mean + reach), abs=1e-12)


def test_one_score_has_neither_sd_nor_interval():
    found = summary([0.8])
    assert (found.n, found.mean) == (1, 0.8)
    assert np.isnan([found.sd, found.low, found.high]).all()


def test_equal_scores_have_a_zero_sd_and_an_interval_of_one_point():
    found = summary([0.1] * 7)
    assert (found.sd, found.low, found.high) == (0.0, 0.1, 0.1)


@pytest.mark.parametrize("scores", [[], [0.5, math.nan], [math.inf], [[0.5, 0.5]]])
def test_scores_that_are_missing_or_not_finite_are_refused(scores):
    with pytest.raises(ValueError, match="finite score"):
        summary(scores)


def coverage_of_t(n: int, repeats: int, confidence: float) -> float:
    draws = generator("test", "coverage", n).normal(0.03, 0.01, (repeats, n))
    intervals = [t_interval(draw, confidence) for draw in draws]
    return float(np.mean([low <= 0.03 <= high for low, high in intervals]))


def test_the_t_interval_covers_the_mean_as_often_as_it_says():
    assert coverage_of_t(6, 300, 0.95) == pytest.approx(0.95, abs=0.035)


def test_an_interval_that_is_too_narrow_fails_the_coverage_check():
    assert coverage_of_t(6, 300, 0.80) != pytest.approx(0.95, abs=0.035)


# Differences


def test_a_variant_is_paired_seed_by_seed_and_a_single_score_is_a_fixed_reference():
    assert differences([0.8, 0.9], [0.7, 0.6]).tolist() == [0.1, 0.3]
    assert differences([0.8, 0.9], 0.7).tolist() == differences([0.8, 0.9], [0.7]).tolist() == [0.1, 0.2]
    assert contrasted([0.8, 0.9], [0.7, 0.6]).paired
    assert not contrasted([0.8, 0.9], 0.7).paired


def test_scores_of_different_seeds_are_refused():
    with pytest.raises(ValueError, match="3 scores against 2"):
        differences([0.8, 0.9, 0.7], [0.7, 0.6])


def test_rounding_errors_do_not_tell_equal_differences_apart():
    assert 0.8 - 0.7 != 0.9 - 0.8
    found = contrasted([0.8, 0.9, 0.4], [0.7, 0.8, 0.3])
    assert (found.sd, found.p) == (0.0, 0.25)


def test_swapping_two_seeds_of_one_variant_changes_the_contrast():
    full, other = [0.80, 0.82, 0.84, 0.86], [0.79, 0.80, 0.83, 0.84]
    swapped = [other[1], other[0], *other[2:]]
    assert contrasted(full, other).sd != contrasted(full, swapped).sd


# The sign-flip test and its companions


def brute_force_p(counts: list[int]) -> float:
    """Exact in integers: the share of sign flips at least as far from zero as what was seen."""
    flips = itertools.product((-1, 1), repeat=len(counts))
    sums = [sum(sign * count for sign, count in zip(signs, counts, strict=True)) for signs in flips]
    return sum(abs(total) >= abs(sum(counts)) for total in sums) / len(sums)


@settings(deadline=None, max_examples=60)
@given(
    counts=st.lists(st.integers(-60, 60), min_size=2, max_size=9),
    items=st.sampled_from([7, 1000, 1009, 3000, 4096]),
)
@example(counts=[1, -1, -52, 53], items=7)  # the mean is zero up to rounding
@example(counts=[1, 2, 4, -3, 5, -6, 7, 1], items=32000)  # means at the edge between two decimals
def test_the_sign_flip_p_counts_every_flip_exactly_ties_included(counts, items):
    assert sign_flip_p(np.round(np.array(counts) / items, 12)) == brute_force_p(counts)


def test_a_one_sided_or_strict_count_would_differ_from_brute_force():
    counts = [3, 1, -2, 5, 4]
    flips = itertools.product((-1, 1), repeat=5)
    sums = [sum(sign * count for sign, count in zip(signs, counts, strict=True)) for signs in flips]
    strict = sum(abs(total) > 11 for total in sums) / 32
    one_sided = sum(total >= 11 for total in sums) / 32
    assert sign_flip_p(np.array(counts) / 100) == brute_force_p(counts)
    assert brute_force_p(counts) not in (strict, one_sided)


@settings(deadline=None)
@given(sample=samples())
def test_the_sign_flip_p_is_the_same_for_either_direction_and_order(sample):
    assert sign_flip_p(sample) == sign_flip_p(-sample) == sign_flip_p(sample[::-1])


def test_no_difference_at_all_gives_p_one_everywhere():
    found = contrasted([0.8, 0.7, 0.9], [0.8, 0.7, 0.9])
    assert (found.p, found.p_wilcoxon, found.difference, found.sd, found.ties) == (1, 1, 0, 0, 3)
    assert (found.equivalence_low, found.equivalence_high, found.p_equivalence) == (0, 0, 0)
    assert math.isnan(found.d_z)
    assert math.isnan(found.minimum_detectable_effect)


def test_one_constant_difference_has_the_smallest_p_and_an_interval_of_one_point():
    found = contrasted([0.9] * 6, [0.8] * 6)
    assert (found.p, found.p_equivalence, found.wins) == (2 / 2**6, 1.0, 6)
    assert (found.low, found.high) == (0.1, 0.1)


def test_a_single_seed_shows_nothing():
    found = contrasted([0.9], [0.8])
    assert (found.n, found.p, found.p_wilcoxon) == (1, 1.0, 1.0)
    assert np.isnan([found.sd, found.low, found.equivalence_high, found.p_equivalence, found.d_z]).all()


def test_five_seeds_can_never_reject_and_six_can():
    assert sign_flip_p(np.full(5, 0.2)) > 0.05 >= sign_flip_p(np.full(6, 0.2))


@pytest.mark.parametrize("contrasts", [1, 2, 4, 7, 12])
def test_a_family_of_perfect_contrasts_with_the_required_seeds_is_significant_after_holm(contrasts):
    seeds = required_seeds(contrasts, 0.05)
    assert max(holm([sign_flip_p(np.full(seeds, 0.2))] * contrasts)) <= 0.05
    assert max(holm([sign_flip_p(np.full(seeds - 1, 0.2))] * contrasts)) > 0.05


@settings(deadline=None)
@given(sample=samples(1, 12))
def test_wilcoxon_agrees_with_brute_force_ranks_where_scipy_is_exact(sample):
    moved = sample[sample != 0]
    assume(moved.size == np.unique(np.abs(moved)).size)
    signed = np.sign(moved) * stats.rankdata(np.abs(moved))
    expected = brute_force_p([int(rank) for rank in signed]) if moved.size else 1.0
    assert wilcoxon_p(sample) == pytest.approx(expected)


@settings(deadline=None, max_examples=20)
@given(sample=samples(1, 25))
def test_wilcoxon_bears_ties_and_zeros_without_a_warning(sample):
    assert 0 <= wilcoxon_p(sample) <= 1


@pytest.mark.slow
def test_beyond_twenty_seeds_flips_are_drawn_repeatably_and_p_is_never_zero():
    sample = generator("test", "many seeds").normal(0.004, 0.01, 22)
    assert sign_flip_p(sample) == sign_flip_p(sample)
    assert sign_flip_p(sample) == pytest.approx(stats.ttest_1samp(sample, 0).pvalue, rel=0.15)
    assert 0 < sign_flip_p(np.full(30, 0.1)) < 1e-5


# A worked example


def test_a_contrast_matches_the_example_worked_by_hand():
    found = contrasted([0.82, 0.84, 0.80, 0.86], [0.80, 0.80, 0.81, 0.80])  # differences 2, 4, -1, 6 points
    mean, sd = 0.0275, math.sqrt((0.75**2 + 1.25**2 + 3.75**2 + 3.25**2) / 3) / 100
    assert (found.n, found.wins, found.losses, found.ties) == (4, 3, 1, 0)
    assert (found.difference, found.sd, found.d_z) == pytest.approx((mean, sd, mean / sd))
    assert found.high - mean == pytest.approx(3.182446 * sd / 2, rel=1e-6)
    assert found.equivalence_high - mean == pytest.approx(2.353363 * sd / 2, rel=1e-6)
    assert found.p == 4 / 16  # |sum| >= 11: all or all but the 1, and both negated
    assert found.p_equivalence == pytest.approx(stats.t.sf((0.01 - mean) / (sd / 2), 3))


# Equivalence, power, correction


@settings(deadline=None)
@given(sample=samples(2, 12), margin=st.floats(0.001, 0.05))
def test_tost_is_below_a_twentieth_where_the_ninety_percent_interval_is_inside_the_margin(sample, margin):
    low, high = t_interval(sample, 0.90)
    p = equivalence_p(sample, margin)
    assume(abs(p - 0.05) > 1e-9)
    assert (p < 0.05) == (-margin < low and high < margin)


def test_a_ninety_five_percent_interval_would_disagree_with_tost():
    sample = np.array([0.001, 0.004, -0.002, 0.003, 0.005])
    margin = 0.0051
    assert equivalence_p(sample, margin) < 0.05
    assert t_interval(sample, 0.90).high < margin < t_interval(sample, 0.95).high


@pytest.mark.parametrize("n", [6, 8, 10, 20])
@pytest.mark.parametrize("contrasts", [1, 4, 12])
def test_the_minimum_detectable_effect_has_eighty_percent_power_at_the_corrected_level(n, contrasts):
    sample = generator("test", "power", n).normal(0.0, 0.01, n)
    effect = minimum_detectable_effect(sample, 0.05, contrasts) / sample.std(ddof=1)
    assert TTestPower().power(effect, n, 0.05 / contrasts) == pytest.approx(0.8, abs=1e-5)


def test_the_minimum_detectable_effect_of_an_uncorrected_level_would_be_too_small():
    sample = generator("test", "power").normal(0.0, 0.01, 10)
    effect = minimum_detectable_effect(sample, 0.05, 1) / sample.std(ddof=1)
    assert TTestPower().power(effect, 10, 0.05 / 4) < 0.7


def holm_by_hand(p_values: list[float]) -> list[float]:
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    corrected, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - rank)))
        corrected[index] = highest
    return corrected


@settings(deadline=None, max_examples=40)
@given(p_values=st.lists(st.floats(0, 1), max_size=12))
def test_holm_multiplies_each_p_by_how_many_are_left_and_never_decreases(p_values):
    assert holm(p_values) == pytest.approx(holm_by_hand(p_values))


def test_holm_matches_a_worked_family_and_differs_from_bonferroni():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([0.04, 0.01, 0.03]) != pytest.approx([0.12, 0.03, 0.09])


def test_a_contrast_that_could_not_be_made_still_counts_in_its_family():
    corrected = holm([0.01, math.nan, 0.03])
    assert corrected[::2] == pytest.approx([0.03, 0.06])
    assert math.isnan(corrected[1])


# False positives


def families_of_nulls(repeats: int, contrasts: int, seeds: int) -> np.ndarray:
    """Uncorrected p [repeats, contrasts] of families in which the full method differs from no variant."""
    noise = generator("test", "false positives", seeds).integers(-40, 41, (repeats, contrasts, seeds)) / 3000
    return exact_p(noise.reshape(-1, seeds)).reshape(repeats, contrasts)


def false_positives(families: np.ndarray) -> float:
    """How often at least one member is significant at .05 after Holm (which never lowers a p)."""
    return float(np.mean([min(family) <= 0.05 and min(holm(family.tolist())) <= 0.05 for family in families]))


def uncorrected_false_positives(families: np.ndarray) -> float:
    return float(np.mean(families.min(axis=1) <= 0.05))


def monte_carlo_error(rate: float, repeats: int) -> float:
    """The standard error of a share that is seen in so many repeats."""
    return math.sqrt(rate * (1 - rate) / repeats)


def test_the_p_of_the_simulations_is_that_of_the_analysis() -> None:
    noise = generator("test", "exact").integers(-4, 5, (20, 8)) / 3000  # with zeros and ties
    assert exact_p(noise).tolist() == [sign_flip_p(row) for row in noise]


def test_a_family_of_nulls_is_rarely_significant():
    assert false_positives(families_of_nulls(600, 4, 8)) <= 0.05 + 3 * monte_carlo_error(0.05, 600)  # 0.077


def test_without_the_correction_a_family_of_nulls_is_significant_too_often():
    expected = 1 - 0.95**4  # 0.185, a little less where p is discrete
    assert uncorrected_false_positives(families_of_nulls(600, 4, 8)) > expected - 4 * monte_carlo_error(expected, 600)
    assert expected - 4 * monte_carlo_error(expected, 600) > 0.05 + 3 * monte_carlo_error(0.05, 600)


def test_a_family_of_nulls_is_significant_at_most_one_time_in_twenty():
    assert false_positives(families_of_nulls(3000, 4, 10)) <= 0.05 + 3 * monte_carlo_error(0.05, 3000)


def test_looking_after_every_seed_is_significant_too_often():
    noise = generator("test", "peeking").normal(size=(600, 12))
    smallest = np.min([exact_p(noise[:, :n]) for n in range(5, 13)], axis=0)
    assert np.mean(smallest <= 0.05) > 0.09


# New seeds and new items: correctness from a probit model whose population accuracy is known exactly


def outcomes(rng, mean: float, difficulty, seeds: int, seed_sd: float, item_sd: float = 0.7):
    """Correctness [seeds, items]: item difficulty (shared), the variant's own items, its seeds, chance."""
    items = difficulty.size
    taste = rng.normal(0, item_sd, items)
    luck = rng.normal(0, seed_sd, (seeds, 1))
    return mean + difficulty + taste + luck + rng.normal(size=(seeds, items)) > 0


def accuracy(mean: float, seed_sd: float, item_sd: float = 0.7) -> float:
    return float(stats.norm.cdf(mean / math.sqrt(2 + seed_sd**2 + item_sd**2)))


def both(rng, seeds: int, items: int, fixed: bool):
    difficulty = rng.normal(size=items)
    full = outcomes(rng, 1.0, difficulty, seeds, 0.1)
    other = outcomes(rng, 0.9, difficulty, 1 if fixed else seeds, 0.0 if fixed else 0.1)
    return full, other


def coverage(interval, repeats: int, seeds: int, items: int, fixed: bool = False) -> float:
    truth = accuracy(1.0, 0.1) - accuracy(0.9, 0.0 if fixed else 0.1)
    rng = generator("test", "crossed", seeds, items)
    inside = [low <= truth <= high for low, high in (interval(*both(rng, seeds, items, fixed)) for _ in range(repeats))]
    return float(np.mean(inside))


def seeds_only(full, other):
    return t_interval(differences(full.mean(axis=1), other.mean(axis=1)), 0.95)


@pytest.mark.parametrize("fixed", [False, True])
def test_the_crossed_interval_covers_the_effect_on_new_seeds_and_new_items(fixed):
    assert 0.91 <= coverage(crossed_interval, 300, 8, 400, fixed) <= 0.995


@pytest.mark.parametrize("fixed", [False, True])
def test_an_interval_over_seeds_alone_misses_the_effect_on_new_items_far_too_often(fixed):
    assert coverage(seeds_only, 300, 8, 400, fixed) < 0.88


@pytest.mark.slow
@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize(("seeds", "items"), [(6, 300), (10, 1000), (10, 3000)])
def test_the_crossed_interval_covers_as_often_as_it_says_over_many_studies(seeds, items, fixed):
    assert coverage(crossed_interval, 1500, seeds, items, fixed) == pytest.approx(0.95, abs=0.02)


def variance_by_anova(outcome) -> float:
    """Two-way analysis of variance from raw sums of squares, one cell at a time."""
    n, m = outcome.shape
    cells = [(s, i, float(outcome[s, i])) for s in range(n) for i in range(m)]
    rows = [math.fsum(v for s, _, v in cells if s == row) for row in range(n)]
    columns = [math.fsum(v for _, i, v in cells if i == column) for column in range(m)]
    correction = math.fsum(rows) ** 2 / (n * m)
    of_rows = math.fsum(r * r for r in rows) / m - correction
    of_columns = math.fsum(c * c for c in columns) / n - correction
    rest = (math.fsum(v * v for *_, v in cells) - correction - of_rows - of_columns) / ((n - 1) * (m - 1))
    seeds, items = of_rows / (n - 1), of_columns / (m - 1)
    return (max(0.0, seeds - rest) + max(0.0, items - rest) + rest) / (n * m)


@settings(deadline=None)
@given(
    cells=st.tuples(st.integers(2, 5), st.integers(2, 7)).flatmap(
        lambda shape: st.lists(st.sampled_from([-1, 0, 1]), min_size=math.prod(shape), max_size=math.prod(shape)).map(
            lambda values: np.array(values, dtype=float).reshape(shape)
        )
    )
)
def test_the_crossed_variance_is_that_of_a_two_way_analysis_of_variance(cells):
    variance, freedom = variance_of_mean(cells)
    assert variance == pytest.approx(variance_by_anova(cells), abs=1e-12)
    assert variance >= max(mean_squares(cells)) / cells.size - 1e-15
    assert freedom > 0


def test_the_degrees_of_freedom_are_satterthwaites_over_the_mean_squares_that_count():
    cells = np.array([[1.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]])
    assert mean_squares(cells) == pytest.approx([7 / 9, 7 / 9, 1 / 9])  # by hand
    expected = (13 / 9) ** 2 / (2 * (7 / 9) ** 2 / 2 + (1 / 9) ** 2 / 4)
    assert variance_of_mean(cells) == pytest.approx((13 / 81, expected))


def test_a_negative_component_leaves_the_degrees_of_freedom_of_the_others():
    cells = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 0.0, -1.0], [1.0, -1.0, 0.0]])
    assert mean_squares(cells) == pytest.approx([1 / 9, 25 / 12, 7 / 36])  # by hand; seeds below the rest
    assert variance_of_mean(cells) == pytest.approx((25 / 144, 2))


def test_a_fixed_reference_may_be_one_row_or_a_vector_and_equals_its_repetition():
    full, other = both(generator("test", "reference"), 6, 50, fixed=True)
    expected = crossed_interval(full, np.repeat(other, 6, axis=0))
    assert crossed_interval(full, other) == crossed_interval(full, other[0]) == expected


def test_the_crossed_interval_turns_round_with_the_contrast():
    full, other = both(generator("test", "direction"), 6, 50, fixed=False)
    low, high = crossed_interval(full, other)
    assert crossed_interval(other, full) == pytest.approx((-high, -low))


def test_a_diverged_run_widens_the_interval_and_is_not_dropped():
    full, other = both(generator("test", "diverged"), 8, 200, fixed=False)
    sound = crossed_interval(full, other)
    full[3] = False
    struck = crossed_interval(full, other)
    assert struck.high - struck.low > 3 * (sound.high - sound.low)
    assert np.mean(struck) == pytest.approx(full.mean() - other.mean())


def test_variants_that_all_diverged_differ_by_nothing():
    nothing = np.zeros((6, 40), dtype=bool)
    assert crossed_interval(nothing, nothing) == (0.0, 0.0)


@pytest.mark.parametrize("shape", [(1, 40), (6, 1)])
def test_one_seed_or_one_item_has_no_population_interval(shape):
    right = np.ones(shape, dtype=bool)
    assert np.isnan(crossed_interval(right, right)).all()


@pytest.mark.parametrize("shape", [(6, 39), (5, 40), (39,)])
def test_correctness_of_other_items_or_seeds_is_refused(shape):
    with pytest.raises(ValueError, match="same seeds and items"):
        crossed_interval(np.ones((6, 40), dtype=bool), np.ones(shape, dtype=bool))
