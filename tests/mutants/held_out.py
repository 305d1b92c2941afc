"""Faults in what is held out until a plan is committed, and in what remembers each look at it."""

from tests.mutants import Mutant


def look(name: str) -> str:
    """Return a test of the looks on record."""
    return f"tests/io/test_looks.py::test_{name}"


def plan(name: str) -> str:
    """Return a test of the committed plan."""
    return f"tests/io/test_plans.py::test_{name}"


def opening(name: str) -> str:
    """Return a test of which look is open."""
    return f"tests/io/test_interim.py::test_{name}"


def sense(name: str) -> str:
    """Return a test of looks and claims that are stated."""
    return f"tests/base/test_interim.py::test_{name}"


def standing(name: str) -> str:
    """Return a test of what deviations do to a study's standing."""
    return f"tests/science/test_deviations.py::test_{name}"


def telling(name: str) -> str:
    """Return a test of what people are told of looks."""
    return f"tests/test_looking.py::test_{name}"


def planning(name: str) -> str:
    """Return a test of the plan in words."""
    return f"tests/test_planning.py::test_{name}"


READERS = "tests/workflow/test_held_out.py::test_only_evaluate_reads_what_is_held_out"
ANOTHER = "other_settings_rows_or_code_are_another_configuration"
EXCUSED = "code_edited_after_a_look_is_none_where_every_prediction_that_was_seen_comes_out_the_same"
OTHERWISE = "predictions_that_one_configuration_was_not_seen_to_make_are_named_whatever_their_receipt_says"
REORDERED = "seeds_stated_in_another_order_after_a_look_are_a_deviation_that_leaves_nothing_confirmed"
OTHER_STUDIES = "looks_at_the_same_rows_by_another_study_of_the_repository_are_counted_apart"
ADDED_OR_DROPPED = "seeds_added_or_dropped_after_a_look_are_named"
BEFORE_IT_WAS_COMMITTED = "a_look_that_was_removed_before_it_was_committed_is_known_to_the_clone_that_made_it"
NOT_COMMITTED = "no_plan_a_plan_not_committed_and_one_staged_only_do_not_count"
EDITED_PLAN = "an_edited_plan_is_refused_in_one_line_with_a_remedy"
TRUTH_VALUE = "a_number_that_became_a_truth_value_is_a_change"
FIRST_LOOK = "the_first_look_is_open_until_a_later_one_is_committed_for_just_that_plan"
NO_LOOK = "a_file_that_names_no_look_or_is_not_committed_is_refused"
AFTER_THE_RECORD = "the_next_look_is_opened_only_after_the_record_of_just_this_plan_and_look"
WITHOUT_A_PLAN = "without_a_plan_all_runs_are_judged_on_validation_and_none_is_opened"
ONLY_SEEDS = "only_seeds_that_were_added_leave_a_study_confirmatory"
ADDED_UP = "looks_that_do_not_add_up_are_refused"
NOT_ON_RECORD = "an_evaluation_whose_look_is_not_on_record_is_refused"

