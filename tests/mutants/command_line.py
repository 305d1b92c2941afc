"""Faults in how verbs answer: exits that are green over what ails, failures that are lost, states told of others."""

from tests.mutants import Mutant


def of(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault of a module, found by a test named as its file (without `test_`) and itself."""
    file, _, name = test.partition(": ")
    folder = "workflow" if file in ("judged_claims", "changed_conclusions", "studies") else "command_line"
    return Mutant(f"{module}.py", right, wrong, f"tests/{folder}/test_{file}.py::test_{name}")


CLEAN = "status: a_study_is_clean_only_where_nothing_ails"
AILS = "status: whatever_ails_is_told"
VALID_ONLY = "status: controls_claims_and_contrasts_are_told_only_of_valid_results"
CACHE = "status: each_recorded_object_that_the_cache_lacks_or_has_damaged_is_named"
ONE_LINE = "answers: an_error_of_ours_is_one_line_and_a_traceback_where_that_is_asked_for"
COUNTED = "answers: certificates_are_counted_and_a_refused_one_exits_with_1"
FALLS = "judged_claims: a_claim_falls_where_the_opposite_was_found_or_it_stood_in_the_record"
STATE = "all_studies: the_state_of_a_study_names_all_that_ails"
CANNOT_SAY = "all_studies: a_study_that_cannot_say_is_told_by_its_error_and_makes_the_view_fail"
LISTED = "logs: runs_that_failed_alike_are_listed_together_with_what_repeats_them"
TRACEBACK = "logs: any_other_error_leaves_its_traceback_and_fails_the_job"

MUTANTS = [
    # exits
    of("answers", "    if not is_sound:\n", "    if False:\n",
       "answers: what_is_not_sound_is_told_and_exits_with_1"),
    of("verify_cli", "found = certificates()\n    tell(found, render, as_json, is_sound=is_sound(found))",
       "found = certificates()\n    tell(found, render, as_json)", COUNTED),
    of("cli", '        sys.exit(f"pipeline: {error}")\n', "        print(error)\n", ONE_LINE),
    of("cli", '    except PipelineError as error:\n        if "--debug" in sys.argv:',
       "    except PipelineError as error:\n"
       "        if not error.args:", ONE_LINE),
    of("cli", "new_study(name, asked, dry_run)", "new_study(name, asked)",
       "answers: a_new_study_is_told_as_json_with_all_that_was_found"),
    # what is clean
    of("status", 'sound = states <= {"valid"}', 'sound = "valid" in states', f"{CLEAN}[artefacts]"),
    of("status", ' and not found["nondeterminism"] and', " and", f"{CLEAN}[nondeterminism]"),
    of("status", ' and not found["record"].get("cache")', "", f"{CLEAN}[cache]"),
    of("status", 'believed = not is_void(found["controls"]) and', "believed =", f"{CLEAN}[controls]"),
    of("status", ' and not fallen(found["claims"])', "", f"{CLEAN}[claims]"),
    of("status", ' and not found["held_out"]["removed"]', "", f"{CLEAN}[looks]"),
    # what is told
    of("status", "    if is_held():\n", "    if False:\n",
       "status: while_a_run_is_at_work_there_is_no_state_to_tell"),
    of("status", 'if artefacts.get(ANALYSIS, {}).get("state") != "valid":', 'if not Path(ANALYSIS).exists():',
       VALID_ONLY),
    of("status", "if not cache.holds(object)}", "if not cache.has([object])}", CACHE),
    of("status", "        if listing is None:\n            faults.append(",
       "        if listing is None:\n            str(", CACHE),
    of("status", "; every finding is invalid, see results/report.html", "", AILS),
    of("status", "    for state in TROUBLE:\n        lines", "    for state in TROUBLE[1:2]:\n        lines", AILS),
    of("status", "return outcome.startswith(\"failed\")", 'return outcome == "failed"', f"{CLEAN}[controls]"),
    # claims
    of("judged_claims", 'claim["verdict"] != OPEN or claim["recorded"] == STANDS', 'claim["verdict"] != OPEN', FALLS),
    of("judged_claims", 'if claim["verdict"] in (STANDS, UNJUDGED):',
       'if claim["verdict"] in (STANDS, UNJUDGED, "invalid"):',
       FALLS),
    of("judged_claims", 'judged = read_json(METRICS).get("claims", {}) if valid else {}',
       'judged = read_json(METRICS).get("claims", {})', VALID_ONLY),
    of("judged_claims", 'if artefacts.get("results", {}).get("state") != "valid" or not', "if not", VALID_ONLY),
    # all studies
    of("studies", 'return all(study["clean"] for', 'return any(study["clean"] for', CANNOT_SAY),
    of("studies", '{"error": said, "clean": False}', '{"error": said, "clean": True}', CANNOT_SAY),
    of("studies", 'if counts["valid"] and trouble:', "if False:", STATE),
    of("studies", '["a look was removed"] if', '[""] if', STATE),
    of("studies", 'return "recorded" if study["valid"] else', 'return "recorded" if study else',
       "studies: it_is_told_of_which_sources_and_whether_results_lie_here"),
    of("studies", "Environment(autoescape=True)", "Environment()",
       "all_studies: the_page_leads_to_each_report_and_escapes_titles"),
    # a run that is followed
    of("watching", "return now.is_complete and not graph.exists()", "return now.is_complete",
       "watching: a_run_that_was_killed_and_left_its_graph_is_none_even_where_nothing_was_left_to_make"),
    of("watching", "return now.is_complete and not graph.exists()", "return not graph.exists()",
       "watching: a_run_that_ended_before_all_was_made_is_none"),
    of("watching", "(graph := run_at_work()) is None or not is_held():", "(graph := run_at_work()) is None:",
       "watching: where_no_run_is_at_work_there_is_nothing_to_follow"),
    of("watching", "(state := (now.done, now.running, now.failed))", "(state := (now.done, now.running))",
       "watching: a_state_is_told_only_where_something_is_done_running_or_failed_anew"),
    # logs
    of("logs", "                note_failure(path, error)\n            raise",
       "                note_failure(path, error)", TRACEBACK),
    of("logs", "                note_failure(path, error)\n", "                pass\n", LISTED),
    of("logs", 'FAILURES.open("a", encoding', 'FAILURES.open("w", encoding', LISTED),
    of("logs", "                    traceback.print_exc(file=log)\n", "                    pass\n", TRACEBACK),
    of("logs", "error.filename = error.filename or str(path)", "error.filename = error.filename",
       "logs: an_error_of_the_machine_that_names_no_file_names_the_log"),
    # steps
    of("step_cli", "        with logged(log) as say:\n            perform(output, say, log)",
       "        perform(output, print, log)",
       "step_cli: a_step_that_fails_leaves_the_reason_in_its_log_and_in_the_list_of_failures"),
    of("step_cli", "hidden=True, ", "", "step_cli: every_step_of_the_rules_has_a_hidden_verb"),
]  # fmt: skip
