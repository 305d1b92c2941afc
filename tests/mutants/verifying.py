"""Faults in verification: in what is compared, what is judged, the room, the scope and the verb."""

from tests.mutants import Mutant


def of(module: str, right: str, wrong: str, test: str, beside: str = "") -> Mutant:
    """Return a fault of a module of verification, found by a test of it; `beside` is of another module's tests."""
    return Mutant(f"verifying/{module}.py", right, wrong, f"tests/verifying/test_{beside or module}.py::test_{test}")


NAN = "nan_and_infinity_are_infinitely_far_from_every_number"
JSON = "json_is_compared_by_key"
ONE_SIDE = "a_tensor_that_only_one_side_has_is_named"
A_FILE = "a_file_that_one_side_only_has_has_diverged"
OTHERWISE = "what_was_told_other_things_has_diverged_whatever_is_concluded"
EQUIVALENT = "a_full_rebuild_with_the_same_conclusions_is_equivalent"
WORST = "the_overall_verdict_is_the_worst_and_nothing_at_all_is_not_verifiable"
NOT_MADE = "what_was_not_rebuilt_says_why"
KEPT = "bytes_that_only_dvc_keeps_are_compared_where_they_are_undamaged"
CLASS = "other_bits_of_another_class_of_machine_are_not_comparable_nor_is_what_rests_on_them"
RECEIPT = "the_same_files_under_a_receipt_that_states_something_else_have_diverged"
BLOCKED = "nothing_is_rebuilt_where_raw_data_or_the_environment_is_not_what_it_was"
NO_WAY = "a_room_has_no_way_back_to_where_results_lie"
HOME = "what_runs_in_a_room_has_a_home_bytecode_and_code_of_its_own"
NETWORK = "a_network_counts_as_closed_only_where_no_device_but_the_loop_is_left"
REBUILT = "a_record_is_rebuilt_by_its_own_sources_and_compared_with_what_it_says"
TARGETS = "a_path_stands_for_the_artefact_that_holds_it"
STOPPED = "a_distribution_that_a_step_can_import_stops_a_rebuild_and_another_is_told"
CHANGED = "a_file_that_is_changed_or_gone_is_found_among_those_that_are_not"