MUTANTS = [
    # who reads what is held out: a rule of the graph beside the one that evaluates
    Mutant("Snakefile", "choices=CHOICES,", "choices=CHOICES, held=HELD_OUT,", READERS),
    Mutant(
        "Snakefile",
        '    output:\n        "choices',
        '        held=HELD_OUT,\n    output:\n        "choices',
        READERS,
    ),
    # what makes a configuration
    Mutant("io/looks.py", '"splits": splits, "held_out": held_out, **rows', '"splits": splits, **rows', look(ANOTHER)),
    Mutant("io/looks.py", '"training_rows", "sample_rows"', '"training_rows"', look(ANOTHER)),
    Mutant("io/looks.py", '        "settings": record["settings"],\n', "", look(ANOTHER)),
    Mutant("io/looks.py", '"precision": trained["parameters"]["precision"]', '"precision": "any"', look(ANOTHER)),
    Mutant("io/looks.py", '"pipeline.stages.", ', "", look(ANOTHER)),
    Mutant("io/looks.py", ', "pipeline.base.seeds:")', ")", look(ANOTHER)),
    Mutant(
        "io/looks.py",
        'f"{fold[1]} folds of the held-out rows"',
        '"folds of the held-out rows"',
        look("folds_are_one_configuration_as_seeds_are_and_another_number_of_folds_is_another"),
    ),
    # what puts it on record
    Mutant(
        "io/looks.py",
        "    note(found)\n",
        "",
        look("what_is_about_to_be_evaluated_is_on_record_before_it_is"),
    ),
    Mutant(
        "io/looks.py",
        "        note(found.values())\n        note_plan()\n",
        "        note(found.values())\n",
        look("a_look_is_named_by_its_own_digest_and_another_seed_or_the_same_again_adds_nothing"),
    ),
    Mutant(
        "io/looks.py",
        'if exists(f"{home}/{RECEIPT}")]',
        "]",
        look("a_receipt_that_is_withdrawn_is_no_evaluation_that_stands"),
    ),
    Mutant(
        "io/looks.py",
        'for path in (folder / f"{name}.json", LEDGER / folder.relative_to(LOOKS) / f"{name}.json"):',
        'for path in (folder / f"{name}.json",):',
        look(BEFORE_IT_WAS_COMMITTED),
    ),
    Mutant(
        "io/looks.py",
        "if text_digest(text)[:DIGITS] != path.stem:",
        "if False:",
        look("an_edited_look_is_refused_with_the_way_back"),
    ),
    Mutant(
        "looking.py",
        "for run in workflow.judged] if workflow.confirmatory else []",
        "for run in workflow.judged]",
        telling("a_study_without_a_plan_asks_for_no_evaluation_and_puts_nothing_on_record"),
    ),
    # what was seen, and what excuses an edit
    Mutant("io/looks.py", "if home in each} - {now}", "if home in each} & set()", look(OTHERWISE)),
    Mutant("io/looks.py", "predicted(home) == digest and differs_in", "differs_in", look(EXCUSED)),
    Mutant(
        "io/looks.py",
        " and differs_in_code_alone(other, home) for",
        " for",
        look("other_settings_are_another_configuration_even_where_they_predict_the_same"),
    ),
    Mutant(
        "io/looks.py",
        "        for found in predictions\n        if found\n",
        "        for found in predictions\n",
        look("a_look_of_which_no_prediction_is_known_is_not_excused"),
    ),
    Mutant(
        "io/looks.py",
        "        all(predicted(home)",
        "        any(predicted(home)",
        look("a_look_is_excused_by_nothing_less_than_all_that_it_saw_coming_out_the_same"),
    ),
    # how a study departs from what held-out was opened under
    Mutant(
        "io/deviations.py",
        "{} if None in present else other_configurations(mine)",
        "other_configurations(mine)",
        look("before_every_variant_is_evaluated_no_look_is_said_to_be_by_another_configuration"),
    ),
    Mutant(
        "io/deviations.py",
        "        for name, each in looks().items()\n",
        "        for name, each in ()\n",
        look("a_peek_with_another_configuration_is_named_with_what_differs"),
    ),
    Mutant(
        "io/deviations.py",
        '"plans": other_plans(plan, study)',
        '"plans": {}',
        look("a_claim_reworded_after_a_look_is_a_deviation"),
    ),
    Mutant("io/deviations.py", "if is_reordered(stated, study) else []", "if False else []", look(REORDERED)),
    Mutant("io/deviations.py", "if any(seed not in plan", "if all(seed not in plan", look(ADDED_OR_DROPPED)),
    Mutant(
        "io/deviations.py",
        "sorted(stated - set(study",
        "sorted(set() - set(study",
        look(ADDED_OR_DROPPED),
    ),
    # looks that are known of, and do not lie here
    Mutant(
        "io/look_history.py",
        "        **certified(),\n",
        "",
        look("a_look_that_a_certificate_names_is_missed_whatever_became_of_history"),
    ),
    Mutant(
        "io/look_history.py",
        '        **dict.fromkeys((readable_manifest() or {}).get("looks", []), "manifest.json"),\n',
        "",
        look("a_look_that_the_manifest_names_is_missed_whatever_became_of_history"),
    ),
    Mutant(
        "io/look_history.py",
        '        **dict.fromkeys(branch, "Git\'s history"),\n',
        "",
        look("a_look_that_history_has_and_the_folder_has_not_is_removed_and_can_be_brought_back"),
    ),
    Mutant(
        "io/look_history.py",
        '        **dict.fromkeys(ledger() - anywhere, "this clone\'s own state"),\n',
        "",
        look(BEFORE_IT_WAS_COMMITTED),
    ),
    Mutant(
        "io/look_history.py",
        "dict.fromkeys(ledger() - anywhere,",
        "dict.fromkeys(ledger(),",
        look("a_look_of_another_branch_is_told_and_is_not_removed"),
    ),
    Mutant(
        "io/look_history.py",
        'named_by("--all")',
        'named_by("HEAD")',
        look("a_look_of_another_branch_is_told_and_is_not_removed"),
    ),
    Mutant("io/look_history.py", '["data"]["held_out"] in here for', " is not None for", look(OTHER_STUDIES)),
    Mutant("io/look_history.py", "if folder.resolve() != LOOKS.resolve()", "", look(OTHER_STUDIES)),
    Mutant(
        "io/look_history.py",
        'and line[:2] in ("??", "A ")',
        'and line[:2] == "A "',
        telling("looks_are_committed_by_themselves_and_what_else_is_staged_is_not"),
    ),
    # what stops a record, and what people are told
    Mutant("looking.py", '    if found["not_on_record"]:\n', "    if False:\n", telling(NOT_ON_RECORD)),
    Mutant("looking.py", "sorted(mine.keys() - known.keys())", "[]", telling(NOT_ON_RECORD)),
    Mutant(
        "looking.py",
        '    if found["removed"]:\n',
        "    if False:\n",
        telling("looks_that_were_removed_are_refused_with_the_command_that_brings_one_back"),
    ),
    Mutant(
        "looking.py",
        '"Put looks at held-out on record", "--", str(LOOKS))',
        '"Put looks at held-out on record")',
        telling("looks_are_committed_by_themselves_and_what_else_is_staged_is_not"),
    ),
    Mutant(
        "looking.py",
        'if found["standing"] not in (CONFIRMATORY, "exploratory"):',
        "if False:",
        telling("whatever_speaks_against_a_study_is_told_in_a_line"),
    ),
    Mutant(
        "looking.py",
        '    lines += [f"removed: {name}, which {who} names" for name, who in found["removed"].items()]\n',
        "",
        telling("whatever_speaks_against_a_study_is_told_in_a_line"),
    ),
    # the committed plan
    Mutant(
        "io/plans.py",
        "    if committed() != PLAN.read_bytes():\n        return",
        "    if False:\n        return",
        plan(NOT_COMMITTED),
    ),
    Mutant("io/plans.py", 'f"HEAD:./{PLAN}"', 'f":./{PLAN}"', plan(NOT_COMMITTED)),
    Mutant("io/plans.py", "    if different:\n", "    if False:\n", plan("a_study_that_differs_is_told_the_key")),
    Mutant("io/plans.py", " or value_digest(study) != digest", "", plan(EDITED_PLAN)),
    Mutant("io/plans.py", "if version != FORMAT or ", "if ", plan(EDITED_PLAN)),
    Mutant("io/plans.py", "compact_json(old) != compact_json(new)", "old != new", plan(TRUTH_VALUE)),
    Mutant("io/plans.py", "(key in before) != (key in after) or ", "", plan(TRUTH_VALUE)),
    Mutant(
        "io/plans.py",
        'f"Lock the plan {digest[:12]}", "--", str(PLAN)]',
        'f"Lock the plan {digest[:12]}"]',
        plan("committing_a_plan_leaves_what_else_is_staged_alone_and_commits_no_plan_twice"),
    ),
    # which look is open, and when the next is opened
    Mutant("io/interim.py", "if LOOK.read_bytes() != committed():", "if False:", opening(NO_LOOK)),
    Mutant("io/interim.py", "if not 1 <= number <= looks:", "if not 1 <= number:", opening(NO_LOOK)),
    Mutant("io/interim.py", "    if of != plan:\n        return 1\n", "", opening(FIRST_LOOK)),
    Mutant("next_look.py", "if not recorded or manifest", "if manifest", opening(AFTER_THE_RECORD)),
    Mutant("next_look.py", 'manifest.get("plan") != plan or ', "", opening(AFTER_THE_RECORD)),
    Mutant("next_look.py", " or look != workflow.open_look:", ":", opening(AFTER_THE_RECORD)),
    Mutant(
        "next_look.py",
        "if workflow.open_look == looks:",
        "if False:",
        opening("no_look_is_opened_past_the_last"),
    ),
    # what is opened under it
    Mutant(
        "workflow.py", "set(self.judged) if self.confirmatory else set()", "set(self.judged)", opening(WITHOUT_A_PLAN)
    ),
    Mutant(
        "workflow.py",
        "return runs(self.at_look, self.facts.seeding) if self.confirmatory else self.runs",
        "return self.runs",
        opening("only_the_seeds_of_the_open_look_are_judged_and_evaluated_the_others_are_trained"),
    ),
    Mutant(
        "base/interim.py",
        ".final[: study.seeds.looks[number - 1].seeds]",
        ".final[: study.seeds.looks[number - 1].seeds + 1]",
        sense("one_look_has_all_seeds_and_all_of_alpha_and_a_first_look_has_the_first_seeds"),
    ),
    # looks and claims that make no sense
    Mutant("base/interim.py", "if len(looks) < 2:", "if False:", sense(ADDED_UP)),
    Mutant("base/interim.py", "counts != sorted(set(counts)) or ", "", sense(ADDED_UP)),
    Mutant("base/interim.py", " or counts[-1] != len(study.seeds.final)", "", sense(ADDED_UP)),
    Mutant(
        "base/interim.py", "if not math.isclose(math.fsum(alphas)", "if math.isclose(math.fsum(alphas)", sense(ADDED_UP)
    ),
    Mutant(
        "base/interim.py",
        "if claim.requires not in valid:",
        "if False:",
        sense("a_claim_that_rests_on_nothing_is_refused"),
    ),
    Mutant(
        "base/interim.py",
        '        check_required(key, claim, named, "variant")\n',
        "",
        sense("a_claim_of_a_component_or_a_variant_that_means_all_or_any_is_refused"),
    ),
    # what a deviation does to a study's standing
    Mutant(
        "science/deviations.py",
        "set(keys) - {SEEDS} for",
        "set(keys) - {SEEDS, 'study.margin'} for",
        standing(ONLY_SEEDS),
    ),
    Mutant("science/deviations.py", 'found["configurations"] or found', "found", standing(ONLY_SEEDS)),
    Mutant("science/deviations.py", ' or found["dropped_seeds"] or more', " or more", standing(ONLY_SEEDS)),
    Mutant(
        "science/deviations.py", "if seed not in unplanned]", "]", standing("seeds_added_after_a_look_are_not_counted")
    ),
    Mutant(
        "science/deviations.py",
        'if found and not found["dropped_seeds"] else []',
        "if found else []",
        standing("seeds_that_replace_others_after_a_look_count_and_confirm_nothing"),
    ),
    # what a plan promises
    Mutant(
        "planning.py",
        "    if look.seeds < needed:\n",
        "    if look.seeds < needed - 1:\n",
        planning("seeds_that_can_reach_alpha_are_told_with_the_effect_they_detect"),
    ),
    Mutant(
        "planning.py",
        "/ seeds**0.5)",
        "/ (seeds - 1) ** 0.5)",
        planning("a_detectable_effect_is_that_of_a_paired_t_test_and_shrinks_with_more_seeds"),
    ),
    Mutant(
        "planning.py",
        "tests = 1 if family.is_one_claim else size",
        "tests = 1",
        planning("every_contrast_of_a_family_that_is_corrected_needs_more_seeds"),
    ),
]
