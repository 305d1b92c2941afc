"""Faults in the controls: each must be able to fail, on runs and seeds of its own."""

from tests.mutants import Mutant


def of(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in a module of science, and a test of the file that mirrors one."""
    return Mutant(f"science/{module}.py", right, wrong, f"tests/science/test_{test}")


SCORES = "plausibility.py::test_"

MUTANTS = [
    # the tripwire by effect is exact, and fires
    of(
        "plausibility",
        "hypergeom.sf(right - 1,",
        "hypergeom.sf(right,",
        f"{SCORES}p_is_the_share_of_ways_to_part_the_rows_that_have_so_many_right_answers_in_held_out",
    ),
    of(
        "plausibility",
        "2 * min(2 * middle, len(ps) * least)",
        "min(2 * middle, len(ps) * least)",
        f"{SCORES}p_of_several_runs_is_that_of_the_middle_one_or_the_least_corrected_and_that_of_one_run_its_own",
    ),
    of(
        "plausibility",
        "len(ps) * least)",
        "1.0)",
        f"{SCORES}p_of_several_runs_is_that_of_the_middle_one_or_the_least_corrected_and_that_of_one_run_its_own",
    ),
    of(
        "control_runs",
        "math.erfc(5 / math.sqrt(2))",
        "math.erfc(3 / math.sqrt(2))",
        f"{SCORES}the_level_is_that_of_five_standard_errors",
    ),
    of(
        "plausibility",
        '"implausible": p <= LEVEL',
        '"implausible": False',
        f"{SCORES}a_variant_that_knows_held_out_labels_is_implausible_and_those_beside_it_are_not",
    ),
    of(
        "plausibility",
        'told["p"].to_numpy().argmin()',
        'told["p"].to_numpy().argmax()',
        f"{SCORES}a_variant_that_knows_held_out_labels_is_implausible_and_those_beside_it_are_not",
    ),
    of(
        "plausibility",
        "        if rows:\n",
        "        if True:\n",
        f"{SCORES}it_does_not_apply_where_all_held_out_rows_were_published_for_testing",
    ),
    of(
        "controls",
        "scores(full)), *further]",
        "scores(full))]",
        f"{SCORES}a_failed_tripwire_fails_as_the_other_controls_do",
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
        "replace(data, validation_x=",
        "controls.py::test_only_training_labels_are_dealt_anew",
    ),
]
