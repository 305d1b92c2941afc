"""Faults in statistics: over seeds, over seeds and items, over folds."""

from tests.mutants import Mutant


def of(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in a module of science, and a test of the file that mirrors one."""
    return Mutant(f"science/{module}.py", right, wrong, f"tests/science/test_{test}")


MUTANTS = [
    # tests and intervals over seeds: which tail, which level, which pairs, no score left out
    of(
        "statistics",
        'permutation_type="samples",',
        'permutation_type="samples", alternative="greater",',
        "statistics.py::test_the_sign_flip_p_is_the_same_for_either_direction_and_order",
    ),
    of(
        "statistics",
        "< TIE, observed",
        "< 0, observed",
        "statistics.py::test_the_sign_flip_p_counts_every_flip_exactly_ties_included",
    ),
    of(
        "statistics",
        "return np.round(left - right, DECIMALS)",
        "return left - right",
        "statistics.py::test_rounding_errors_do_not_tell_equal_differences_apart",
    ),
    of(
        "statistics",
        "if left.size != right.size and 1 not in (left.size, right.size):",
        "if False:",
        "statistics.py::test_scores_of_different_seeds_are_refused",
    ),
    of(
        "statistics",
        " or not np.isfinite(sample).all()",
        "",
        "statistics.py::test_scores_that_are_missing_or_not_finite_are_refused",
    ),
    of(
        "statistics",
        ".confidence_interval(confidence)",
        ".confidence_interval(0.9)",
        "statistics.py::test_a_summary_is_the_textbook_mean_sd_and_t_interval",
    ),
    of(
        "statistics",
        "sample.std(ddof=1)",
        "sample.std()",
        "statistics.py::test_a_summary_is_the_textbook_mean_sd_and_t_interval",
    ),
    of(
        "statistics",
        "ttost_mean(-margin, margin)[0]",
        "ttost_mean(-margin, margin)[1][1]",
        "statistics.py::test_tost_is_below_a_twentieth_where_the_ninety_percent_interval_is_inside_the_margin",
    ),
    of(
        "statistics",
        "noncentrality(sample.size, alpha / contrasts, power)",
        "noncentrality(sample.size, alpha, power)",
        "statistics.py::test_the_minimum_detectable_effect_has_eighty_percent_power_at_the_corrected_level",
    ),
    of(
        "statistics",
        'method="holm"',
        'method="fdr_bh"',
        "statistics.py::test_holm_matches_a_worked_family_and_differs_from_bonferroni",
    ),
    of(
        "statistics",
        "multipletests(np.where(missing, 1.0, p_values)",
        "multipletests(np.where(missing, 0.0, p_values)",
        "statistics.py::test_a_contrast_that_could_not_be_made_still_counts_in_its_family",
    ),
    of("power", "alpha / 2", "alpha", "power.py::test_the_power_is_that_of_a_two_sided_test"),
    # new seeds and new items at once
    of(
        "crossed",
        "weights[2] = 1 - weights[:2].sum()",
        "weights[2] = 1.0",
        "statistics.py::test_the_crossed_variance_is_that_of_a_two_way_analysis_of_variance",
    ),
    of(
        "crossed",
        "freedom = np.array([seeds - 1,",
        "freedom = np.array([seeds,",
        "statistics.py::test_the_degrees_of_freedom_are_satterthwaites_over_the_mean_squares_that_count",
    ),
    of(
        "crossed",
        "if min(outcomes.shape) < 2:",
        "if False:",
        "statistics.py::test_one_seed_or_one_item_has_no_population_interval",
    ),
    of(
        "crossed",
        " or left.shape[1] != right.shape[1]",
        "",
        "statistics.py::test_correctness_of_other_items_or_seeds_is_refused",
    ),
    # folds that share rows
    of(
        "resampled",
        "np.sqrt(1 / sample.size + design.ratio)",
        "np.sqrt(1 / sample.size)",
        "resampled.py::test_p_is_that_of_the_formula_with_the_rows_tested_for_one_trained_on",
    ),
    of(
        "resampled",
        "float(2 * stats.t.sf(",
        "float(stats.t.sf(",
        "resampled.py::test_p_is_that_of_the_formula_with_the_rows_tested_for_one_trained_on",
    ),
    of(
        "resampled",
        "return bool(np.ptp(sample) < AGREEING)",
        "return sample.size == 1",
        "resampled.py::test_folds_that_all_agree_and_one_fold_tell_nothing_of_the_variance",
    ),
]
