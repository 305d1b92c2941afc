"""Faults in the decision rule, and in what is concluded by it."""

from tests.mutants import Mutant


def of(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in a module of science, and a test of the file that mirrors one."""
    return Mutant(f"science/{module}.py", right, wrong, f"tests/science/test_{test}")


MUTANTS = [
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
]