MUTANTS = [
    # how far numbers are apart
    of("distances", "    apart[~(np.isfinite(a) & np.isfinite(b))] = np.inf\n", "", NAN),
    of("distances", "<= CLOSE_RELATIVE)).all())", "<= CLOSE_RELATIVE)).any())",
       "one_float_beyond_the_thresholds_among_many_close_ones_is_not_close"),
    of("distances", "(relative <= CLOSE_RELATIVE)", "(relative <= 10 * CLOSE_RELATIVE)",
       "the_threshold_is_in_ulp_or_relative_whichever_is_wider"),
    of("distances", "np.ascontiguousarray(a).view(bits) != np.ascontiguousarray(b).view(bits)", "a != b",
       "the_sign_of_a_zero_is_a_difference_without_distance"),
    of("distances", "a.dtype != b.dtype or a.shape != b.shape", "a.shape != b.shape",
       "another_shape_or_dtype_is_told_as_such"),
    of("distances", 'Kind.NUMBERS if a.dtype.kind in "iu"', 'Kind.CLOSE if a.dtype.kind in "iu"',
       "an_integer_or_a_label_is_never_close"),
    of("distances", "max((found.kind for found in differences), key=SEVERITY.index)", "differences[0].kind",
       "several_differences_keep_the_first_place_and_the_largest_distance"),
    # two files
    of("comparing", 'or Difference(Kind.BYTES, "", "the same values in other bytes")', "",
       "the_same_values_in_other_bytes_are_no_rebuild"),
    of("comparing", "type(before) is type(after) and before == after", "before == after", JSON),
    of("comparing", "digests = all(", "digests = any(", JSON),
    of("comparing", "in [*before, *(name for name in after if name not in before)]", "in before", ONE_SIDE),
    of("comparing", "if before != after:\n", "if before[1] == after[0]:\n",
       "the_first_link_of_the_chain_that_differs_gives_the_steps"),
    # an artefact
    of("judging", '!= pair["rebuilt"]:', '!= pair["rebuilt"] and name != RECEIPT:', RECEIPT),
    of("judging", "in sorted({*stated, *rebuilt})", "in sorted(stated)", A_FILE),
    of("judging", "in sorted({*stated, *rebuilt})", "in sorted(rebuilt)", A_FILE),
    of("judging", "        found[RECEIPT] = found.pop(WITHDRAWN)\n", "        pass\n",
       "a_finished_artefact_of_a_pack_that_failed_is_judged_by_its_withdrawn_receipt"),
    of("judging", " and kinds != {Kind.DIGEST}", "",
       "another_digest_is_close_only_beside_the_numbers_that_it_follows_from"),
    of("judging", "    if lines := changed(before, after):\n", "    if lines := []:\n", RECEIPT),
    of("judging", "if receipt and statement(receipt) != statement(", "if receipt and not statement(", OTHERWISE),
    of("judging", "all(before.get(key) == after.get(key) for key in SETTINGS)", "True", OTHERWISE),
    of("judging", "return max(verdicts", "return min(verdicts", WORST),
    of("judging", "default=Verdict.NOT_VERIFIABLE", "default=Verdict.IDENTICAL", WORST),
    of("judging", "if made.get(name) != here.get(name)", "if made.get(name) == here.get(name)", CLASS),
    of("judging", '"claim", "finding", "verdict")', '"claim", "verdict")', EQUIVALENT),
    of("judging", "if not stated or not table.is_file()", "if not table.is_file()",
       "where_nothing_was_concluded_no_conclusion_stands"),
    # the recorded bytes
    of("recorded", "if path.is_file() and file_digest(path) == digest:", "if path.is_file():",
       "bytes_that_are_not_the_recorded_ones_any_more_are_compared_with_none", "judging"),
    of("recorded", "kept.is_file() and file_digest(kept) == digest", "kept.is_file()", KEPT, "judging"),
    of("recorded", "!= self.digests(home):", "== {}:",
       "choices_that_are_not_what_was_recorded_are_not_taken_as_given"),
    of("recorded", "if changed := changed_sources(manifest, commit):", "if changed := []:",
       "a_record_of_other_sources_than_the_commit_has_is_refused"),
    of("recorded", 'text = git("show", f"{commit}:./{MANIFEST}")', "text = MANIFEST.read_text()",
       "a_record_is_read_from_the_commit_and_not_from_the_folder"),
    # a whole rebuild
    of("weighing", "if home not in rebuilt.homes:", "if home in rebuilt.reasons:", NOT_MADE, "judging"),
    of("weighing", "scope.full and conclusions_stand", "conclusions_stand", EQUIVALENT, "judging"),
    of("weighing", " and stand and found.as_stated:", " and stand:", OTHERWISE, "judging"),
    of("weighing", "other_class(home, recorded) or inherited(home, study, judged)", "other_class(home, recorded)",
       CLASS, "judging"),
    of("weighing", 'Verdict.DIVERGED, "was recorded', 'Verdict.EQUIVALENT, "was recorded', NOT_MADE, "judging"),
    of("weighing", "if ABSENT_DEVICE in reason", "if ABSENT_DEVICE not in reason", NOT_MADE, "judging"),
    # the work in the room
    of("rebuilding", "receipt_digest(room.study, home) != recorded_receipt(recorded, home)", "False",
       "recorded_choices_are_not_taken_over_other_data"),
    of("rebuilding", 'events if event["event"] == "made"', "events",
       "what_was_made_and_why_the_rest_failed_is_read_from_what_the_jobs_left"),
    of("rebuilding", "tail if code else []", "[]", "a_room_whose_engine_fails_says_so"),
    of("rebuilding", "*rebuilt.homes, *rebuilt.reasons}", "*rebuilt.homes}",
       "a_verdict_is_due_for_all_that_was_asked_for_made_or_failed"),
    of("rebuilding", "return {*recorded.artefacts, *rebuilt.homes}", "return rebuilt.homes",
       "a_verdict_is_due_for_all_that_was_asked_for_made_or_failed"),
    # the room
    of("room", '    git("-C", str(clone), "remote", "remove", "origin")', "    pass", NO_WAY),
    of("room", '    close_caches(clone, folder / "cache")\n', "", NO_WAY),
    of("room", '"--no-hardlinks", ', "", NO_WAY),
    of("room", '"--detach", commit)', '"--detach")', "a_room_holds_the_sources_of_the_commit_and_no_results"),
    of("room", "for name in KEPT_VARIABLES if", "for name in os.environ if", HOME),
    of("room", '        "PYTHONPATH": str(clone / "src"),\n', "", HOME),
    of("room", '        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),', "", HOME),
    of("room", ' and set(devices) <= {"lo"}', "", NETWORK),
    of("room", "            stop(process)\n", "            pass\n",
       "a_command_is_heard_line_by_line_and_what_it_leaves_running_is_ended"),
    of("room", "            shutil.rmtree(folder, ignore_errors=True)\n", "            pass\n",
       "a_room_is_gone_at_the_end_whatever_ended_it_unless_it_is_kept"),
    # what is installed
    of("installed", "if name in needed] + strange", "if name in needed]",
       "a_file_beside_all_distributions_that_none_of_them_brought_is_a_stranger"),
    of("installed", "blocking = [line for name, line in stated.items() if name in needed]", "blocking: list[str] = []",
       STOPPED),
    of("installed", "        return False\n", "        return True\n", CHANGED),
    of("installed", '.rstrip(b"=").decode() == kept.digest', '.rstrip(b"=").decode() != ""', CHANGED),
    of("installed", 'AT_START = (".pth", ".py", ".so")', 'AT_START = (".py", ".so")',
       "a_file_beside_all_distributions_that_none_of_them_brought_is_a_stranger"),
    # raw files
    of("raw_files", "        if not Path(source).is_file():\n", "        if False:\n",
       "a_raw_file_without_a_pointer_is_the_one_that_lies_here"),
    of("raw_files", "if path.is_file() and file_md5(path) == md5:", "if path.is_file():",
       "a_raw_file_comes_from_the_folder_the_cache_or_the_remote_or_is_named_as_missing"),
    # the scope
    of("scope", "if not 1 <= size <= len(known):", "if not 1 <= size:", "a_sample_is_the_one_that_its_rule_states"),
    of("scope", 'f"{seed} {name}".encode()', "name.encode()", "a_sample_is_the_one_that_its_rule_states"),
    of("scope", "        if name not in known:\n", "        if False:\n", "named_runs_must_have_been_recorded"),
    of("scope", "sum(FULL in variants and ", "sum(", "named_runs_must_have_been_recorded"),
    of("scope", "covered = len(claims) if set(homes) & set(WHOLE) else", "covered =", TARGETS),
    of("budget", "key=lambda contrast: (closeness(contrast, study), contrast", "key=lambda contrast: (0, contrast",
       "a_budget_starts_with_the_closest_verdict_and_takes_both_sides_of_it", "scope"),
    of("budget", "spent + cost > seconds", "spent > seconds",
       "a_larger_budget_covers_every_claim_before_it_takes_further_seeds", "scope"),
    of("budget", "abs(low + margin)", "abs(low - margin)", "closeness_is_relative_to_what_decides_a_verdict", "scope"),
    of("budget", "    if not contrasts:\n", "    if False:\n", "a_budget_needs_verdicts", "scope"),
    # the verb
    of("verify", "    if missing:\n", "    if False:\n", BLOCKED),
    of("verify", "    if checked.blocking:\n", "    if False:\n", BLOCKED),
    of("verify", "or each == 0 for each in given", "for each in given", "what_contradicts_itself_is_not_asked"),
    of("verify", "if self.seed is not None and self.sample is None", "if self.seed is None and self.sample is None",
       "what_contradicts_itself_is_not_asked"),
    of("verify", "    if link := first_link(room.study, room.source_root):\n", "    if link := None:\n",
       "what_a_room_only_links_to_was_not_rebuilt"),
    of("room", "(*wrapper, *entrance(folder))", "wrapper",
       "what_runs_in_a_room_reaches_nothing_outside_of_it_but_the_environment_and_the_system"),
    of("room", "    if done.returncode:\n", "    if False:\n", "a_room_that_could_be_closed_and_is_not_is_refused"),
    of("entering", '(sys.executable, "-I", "-c"', '(sys.executable, "-c"',
       "no_variable_and_no_file_of_a_room_changes_how_it_is_entered", beside="room"),
    of("entering", "folder: RUN | WRITE", "folder.parent.parent: RUN | WRITE",
       "what_runs_in_a_room_reaches_nothing_outside_of_it_but_the_environment_and_the_system", beside="room"),
    of("verify", "bring_raw_files(room.study, recorded.commit)", '""',
       "raw_data_that_is_nowhere_makes_all_of_it_not_verifiable"),
    of("verify", 'Checked("nothing, as raw data is missing") if missing else compared(room, say)', 'Checked("nothing")',
       "another_version_than_the_locked_one_makes_all_of_it_not_comparable_here"),
    of("verify", "judged = weigh(sorted(expected(scope, recorded, rebuilt))", "judged = weigh(sorted(rebuilt.reasons)",
       REBUILT),
    Mutant("verify_cli.py", 'if found["verdict"] != "identical":', 'if found["verdict"] == "diverged":',
           "tests/verifying/test_verify.py::test_raw_data_that_is_nowhere_makes_all_of_it_not_verifiable"),
]  # fmt: skip
