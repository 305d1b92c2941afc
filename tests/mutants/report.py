"""Faults in the step that analyses and in reports: what voids findings, what is exploratory, what is shown as it is."""

from tests.mutants import Mutant


def of(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in a module of reporting, and a test of one of its sections."""
    return Mutant(f"science/reporting/{module}.py", right, wrong, f"tests/science/reporting/test_{test}")


def written(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in how numbers and texts are written, and a test of the sciences."""
    return Mutant(f"science/reporting/{module}.py", right, wrong, f"tests/science/test_{test}")


def rigour(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in a module of reporting, and a test of a whole report."""
    return Mutant(f"science/reporting/{module}.py", right, wrong, f"tests/stages/test_{test}")


def step(stage: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in a step, and a test of the steps."""
    return Mutant(f"stages/{stage}.py", right, wrong, f"tests/stages/test_{test}")


LEAK = "analysis.py::test_nothing_of_held_out_is_let_pass_in_an_exploratory_study"
DRIFTED = "numbers.py::test_a_number_or_a_sentence_that_drifted_is_named_with_its_line"
ESCAPED = "figures.py::test_no_text_leaves_its_markdown_cell_or_its_latex_row"
SPELLED = "figures.py::test_numbers_are_spelled_for_people"
VOID = "analyse.py::test_a_control_that_fails_voids_every_finding"
AFTER = "sections.py::test_findings_after_a_look_and_an_exploratory_study_are_labelled_above_the_answer"

MUTANTS = [
    # the analysis: a failed control voids, without a plan nothing is concluded, seeds added later do not count
    step("analyse", 'believed = not failed(found["controls"])', "believed = True", VOID),
    step(
        "analyse",
        "    if params.plan is not None:\n        found |= judged(",
        "    if True:\n        found |= judged(",
        "analyse.py::test_without_a_plan_nothing_is_concluded_or_shown_of_held_out",
    ),
    step(
        "analyse",
        'return counted_seeds(params.seeds["final"], params.deviations)',
        'return params.seeds["final"]',
        "analyse.py::test_seeds_added_after_a_look_are_in_the_table_of_runs_and_in_no_contrast",
    ),
    step(
        "analyse",
        '    check_budgets(selected, fits_of(params), params.search["trials"])\n',
        "",
        "components.py::test_a_budget_that_is_not_the_others_is_refused",
    ),
    step(
        "analyse_inputs",
        '"seed": home.name.removeprefix("seed-")',
        '"seed": home.name',
        "analyse.py::test_what_is_read_says_whose_it_is",
    ),
    Mutant("science/conclusions.py", "if lost else", "if not controls.size else", f"tests/stages/test_{VOID}"),
    Mutant(
        "science/verdicts.py",
        "if invalid else found",
        "if not verdicts else found",
        f"tests/stages/test_{VOID}",
    ),
    # a report of what goes with its status, and of nothing less
    of(
        "analysis",
        "sorted(wanted - set(analysis.tables))",
        "[]",
        "analysis.py::test_an_analysis_that_lacks_a_table_is_refused_by_its_name",
    ),
    of("analysis", "        evaluated or {", "        {", LEAK),
    of("analysis", "{*EVALUATED, *OF_COMPONENTS} & set", "{*EVALUATED} & set", LEAK),
    of("analysis", " or analysis.held_out_items", "", LEAK),
    of(
        "analysis",
        "stdtrit(freedom, 0.975)",
        "stdtrit(freedom, 0.95)",
        "analysis.py::test_the_interval_of_validation_is_that_over_seeds",
    ),
    of(
        "analysis",
        "half * np.sqrt(1 + n / (folds - 1))",
        "half",
        "analysis.py::test_over_folds_the_interval_of_validation_is_the_corrected_one",
    ),
    step(
        "report",
        "return checked(Analysis(",
        "return (Analysis(",
        "report.py::test_an_exploratory_analysis_with_held_out_numbers_is_refused",
    ),
    # the answer, and what stands above it
    of(
        "answer",
        "    if analysis.exploratory:\n",
        "    if False:\n",
        "answer.py::test_an_exploratory_study_concludes_nothing_and_shows_validation",
    ),
    of(
        "answer",
        "    if analysis.after_a_look:\n",
        "    if False:\n",
        "answer.py::test_findings_after_a_look_confirm_nothing",
    ),
    of(
        "answer",
        'set(verdicts) == {"supported"}',
        '"supported" in verdicts',
        "answer.py::test_verdicts_are_counted_and_all_supported_is_said_only_where_all_are",
    ),
    of(
        "controls",
        'for control in failed(analysis.tables["controls"])]',
        "for control in ()]",
        "controls.py::test_a_failed_control_warns_with_what_it_shows_and_voids_every_finding",
    ),
    of(
        "controls",
        'if row["passed"] else',
        'if row["control"] else',
        "controls.py::test_each_control_has_its_outcome_in_a_word_with_a_symbol",
    ),
    of(
        "sections",
        "invalid = controls.warning(analysis)",
        'invalid = ""',
        "sections.py::test_a_failed_control_stands_above_the_answer_on_every_page",
    ),
    of(
        "sections",
        "caution = AFTER_A_LOOK if analysis.after_a_look else",
        "caution = AFTER_A_LOOK if False else",
        AFTER,
    ),
    of(
        "sections",
        'for row in tables.rows_of(variants) if row["diverged"]',
        "for row in ()",
        "sections.py::test_a_diverged_run_is_told_among_the_notes",
    ),
    # deviations, and a checklist that answers by evidence alone
    of(
        "claims",
        "tuple(analysis.study.deviations) or (",
        "(",
        "claims.py::test_deviations_are_told_or_that_there_are_none_or_no_plan",
    ),
    rigour(
        "checklist",
        "    if analysis.study.deviations:\n",
        "    if False:\n",
        "report_rigour.py::test_deviations_show_in_the_checklist",
    ),
    rigour(
        "checklist",
        'if "contrasts" not in analysis.tables:',
        "if False:",
        "report_rigour.py::test_a_study_that_contrasts_nothing_does_not_say_that_it_tested",
    ),
    rigour(
        "sizes",
        'abs(moved[row["variant"]]) > tolerance',
        'moved[row["variant"]] > tolerance',
        "sizes.py::test_a_component_that_changes_the_size_is_marked_beside_its_effect",
    ),
    # what a paper quotes is what the analysis has
    written("numbers", "if name in values and as_read(said) != as_read(values[name])", "if False", DRIFTED),
    written("numbers", "for name in named_here if name not in values]", "for name in ()]", DRIFTED),
    written("numbers", r'r"(?<!\\)%.*"', 'r"%.*"', DRIFTED),
    # texts and numbers as they are
    written("measured", "(*quotes, words)", "(words,)", "measures.py::test_what_its_authors_wrote_is_quoted_as_it_is"),
    written("escaping", '.replace("<", "&lt;")', "", ESCAPED),
    written("escaping", '    "&": r"\\&",\n', "", ESCAPED),
    written("wording", 'return "< 0.0001" if not is_missing(p) and p < 0.0001 else', "return", SPELLED),
    written("wording", 'text.lstrip("-") if float(text) == 0 else', "", SPELLED),
    Mutant(
        "stages/report.py",
        "autoescape=True",
        "autoescape=False",
        "tests/science/reporting/test_sections.py::test_what_a_study_says_is_shown_and_never_obeyed",
    ),
    Mutant(
        "science/figures_costs.py",
        "and low <= high and",
        "and low < high and",
        "tests/stages/test_sizes.py::test_a_point_is_on_the_front_unless_another_is_as_cheap_and_as_good_and_not_its_equal",
    ),
]
