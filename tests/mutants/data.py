"""Faults in what is split, held out and probed for leaks, and in what counts as the pinned data."""

from tests.mutants import Mutant


def of(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in a module of science, and a test of the file that mirrors one."""
    return Mutant(f"science/{module}.py", right, wrong, f"tests/science/test_{test}")


def step(stage: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in a step, and a test of the steps."""
    return Mutant(f"stages/{stage}.py", right, wrong, f"tests/stages/test_{test}")


LEAKS = "probes.py::test_a_copy_across_two_splits_is_found_exact_or_near"
FEATURE = "probes.py::test_a_feature_that_copies_the_label_is_found_and_can_be_stated"
STATED = "probes.py::test_copies_that_are_stated_are_reported_and_one_more_is_refused"
SIZES = "splits.py::test_sizes_that_the_data_cannot_give_are_refused"
DISJOINT = "splits.py::test_splits_are_disjoint_and_training_never_sees_a_published_test_row"

MUTANTS = [
    # splits are disjoint, and the published test set is held out whole
    of("splits", "drawn[used - sizes.validation : used]", "drawn[: sizes.validation]", DISJOINT),
    of("splits", "drawn[used : used + max(", "drawn[0 : max(", DISJOINT),
    of("splits", ".permutation(published_train)", ".permutation(rows)", DISJOINT),
    of("splits", "if used > published_train:", "if False:", SIZES),
    of("splits", "if used + sizes.held_out > rows:", "if False:", SIZES),
    of("splits", "if sizes.held_out < published_test:", "if False:", SIZES),
    of(
        "splits",
        "if sizes.within_training and sizes.validation > sizes.train:",
        "if False:",
        "splits.py::test_validation_within_training_takes_no_row_from_it_and_may_not_be_larger",
    ),
    of(
        "folds",
        "if number != fold]",
        "]",
        "resampled.py::test_every_row_is_tested_once_a_repeat_and_no_fold_trains_on_what_it_tests_or_on_what_a_search_sees",
    ),
    of(
        "parts",
        "taken(raw, rows.held_out)",
        "taken(raw, rows.validation)",
        "parts.py::test_both_parts_hold_the_rows_that_were_dealt_and_none_of_the_other",
    ),
    of(
        "training_data",
        ".permutation(len(data.train_y))[:rows]",
        ".integers(len(data.train_y), size=rows)",
        "streams.py::test_a_sample_is_drawn_without_repeats_by_its_own_stream",
    ),
    # the probes: copies, a feature or an order that gives labels away
    of(
        "probes",
        "exact = exact_copies(parts[one], parts[other])",
        "exact = np.zeros(len(parts[other]), dtype=bool)",
        LEAKS,
    ),
    of("probes", "<= limit) &", "< 0) &", LEAKS),
    of("probes", "in combinations(parts, 2):", "in [tuple(parts)[:2]]:", LEAKS),
    of("probes", "row in one + 0}", "row in one}", "probes.py::test_a_copy_whose_zeros_have_another_sign_is_exact"),
    of("probes", "if total <= known else", "if total <= known + 1 else", STATED),
    of("probes", "    if leaks:\n", "    if False:\n", STATED),
    of("probes", "if set(telling) <= set(known) else", "if telling else", FEATURE),
    of("probes", "GIVES_AWAY * (1 - base)", "1.01 * (1 - base)", FEATURE),
    of(
        "probes",
        "single_nominal(x[:, column], y) if column in nominal else",
        "0.0 if column in nominal else",
        "parts.py::test_codes_of_categories_are_probed_as_names_not_as_numbers",
    ),
    of(
        "order_probes",
        "z = neighbours_alike(y[chosen])",
        "z = 0.0",
        "probes.py::test_an_order_of_the_splits_that_gives_labels_away_is_found",
    ),
    of(
        "order_probes",
        "if abs(z) > LIMIT",
        "if z > LIMIT",
        "probes.py::test_splits_that_were_not_drawn_at_random_are_found",
    ),
    of(
        "order_probes",
        "(parts[name] for name in together)",
        "(parts[name] for name in TOGETHER)",
        "probes.py::test_folds_of_a_published_test_set_are_no_leak_by_their_order",
    ),
    of("parts", "    refuse_leaks(found)\n", "", "probes.py::test_prepare_refuses_a_leak_and_writes_no_splits"),
    # the pinned data, and no other
    step(
        "fetch",
        "if found != params.sha256:",
        "if False:",
        "fetch.py::test_rows_other_than_those_pinned_are_refused_and_nothing_is_written",
    ),
    of("idx", "if found != sha256:", "if False:", "idx.py::test_another_content_or_no_file_is_refused"),
    of(
        "datasets/__init__",
        'state.update(f"{little.dtype.str}{little.shape}".encode())',
        "pass",
        "mnist1d.py::test_the_digest_sees_a_bit_a_shape_and_a_dtype_but_not_a_byte_order",
    ),
    of(
        "datasets/__init__",
        "    if described:\n",
        "    if False:\n",
        "table.py::test_the_digest_is_of_the_values_and_of_what_they_stand_for",
    ),
    of(
        "table",
        "if list(names).count(name) > 1:",
        "if False:",
        "table.py::test_a_column_that_is_named_twice_is_refused",
    ),
    of(
        "table",
        "if missing := int(values.isna().sum()):",
        "if False:",
        "table.py::test_what_is_no_class_no_number_and_no_category_is_refused_with_the_reason",
    ),
    # measures
    of(
        "measures/__init__",
        "if not 0 <= found <= 1 + 1e-9:",
        "if False:",
        "measures.py::test_a_file_with_one_function_is_a_measure_and_one_out_of_bounds_is_refused",
    ),
    of(
        "metrics",
        "if predicted.shape != labels.shape or labels.size == 0:",
        "if False:",
        "metrics.py::test_accuracy_refuses_what_it_cannot_compare",
    ),
    # held-out rows are scored by the saved model, and a diverged run by nothing
    step(
        "evaluate",
        "np.full(len(x), -1)",
        "np.zeros(len(x))",
        "evaluate.py::test_a_diverged_run_predicts_nothing_and_scores_zero",
    ),
    of("scoring", "UNFINISHED = 0.0", "UNFINISHED = 0.5", "scoring.py::test_what_did_not_come_to_an_end_scores_zero"),
    of("scoring", 'if outcome != "finished":', "if False:", "scoring.py::test_what_did_not_come_to_an_end_scores_zero"),
    of(
        "scoring",
        "self.accuracy if self.score is None else self.score",
        "self.accuracy",
        "scoring.py::test_a_study_is_judged_by_its_measure_where_it_states_one",
    ),
    # labels lie apart from what models see, and rows keep the name that looks gave them
    Mutant(
        "io/splits.py",
        "for name, rows in part.tensors.items() if name != SCORED_BY[part.file]",
        "for name, rows in part.tensors.items()",
        "tests/io/test_splits.py::test_what_models_see_has_no_label_they_are_scored_by",
    ),
    Mutant(
        "io/splits.py",
        "        if self.probes is not None:\n",
        "        if False:\n",
        "tests/io/test_splits.py::test_rows_are_named_by_all_that_one_artefact_of_them_would_hold",
    ),
    Mutant(
        "io/splits.py",
        "{name: rows for name, rows in part.tensors",
        "{name: rows for name, rows in part.about",
        "tests/io/test_splits.py::test_what_models_see_has_no_label_they_are_scored_by",
    ),
    of(
        "parts",
        "chosen.held_out < published_training_rows(told.name, rows)",
        "chosen.held_out >= 0",
        "parts.py::test_rows_that_were_published_for_testing_are_not_drawn",
    ),
    of(
        "tables",
        'return UNFINISHED if record["outcome"] == "diverged" and not np.isnan(value) else value',
        "return value",
        "tables.py::test_a_diverged_run_counts_zero_and_is_never_dropped",
    ),
    of(
        "tables",
        '    if record["outcome"] == "diverged":\n        return np.full',
        "    if False:\n        return np.full",
        "tables.py::test_items_of_a_diverged_run_count_nothing_by_any_measure",
    ),
    of(
        "tables",
        "None if values.isna().any() else int(values.sum())",
        "int(values.sum())",
        "tables.py::test_what_a_library_does_not_count_makes_no_sum",
    ),
]
