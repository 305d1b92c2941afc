"""Faults in statistics, in the decision rule, and in what is concluded."""

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
    # the decision rule
    of(
        "verdicts",
        "not (seen.complete and seen.controls_passed)",
        "not seen.complete",
        "verdicts.py::test_a_missing_run_or_a_failed_control_comes_before_every_other_finding",
    ),
    of(
        "verdicts",
        "lambda seen: -seen.margin < seen.equivalence_low and",
        "lambda seen:",
        "verdicts.py::test_a_significant_downward_difference_is_worse",
    ),
    of(
        "verdicts",
        " and seen.population_low > 0,",
        ",",
        "verdicts.py::test_an_upward_difference_that_lacks_one_condition_is_inconclusive",
    ),
    of(
        "verdicts",
        "Finding.EQUIVALENT: Verdict.NOT_SUPPORTED",
        "Finding.EQUIVALENT: Verdict.INCONCLUSIVE",
        "verdicts.py::test_a_superiority_claim_is_supported_by_better_alone",
    ),
    of(
        "verdicts",
        "order = (Verdict.INVALID, Verdict.NOT_SUPPORTED, Verdict.INCONCLUSIVE, Verdict.SUPPORTED)",
        "order = (Verdict.SUPPORTED, Verdict.INVALID, Verdict.NOT_SUPPORTED, Verdict.INCONCLUSIVE)",
        "verdicts.py::test_one_claim_over_all_members_is_as_good_as_its_weakest_contrast",
    ),
    of(
        "verdicts",
        "    check_rule(alpha, margin)\n",
        "",
        "verdicts.py::test_a_rule_that_could_never_or_always_hold_is_refused",
    ),
    of(
        "verdicts",
        "while contrasts * 2.0 ** (1 - seeds) > alpha:",
        "while contrasts * 2.0**-seeds > alpha:",
        "statistics.py::test_a_family_of_perfect_contrasts_with_the_required_seeds_is_significant_after_holm",
    ),
    of(
        "effect_rule",
        " and seen.population_high < 0,",
        ",",
        "effect_rule.py::test_an_effect_that_lacks_one_condition_is_inconclusive_in_both_directions",
    ),
    of(
        "effect_rule",
        "if finding == claimed:",
        'if finding in (claimed, "positive"):',
        "effect_rule.py::test_a_claim_of_an_effect_is_supported_by_what_it_says_alone",
    ),
    # several looks, each at its own level; what the first decides stands
    of(
        "sequential",
        'rule_of(look["alpha"], margin',
        "rule_of(alpha, margin",
        "sequential.py::test_only_looks_whose_seeds_are_there_are_judged_each_at_its_own_level_with_intervals_to_match",
    ),
    of(
        "sequential",
        "Rule(alpha, margin, 1 - alpha, 1 - 2 * alpha, controls_passed)",
        "Rule(alpha, margin, controls_passed=controls_passed)",
        "sequential.py::test_only_looks_whose_seeds_are_there_are_judged_each_at_its_own_level_with_intervals_to_match",
    ),
    of(
        "sequential",
        "decisive if len(decisive) else mine.iloc[-1:]",
        "mine.iloc[-1:]",
        "sequential.py::test_what_the_first_look_decides_stands_whatever_later_seeds_show",
    ),
    # contrasts: paired by seed, corrected within their family, void where a control failed
    of(
        "conclusions",
        '.sort_values("seed")',
        "",
        "conclusions.py::test_seeds_are_paired_by_name_whatever_their_order_and_their_number_of_digits",
    ),
    of(
        "conclusions",
        "uncorrected if as_one else holm(uncorrected)",
        "uncorrected",
        "conclusions.py::test_p_is_corrected_within_its_family_and_not_beyond_it",
    ),
    of(
        "conclusions",
        "controls_passed=rule.controls_passed,",
        "controls_passed=True,",
        "conclusions.py::test_a_failed_control_makes_every_finding_invalid_whatever_the_scores",
    ),
    of(
        "conclusions",
        "correctness(predictions, other), rule.confidence)",
        "correctness(predictions, other))",
        "sequential.py::test_an_interval_is_wider_where_its_look_has_a_smaller_level",
    ),
    of(
        "one_claim",
        '        judged.loc[members.index, "verdict"] = str(verdict)\n',
        "        pass\n",
        "one_claim.py::test_contrasts_that_make_one_claim_all_carry_its_verdict",
    ),
    of(
        "one_claim",
        "ascending=[False, True]",
        "ascending=[True, True]",
        "one_claim.py::test_one_claim_is_told_by_its_weakest_contrast",
    ),
    of(
        "claims",
        'alone if claim["requires"] == ALL else read_singly',
        "alone",
        "claims.py::test_a_claim_of_all_contrasts_is_tested_without_correction_each_at_alpha",
    ),
    of(
        "claims",
        'valid = row["finding"] != str(Finding.INVALID)',
        "valid = True",
        "claims.py::test_one_contrast_that_does_not_hold_takes_a_claim_of_all_down",
    ),
    of(
        "claims",
        "best_first if requires == ANY else worst_first",
        "best_first",
        "claims.py::test_all_takes_the_worst_verdict_and_any_the_best",
    ),
    of(
        "effects",
        "holm([p_values[place] for place in places])",
        "[p_values[place] for place in places]",
        "effects.py::test_p_is_corrected_among_effects_of_the_same_order",
    ),
    of(
        "effects",
        "controls_passed=rule.controls_passed,",
        "controls_passed=True,",
        "effects.py::test_a_failed_control_makes_every_effect_invalid",
    ),
    of(
        "effects",
        "scale = 2.0 ** (components - len(named))",
        "scale = 2.0 ** (components - 1)",
        "effects.py::test_two_components_that_only_help_together_have_an_interaction_worked_by_hand",
    ),
    # a study that departed from its plan; published numbers; sources of variance
    of(
        "deviations",
        ' or found["dropped_seeds"] or more_than_seeds',
        "",
        "deviations.py::test_only_seeds_that_were_added_leave_a_study_confirmatory",
    ),
    of(
        "deviations",
        "if seed not in unplanned]",
        "]",
        "deviations.py::test_seeds_added_after_a_look_are_not_counted",
    ),
    of(
        "replication",
        "if -tolerance < interval.low and interval.high < tolerance:",
        "if -tolerance < interval.high and interval.low < tolerance:",
        "replication.py::test_a_result_wholly_outside_the_tolerance_does_not_and_one_that_straddles_it_is_left_open",
    ),
    of(
        "replication",
        "if -tolerance < interval.low and",
        "if -tolerance <= interval.low and",
        "replication.py::test_the_tolerance_itself_is_not_within_it",
    ),
    of(
        "variance",
        "if scores.ndim != len(streams) or min(scores.shape, default=0) < 2:",
        "if False:",
        "variance.py::test_a_design_with_a_single_level_is_refused",
    ),
    of(
        "variance",
        "signed = [\n        (-1) ** (len(other) - len(group)) *",
        "signed = [\n       ",
        "variance.py::test_what_a_stream_gives_alone_is_the_variance_over_it_with_all_others_held",
    ),
    # controls can fail, on seeds of their own
    of(
        "controls", "self.p > self.alpha", "self.p >= self.alpha", "controls.py::test_a_control_fails_at_its_very_level"
    ),
    of(
        "controls",
        "means >= excess - TIE",
        "means > excess + TIE",
        "controls.py::test_labels_that_leak_fail_with_as_few_runs_and_classes_as_can",
    ),
    of(
        "controls",
        "excess - TIE) + 1) / (RENAMINGS + 1)",
        "excess - TIE)) / RENAMINGS",
        "controls.py::test_of_many_classes_renamings_are_drawn_and_p_is_never_zero",
    ),
    of(
        "controls",
        "(joint.sum(1), joint.sum(0)) / share if share",
        "(joint.sum(1), joint.sum(0)) * 0 if share",
        "controls.py::test_naming_the_most_frequent_class_is_chance_however_frequent_it_is",
    ),
    of(
        "controls",
        'alternative="greater"',
        'alternative="less"',
        "controls.py::test_the_fewest_runs_against_the_final_ones_are_those_that_can_fail",
    ),
    of(
        "controls",
        "    check_enough(len(groups[SHUFFLED]), classes)\n",
        "",
        "controls.py::test_a_control_that_could_never_fail_is_refused_with_the_number_that_could",
    ),
    of(
        "control_runs",
        "if seed not in (*study.seeds.selection, *study.seeds.final, *seeds):",
        "if seed not in seeds:",
        "controls.py::test_seeds_of_controls_are_disjoint_from_all_others_and_do_not_move_when_more_are_asked_for",
    ),
    of(
        "control_runs",
        "if count and smallest_p(final, count) > ALPHA:",
        "if False:",
        "controls.py::test_a_control_that_could_never_fail_is_refused_with_the_number_that_could",
    ),
    of(
        "control_runs",
        "if full is None or study.randomness or",
        "if full is None or",
        "controls.py::test_final_runs_that_share_values_of_a_stream_are_no_group_to_compare_with",
    ),
    of(
        "control_runs",
        "(2 if final == count else 1)",
        "1",
        "controls.py::test_the_fewest_runs_against_the_final_ones_are_those_that_can_fail",
    ),
    of(
        "dealt_labels",
        "replace(data, train_y=",
        "replace(data, validation_y=",
        "controls.py::test_only_training_labels_are_dealt_anew",
    ),
]
