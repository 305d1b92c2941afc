"""Faults in receipts, in settling by them, in the graph they are asked by, and in what is brought back by them."""

from tests.mutants import Mutant

Planted = tuple[str, str, str]


def faults(file: str, tests: str, *planted: Planted) -> list[Mutant]:
    """Return faults of a file below src/pipeline, found by tests of one file: right, wrong, the test."""
    return [Mutant(file, right, wrong, f"tests/{tests}.py::test_{test}") for right, wrong, test in planted]


MUTANTS = [
    *faults(
        "io/receipts.py",
        "io/test_receipts",
        # what a receipt rests on is looked at now
        (
            "                self.check(upstream, place(upstream))\n",
            "                pass\n",
            "a_receipt_falls_with_the_upstream_it_read",
        ),
        (
            'now["files"] = self.files(home)\n',
            'now["files"] = stated["files"]\n',
            "a_changed_file_of_the_artefact_is_named",
        ),
        ("{path: self.content(path) for", "{path: path for", "a_changed_raw_file_is_named"),
        ("= value_digest(self.files(home))", "= home", "an_upstream_that_is_made_anew_to_other_bytes_is_another_input"),
        (
            "= value_digest(self.files(home))",
            "= file_digest(Path(path))",
            "an_upstream_that_is_made_anew_to_the_same_bytes_leaves_all_below_it_true",
        ),
        ('"environment": environment,', '"environment": {},', "an_installed_version_that_is_locked_anew_shows"),
        ('"parameters": parameters,', '"parameters": {},', "a_changed_parameter_is_named_with_what_it_was_and_is"),
        (
            "return (self.entry, *self.code(parameters))",
            "return (self.entry,)",
            "modules_that_parameters_choose_count",
        ),
        (
            "for part in self.parts for root in",
            "for part in self.parts[:1] for root in",
            "the_code_of_every_part_counts",
        ),
        (
            "for name, paths in reads.items() if name in self.takes}",
            "for name, paths in reads.items()}",
            "a_part_gets_those_inputs_that_it_takes",
        ),
        (
            "if name in some else [path])",
            "if not name else [path])",
            "of_an_artefact_that_is_open_in_part_the_other_files_are_closed",
        ),
        ('raise ReceiptError(f"{path}: is missing")', 'return ""', "a_missing_raw_file_is_named"),
        # every file counts, and only the artefact's own receipts do not
        (
            "if name not in (RECEIPT, WITHDRAWN)}",
            "if Path(name).name not in (RECEIPT, WITHDRAWN)}",
            "a_file_more_is_named[deep/receipt.json]",
        ),
        # the seal, the place, the format and the spelling
        (
            "seal == text_digest(as_sealed) or seal == text_digest(spelled(fields))",
            "isinstance(seal, str)",
            "a_value_that_is_changed_under_the_old_seal_is_refused",
        ),
        (
            'if not intact or fields.get("artefact") != home:',
            "if not intact:",
            "a_receipt_copied_to_another_artefact_is_refused",
        ),
        ('if fields.get("format") != FORMAT:', "if False:", "a_receipt_of_another_format_is_refused_by_name"),
        (
            "if text != sealed(now, self.spellings):",
            "if stated != now:",
            "a_receipt_whose_seal_fits_another_spelling_of_it_is_refused",
        ),
        (
            'return re.sub(r"\\\\{(\\w+)\\\\}", r"(?P<\\1>[^/]+)"',
            'return re.sub(r"\\\\{(\\w+)\\\\}", r"(?P<\\1>.+)"',
            "a_folder_above_or_below_the_places_of_a_step_is_none_of_them",
        ),
        # no receipt vouches for itself, and nothing unreadable is believed or breaks a run
        (
            "            self.verdicts[key] = None\n",
            "            self.verdicts[key] = {}\n",
            "receipts_that_rest_on_each_other_are_refused",
        ),
        (
            "LookupError, TypeError, AttributeError) as error:",
            "LookupError, TypeError) as error:",
            "what_is_no_receipt_is_refused_in_one_line[null]",
        ),
        (
            "or compact_json(old) != compact_json(new):",
            "or old != new:",
            "values_that_python_takes_for_equal_or_prints_alike_are_told_apart",
        ),
    ),
    *faults(
        "io/receipts.py",
        "io/test_settling",
        (
            'stands = exists(f"{home}/{RECEIPT}") or not exists(f"{home}/{WITHDRAWN}")',
            'stands = not exists(f"{home}/{WITHDRAWN}")',
            "a_false_receipt_beside_a_true_withdrawn_one_does_not_stand",
        ),
    ),
    *faults(
        "io/settling.py",
        "io/test_settling",
        # what is wrong with code is left to the jobs that rest on it
        (
            "        with contextlib.suppress(PipelineError):\n            world.identity(",
            "        if True:\n            world.identity(",
            "code_is_known_before_the_jobs_that_rest_on_it_and_what_is_wrong_with_one_is_left_to_it",
        ),
        # what stands: what is true, is what its rule asks for, and rests on what stands
        (
            "return str(error)\n",
            "return None\n",
            "a_receipt_falls_with_its_upstream_and_names_no_reason_of_its_own_twice",
        ),
        ("stands = ready and not any(", "stands = not any(", "what_rests_on_one_of_a_pack_falls_with_the_other"),
        (
            "not any(path in self.reasons for path in job.outputs)",
            "job.outputs[-1] not in self.reasons",
            "a_pack_stands_whole_or_not_at_all",
        ),
        (
            'if stated["step"] != job.step or asked != read:',
            "if asked != read:",
            "a_receipt_made_by_another_step_is_withdrawn",
        ),
        (
            'if stated["step"] != job.step or asked != read:',
            'if stated["step"] != job.step:',
            "a_receipt_that_no_longer_reads_what_its_rule_asks_for_is_withdrawn",
        ),
        (
            "[paths[index]] if name.startswith(EACH)",
            "[paths[0]] if name.startswith(EACH)",
            "each_artefact_of_a_job_reads_its_own_path_of_an_each_input_and_every_other_input",
        ),
        (
            "len(paths) != len(job.outputs)",
            "len(paths) < len(job.outputs)",
            "an_each_input_with_another_number_of_paths_is_refused[paths2]",
        ),
        (
            "            self.stands.update(dict.fromkeys(job.outputs, False))  # in case it rests on itself\n",
            "",
            "a_graph_in_a_circle_stands_nowhere_and_ends",
        ),
        # what is renamed, and what is not
        ("        if self.act:\n", "        if True:\n", "looking_without_acting_renames_nothing_and_says_the_same"),
        (
            "    elif exists(path) or Path(path).is_symlink():\n",
            "    elif exists(path):\n",
            "a_dead_link_in_place_of_a_receipt_is_withdrawn",
        ),
        (
            'Path(f"{home}/{WITHDRAWN}").unlink(missing_ok=True)',
            "pass",
            "a_receipt_that_stands_has_no_withdrawn_one_beside_it",
        ),
        (
            "                rename(home_of(receipt), RECEIPT, WITHDRAWN)\n",
            "",
            "an_artefact_no_rule_asks_for_is_withdrawn_not_removed",
        ),
        (
            "if standing.isdisjoint(path.parents):",
            "if path.parent not in standing:",
            "pruning_keeps_a_standing_artefact_with_all_that_lies_deep_in_it",
        ),
        (
            "if standing.isdisjoint(path.parents):",
            "if not standing:",
            "pruning_keeps_a_standing_artefact_with_all_that_lies_deep_in_it",
        ),
        # file times decide nothing
        (
            "newest = max(map(modified, all_paths(job.inputs)), default=0)",
            "newest = min(map(modified, all_paths(job.inputs)), default=0)",
            "each_receipt_of_a_pack_is_no_older_than_anything_its_job_reads",
        ),
        (
            "ns=(newest, newest), follow_symlinks=False)",
            "ns=(newest, newest))",
            "of_a_receipt_that_is_a_link_the_time_of_the_link_is_set_and_not_that_of_the_cache",
        ),
    ),
    *faults(
        "io/rules.py",
        "io/test_rules",
        # a graph can be read off the Snakefile
        (
            'if not path.endswith(f"/{RECEIPT}"):',
            "if not path.endswith(RECEIPT):",
            "an_output_that_is_no_receipt_is_refused[x/my_receipt.json]",
        ),
        ("if any(callable(path) for path in paths):", "if callable(value):", "an_input_that_is_a_function_is_refused"),
        ("if named != len(list(rule.input)):", "if False:", "an_input_without_a_name_is_refused"),
        (
            '            raise PipelineError(f"Snakefile: no rule makes {path}")\n',
            "            continue\n",
            "a_receipt_that_no_rule_makes_is_named",
        ),
        (
            "if path in jobs or not is_receipt(path):",
            "if path in jobs or not path.endswith(RECEIPT):",
            "a_raw_file_named_like_a_receipt_is_none",
        ),
        (
            "in self.open if number < first)",
            "in self.open)",
            "the_first_rule_that_makes_a_path_makes_it_whether_it_spells_it_out_or_not",
        ),
    ),
    *faults(
        "io/shelf.py",
        "io/test_shelf",
        # nothing comes back but what would be made now, byte for byte
        (
            "if self.sound(files[RECEIPT]):",
            "if self.cache.object(files[RECEIPT]).is_file():",
            "a_damaged_object_brings_nothing_back[receipt.json]",
        ),
        (
            "if not place.is_file() or file_digest(place) != digests[name]:",
            "if not place.is_file():",
            "a_damaged_object_brings_nothing_back[value.json]",
        ),
        (
            "            self.cache.evict(md5)\n",
            "            pass\n",
            "a_damaged_object_brings_nothing_back[value.json]",
        ),
        (
            "own.keys() == files.keys()",
            "own.keys() <= files.keys()",
            "a_receipt_with_a_file_more_or_less_than_it_names_brings_nothing_back",
        ),
        (
            "return bool(stated == start) and own",
            "return own",
            "only_those_of_a_pack_that_were_kept_come_back",
        ),
    ),
    *faults(
        "io/dvc.py",
        "io/test_shelf",
        (
            'return path.is_file() and file_md5(path) == md5.removesuffix(".dir")',
            "return path.is_file()",
            "a_damaged_object_brings_nothing_back[receipt.json]",
        ),
    ),
    *faults(
        "io/repeats.py",
        "io/test_repeats",
        # what comes out different from the same start on the same class of machine is under suspicion, and no other
        (
            'return text_digest(sealed({**stated, "files": dict(self.files)})) == self.receipt',
            "return True",
            "another_start_is_never_compared[code]",
        ),
        (
            'if comparable[0].files != stated["files"]:',
            'if comparable[0].files.keys() != stated["files"].keys():',
            "what_comes_out_different_is_named_with_both_digests_and_its_first_file",
        ),
        (
            "for made in same_start if made.machine == machine]",
            "for made in same_start]",
            "a_difference_from_another_class_of_machine_is_said_and_counts_for_nothing",
        ),
        (
            "ENOUGH = 2 ",
            "ENOUGH = 1 ",
            "a_suspicion_ends_when_the_artefact_comes_out_the_same_twice_and_not_before",
        ),
        (
            'if event["basis"] == basis_here(home)]',
            "]",
            "a_suspicion_ends_when_the_code_changes_and_comes_back_with_it",
        ),
        (
            "told = [*self._noted(noted), *self._recorded(home)]",
            "told = [*self._noted(noted)]",
            "a_difference_from_what_the_manifest_records_is_named",
        ),
        (
            "for text, _ in self.shelf.receipts(home) if self.shelf else ():",
            "for text, _ in ():",
            "a_difference_from_what_dvc_keeps_is_named_where_its_class_is_known",
        ),
    ),
    *faults(
        "io/dvc.py",
        "io/test_dvc",
        # the cache and the lock are believed undamaged only
        (
            "        if not self.holds(md5):\n            return None\n",
            "        if not self.object(md5).exists():\n            return None\n",
            "a_list_of_files_is_read_where_it_is_whole_and_never_where_it_is_damaged",
        ),
        (
            "sorted(differing + list(here.keys() ^ listing.keys()))",
            "sorted(differing)",
            "of_a_folder_every_file_that_is_listed_otherwise_is_named",
        ),
        (
            "if file_md5(here[name]) != listing[name]]",
            "if not listing[name]]",
            "of_a_folder_every_file_that_is_listed_otherwise_is_named",
        ),
        (
            "(unanswered or errors or lines or",
            "(errors or lines or",
            "that_a_remote_did_not_answer_is_told_before_what_follows_from_it",
        ),
    ),
    *faults(
        "io/manifest.py",
        "io/test_manifest",
        # a study is recorded where the manifest agrees with dvc.lock and with the sources
        (
            "    if differing := phases_that_differ(manifest, outs):\n",
            "    if differing := []:\n",
            "what_dvc_lock_says_otherwise_does_not_count",
        ),
        (
            "for out in {*stated, *outs} if",
            "for out in stated if",
            "what_dvc_lock_says_otherwise_does_not_count",
        ),
        (
            "if changed := uncommitted() or changed_sources(manifest):",
            "if changed := changed_sources(manifest):",
            "other_sources_do_not_count_committed_or_not",
        ),
        (
            "if changed := uncommitted() or changed_sources(manifest):",
            "if changed := uncommitted():",
            "other_sources_do_not_count_committed_or_not",
        ),
        (
            '"--untracked-files=all"',
            '"--untracked-files=no"',
            "other_sources_do_not_count_committed_or_not",
        ),
        ("    if found != FORMAT:\n", "    if not found:\n", "another_format_or_a_missing_part_is_named"),
        ("for key in sorted(TOLD - told.keys())", "for key in ()", "another_format_or_a_missing_part_is_named"),
    ),
    *faults(
        "reclaiming.py",
        "workflow/test_reclaiming",
        # no disk is given back at the price of the only copy of a result
        (
            "    recorded_here_only = outs_not_in_cache()\n",
            "    recorded_here_only = list[str]()\n",
            "the_only_copy_of_what_is_recorded_is_left_with_a_remedy",
        ),
        ("    hold()\n", "", "beside_a_run_at_work_nothing_is_given_back"),
    ),
]
