"""Faults in certificates, and in what is recorded, restored, compared, quoted and explained."""

from tests.mutants import Mutant


def of(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault of a module, found by a test named from the folder of tests, its file without `test_` and .py."""
    path, _, name = test.partition(": ")
    folder, _, file = path.rpartition("/")
    return Mutant(f"{module}.py", right, wrong, f"tests/{folder}/test_{file}.py::test_{name}")


CERTIFYING, PAGE = "certificates/certifying: ", "certificates/certificate_page: "
RECORDING, RESTORING, EXPLAINING = "records/recording: ", "records/restoring: ", "records/explaining: "
REVISIONS, DIFFING, CHANGED = "io/revisions: ", "records/diffing: ", "workflow/changed_conclusions: "
QUOTING, SUMMARY = "records/quoting: ", "records/summary: "
LIE = f"{CERTIFYING}a_lying_certificate_is_refused_whoever_signed_it"
SAME_RECORD = f"{RECORDING}the_same_sources_and_bytes_are_the_same_record"
OTHER_SOURCES = f"{CERTIFYING}a_certificate_of_a_commit_with_other_sources_does_not_count_here"
THERE = f"{RESTORING}an_artefact_is_there_only_with_every_recorded_byte_and_no_other_file"
LACKS = f"{RESTORING}an_artefact_of_which_the_cache_lacks_a_file_stays_away_and_the_file_is_named"
OTHER_RECORD = f"{REVISIONS}a_record_of_other_sources_is_none_of_a_revision"
NO_CERTIFICATE = f"{CERTIFYING}what_is_no_certificate_is_refused"
KEPT_OTHERWISE = f"{RECORDING}what_dvc_keeps_otherwise_than_it_lies_here_is_named_and_a_damaged_object_removed"
DRIFTS = f"{QUOTING}a_copy_of_a_fragment_that_is_none_any_more_is_told"
NO_CELL = f"{EXPLAINING}a_cell_that_is_not_there_or_not_one_is_refused_with_a_remedy"
CAN_STEER = f"{CERTIFYING}the_listing_cannot_steer_a_terminal"
MIXED = f"{RECORDING}a_strict_study_is_of_one_class_of_machine_that_is_known"
TOLD = f"{SUMMARY}claims_looks_and_cautions_are_told"

MUTANTS = [
    # what a certificate is worth
    of("judging", "    if path != proper:\n", "    if False:\n",
       f"{CERTIFYING}a_certificate_edited_after_signing_is_refused"),
    of("judging", 'if signature.state == "bad":', 'if signature.state == "worse":',
       f"{CERTIFYING}an_edited_certificate_under_its_proper_name_is_forged"),
    of("judging", 'if signature.state != "good":', 'if signature.state == "unsigned":',
       f"{CERTIFYING}a_certificate_by_an_unknown_key_is_not_counted_until_it_is_known"),
    of("judging", "    if other := foreign(certificate, manifest):\n", "    if other := []:\n",
       f"{CERTIFYING}a_certificate_of_another_record_does_not_count_here"),
    of("judging", " and not holds(said.commit, manifest)", " and False", OTHER_SOURCES),
    of("judging", 'return same and sources_of(commit) == manifest["sources"]', "return same", OTHER_SOURCES),
    of("judging", "  # no commit that is known here\n        return False", "\n        return True", OTHER_SOURCES),
    of("judging", "    if found := lies(certificate, manifest):\n", "    if found := []:\n", LIE),
    of("judging", 'if said.verdict != "identical":', 'if said.verdict == "":',
       f"{CERTIFYING}a_verdict_that_its_own_digests_deny_is_refused"),
    of("judging", "if not certificate.is_whole:", "if False:", f"{CERTIFYING}what_covers_a_part_is_listed_apart"),
    of("io/certificates", ' and said.scope.choices == "rebuilt"', "",
       f"{CERTIFYING}what_covers_a_part_is_listed_apart"),
    # what a certificate says of itself
    of("io/certificates", "if home not in recorded:", "if not home:", f"{LIE}[of what was never recorded]"),
    of("io/certificates", '(artefact.verdict == "identical") == bool(differing)', "False",
       f"{LIE}[says diverged, is not]"),
    of("io/certificates", "if artefact.verdict in COMPARED and", "if artefact.verdict == 'diverged' and",
       f"{CERTIFYING}a_verdict_that_its_own_digests_deny_is_refused"),
    of("io/certificates", "if any(kept.get(", "if all(kept.get(", f"{LIE}[misstates the record]"),
    of("io/certificates", "{name}: is of no artefact it names\" for name in sorted(made)]",
       "{name}: is of no artefact it names\" for name in []]", f"{LIE}[leaves an artefact unnamed]"),
    of("io/certificates", '(said.verdict == "identical") != identical', "False", f"{LIE}[says identical as a whole]"),
    of("io/certificates", 'if said.scope.kind == "all" and left_out:', "if False:", f"{LIE}[of a part, says all]"),
    of("io/certificates", "said.looks is not None and said.looks != recorded_looks(manifest)", "False",
       f"{CERTIFYING}a_certificate_that_passes_over_a_look_at_held_out_is_refused"),
    of("io/certificates", "[] if len(made) == len(certificate.subject) else", "[] if made else",
       f"{CERTIFYING}a_certificate_that_names_a_file_twice_is_refused"),
    of("io/certificates", "if canonical_json(json.loads(text)) != text:", "if not json.loads(text):", NO_CERTIFICATE),
    of("io/certificates", "path.is_absolute() or ", "", NO_CERTIFICATE),
    of("io/certificates", ' or ".." in path.parts', "", NO_CERTIFICATE),
    of("io/certificates", '{RECEIPT: about["rebuilt"]}', "{}",
       f"{CERTIFYING}the_same_result_is_spelt_the_same_but_for_nonce_and_date"),
    # what is certified, counted and shown
    of("certifying", "foreign(certificate, manifest) or lies(certificate, manifest)", "[]",
       f"{CERTIFYING}a_result_that_contradicts_itself_is_not_certified"),
    of("certifying", "        return replace(one, reason=REPLAYED,", "        replace(one, reason=REPLAYED,",
       f"{CERTIFYING}a_replayed_verification_counts_once_even_by_another_key"),
    of("certifying", "        return replace(one, reason=AGAIN,", "        replace(one, reason=AGAIN,",
       f"{CERTIFYING}several_keys_under_one_name_are_one_verifier"),
    of("certifying", "if one.reason is None and one.signature)", "if one.signature)",
       f"{CERTIFYING}an_unsigned_certificate_is_shown_and_not_counted"),
    of("certifying", "judged.signature is None or judged.reason in REFUSED", "judged.signature is None", LIE),
    of("certifying", "    shutil.rmtree(PAGES, ignore_errors=True)", "    pass",
       f"{CERTIFYING}pages_of_refused_certificates_go"),
    of("certifying", "letter if letter.isprintable() else", "letter if letter else", CAN_STEER),
    of("certifying", 'for one in contradictions(judged))', "for one in [])",
       f"{CERTIFYING}a_signed_rebuild_that_diverged_is_told_with_the_count"),
    of("certifying", 'return not any(one["reason"] in REFUSED', 'return not all(one["reason"] in REFUSED',
       "command_line/answers: certificates_are_counted_and_a_refused_one_exits_with_1"),
    of("certificate_page", "autoescape=is_html", "autoescape=False", f"{PAGE}what_a_certificate_says_is_escaped"),
    of("certificate_page", "finalize=None if is_html else escaped", "finalize=None",
       f"{PAGE}what_a_certificate_says_is_escaped"),
    of("certificate_page", "    if covered < claims:\n", "    if False:\n",
       f"{PAGE}pages_say_what_a_sample_leaves_out"),
    of("certificate_page", 'if said.scope.choices != "rebuilt":', "if False:",
       f"{PAGE}pages_say_what_a_sample_leaves_out"),
    of("certificate_page", 'ssh-keygen -Y verify -n', 'ssh-keygen -Y check-novalidate -n',
       f"{PAGE}the_command_that_the_page_names_believes_no_key_that_is_not_known"),
    # what is recorded
    of("recording", "if path not in uncommitted_looks()]", "if path in uncommitted_looks()]",
       f"{RECORDING}sources_that_are_not_committed_are_not_recorded_of"),
    of("recording", 'if about["state"] != "valid"}', 'if about["state"] == "missing"}',
       f"{RECORDING}one_artefact_that_is_not_valid_is_enough_to_record_nothing"),
    of("recording", '    if found["environment"]:\n', "    if False:\n",
       f"{RECORDING}an_environment_that_is_not_the_locked_one_is_not_recorded_of"),
    of("recording", 'f"{home}/".startswith(f"{folder}/")', "home.startswith(folder[:4])",
       f"{RECORDING}an_artefact_of_which_dvc_would_keep_nothing_is_refused"),
    of("recording", "if home in standing]:", "if home not in standing and False]:",
       f"{RECORDING}what_came_out_different_is_refused_until_it_came_out_the_same_twice"),
    of("recording", "    if mixed := mixture(classes(known)):\n        raise", "    if mixed := None:\n        raise",
       MIXED),
    of("recording", "if home not in known]:", "if not home]:", MIXED),
    of("recording", "for name in disagreements(Path(out), listing):", "for name in []:", KEPT_OTHERWISE),
    of("recording", "                cache.evict(content)\n", "", KEPT_OTHERWISE),
    of("recording", '(about["receipt"], about["files"]) for', 'about["receipt"] for',
       f"{RECORDING}another_byte_of_an_artefact_is_another_record"),
    of("recording", '("format", "commit", "machines")', '("format", "commit", "machines", "sources")', SAME_RECORD),
    of("recording", '("format", "commit", "machines")', '("format", "machines")', SAME_RECORD),
    of("recording", '"Record the results", "--", *COMMITTED)', '"Record the results")',
       f"{RECORDING}the_manifest_is_committed_with_the_lock_and_nothing_else"),
    # what comes back
    of("restoring", "if changed := uncommitted() or changed_sources(manifest):", "if changed := uncommitted():",
       f"{RESTORING}nothing_is_restored_of_other_sources_committed_or_not"),
    of("restoring", "if changed := uncommitted() or changed_sources(manifest):",
       "if changed := changed_sources(manifest):",
       f"{RESTORING}nothing_is_restored_of_other_sources_committed_or_not"),
    of("restoring", "    if differing := phases_that_differ(manifest, outs):\n", "    if differing := []:\n",
       f"{RESTORING}nothing_is_restored_where_dvc_lock_names_other_results"),
    of("restoring", "here.keys() == wanted.keys()", "here.keys() >= wanted.keys()", THERE),
    of("restoring", '{RECEIPT: about["receipt"], **about["files"]}\n    here', 'about["files"]\n    here', THERE),
    of("restoring", "all(file_digest(here[name]) == wanted[name] for name in wanted)", "True", THERE),
    of("restoring", "if not cache.holds(md5)]:", "if not cache.has([md5])]:", LACKS),
    of("restoring", "        shutil.rmtree(building)\n        return [", "        return [] or [] and [",
       f"{RESTORING}bytes_that_bear_dvcs_name_and_are_not_the_recorded_ones_stay_away"),
    of("restoring", "        cache.evict(md5)\n", "        pass\n",
       f"{RESTORING}a_damaged_object_is_removed_so_that_dvc_fetches_it_anew"),
    # what is compared
    of("io/revisions", "if changed := changed_sources(manifest, commit):", "if changed := []:", OTHER_RECORD),
    of("io/revisions", "if differing := phases_that_differ(manifest,", "if differing := [] and (manifest,",
       f"{REVISIONS}a_record_that_says_otherwise_than_dvc_lock_is_not_believed"),
    of("io/revisions", "(manifest_here(), \"\") if recorded else", "(manifest_here(), \"\") if reason else",
       OTHER_RECORD),
    of("io/revisions", "    if len(commits) > 1:\n", "    if False:\n",
       f"{REVISIONS}an_experiment_is_named_as_dvc_names_it_unless_two_share_the_name"),
    of("io/revisions", "        if not os.path.lexists(revision.root / path):", "        if False:",
       f"{REVISIONS}a_source_that_an_archive_would_leave_out_is_refused"),
    of("io/changes", 'repr(sides["before"]) != repr(sides["after"])', 'sides["before"] != sides["after"]',
       "io/changes: a_change_names_its_dotted_key_and_only_the_sides_that_state_it"),
    of("io/changes", "if old != new:", "if name not in before.reached or old != new:",
       "io/changes: code_that_is_written_anew_differs_from_code_that_is_only_reached_now"),
    of("diffing", "{} if before.said is None or after.said is None else", "{} if before.said is None else",
       f"{DIFFING}conclusions_that_one_side_has_not_are_compared_with_none_and_the_reason_is_told"),
    of("diffing", "yaml.load(revision.text(path), UniqueKeyLoader)", "yaml.safe_load(revision.text(path))",
       f"{DIFFING}parameters_that_cannot_be_read_or_state_a_key_twice_are_refused"),
    of("diffing", '("components", "variants", "baselines")', '("components", "baselines")',
       f"{DIFFING}a_step_reaches_the_models_that_any_part_of_the_study_names"),
    of("changed_conclusions", 'JUDGED = ("claim", "finding", "verdict")', 'JUDGED = ("claim",)',
       f"{CHANGED}a_verdict_that_changed_is_told_with_both_findings_their_intervals_and_n"),
    of("changed_conclusions", "len(rows) == 1 or any(", "any(", f"{CHANGED}contrasts_appear_and_vanish"),
    of("changed_conclusions", " if before == after else", " if before is after and not before else",
       f"{CHANGED}a_difference_too_small_for_the_digits_shown_is_still_told"),
    # what is quoted, explained and summed up
    of("quoting", "        world.check(home, RECEIPT)\n", "        pass\n",
       f"{QUOTING}no_text_is_held_to_an_analysis_that_is_not_true"),
    of("quoting", "if fragment.is_file() and content != ", "if fragment.is_file() and not ", DRIFTS),
    of("quoting", "return not any(found.values())", "return not all(found.values())",
       f"{QUOTING}what_drifts_is_told_a_line_each_and_is_not_faithful"),
    of("explaining", "receipt = look().check(str(home), place(str(home)))",
       "receipt = read_json(home / place(str(home)))",
       f"{EXPLAINING}a_number_whose_receipt_is_not_true_is_not_explained"),
    of("explaining", "    if len(found) > 1:\n", "    if False:\n", NO_CELL),
    of("explaining", " and all(cell in row.values() for cell in more)", "", NO_CELL),
    of("explaining", "                waiting.append(read_json(home / place(str(home))))\n", "",
       f"{EXPLAINING}what_an_artefact_rests_on_is_told_to_the_last_raw_file"),
    of("explaining", "waiting.append(read_json(home / place(str(home))))", "waiting.append(read_json(home / RECEIPT))",
       f"{EXPLAINING}a_withdrawn_receipt_is_followed_too"),
    of("summary", '    if controls != "passed":\n', "    if False:\n",
       f"{SUMMARY}a_failed_control_makes_every_finding_invalid"),
    of("summary", '    if metrics["status"] == AFTER_A_LOOK:\n', "    if False:\n",
       f"{SUMMARY}a_study_that_was_planned_after_a_look_says_that_it_confirms_nothing"),
    of("summary", '"held-out %" if confirmatory else', '"held-out %" if metrics else',
       f"{SUMMARY}an_exploratory_study_shows_scores_on_validation_only"),
    of("summary", "    if caution:\n", "    if False:\n", TOLD),
    of("summary", 'metrics.get("claims", {}).items())', "{}.items())", TOLD),
]  # fmt: skip
