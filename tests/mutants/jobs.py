"""Faults in jobs, in the run that they are of, and in what is asked and told of both."""

from tests.mutants.receipts import faults

NO_FILE_OF_ITS_OWN = "what_is_no_file_of_its_own_is_signed_by_no_one"

MUTANTS = [
    *faults(
        "io/jobs.py",
        "io/test_jobs",
        # each part has its own inputs, and what the one before it left, looked at
        (
            "building = handed_on(home, building, place)",
            "building = building.rename(place)",
            "what_one_part_leaves_is_out_of_its_reach_and_looked_at_before_the_next_one_gets_it",
        ),
        (
            "for path in part.opens(reads[home])",
            "for path in all_paths(reads[home])",
            "each_part_has_a_maker_of_its_own_that_is_let_at_its_own_inputs",
        ),
        (
            "for name, paths in part.inputs(reads).items()}",
            "for name, paths in reads.items()}",
            "each_part_of_an_artefact_gets_its_own_inputs_and_what_the_part_before_it_left",
        ),
        (
            'f"{part} {homes[0]}"',
            'f"{homes[0]}"',
            "what_one_part_leaves_is_out_of_its_reach_and_looked_at_before_the_next_one_gets_it",
        ),
        # nothing is made on what is not true, by other code or distributions than are named
        (
            "        self._refuse_untrue(home, reads)\n",
            "",
            "nothing_is_built_on_what_is_not_true",
        ),
        (
            'self.world.environment.differences(start["environment"])',
            "self.world.environment.differences({})",
            "an_environment_that_is_not_the_locked_one_makes_nothing",
        ),
        (
            '        if self.look().identity(self.step, start["parameters"])[0] != start["code"]:\n',
            "        if False:\n",
            "code_that_is_edited_before_it_is_loaded_and_edited_back_is_signed_by_no_one",
        ),
        # nothing is signed that changed meanwhile, and nothing stands before all of a job is made
        ("        if start != end:\n", "        if False:\n", "a_parameter_that_changes_while_running_is_noticed"),
        (
            "        if start != end:\n",
            '        if start["parameters"] != end["parameters"]:\n',
            "the_refusal_names_what_changed[source.txt-reads]",
        ),
        (
            '            shutil.rmtree(STATE / "scratch" / flat(home), ignore_errors=True)  # it may rest on either\n',
            "",
            "what_may_rest_on_changed_sources_is_not_gone_on_from",
        ),
        (
            "write_text(building / WITHDRAWN, sealed(end))",
            "write_text(building / RECEIPT, sealed(end))",
            "a_run_that_fails_is_listed_and_the_others_are_kept",
        ),
        (
            "            if self.failed:\n                raise RunFailedError(self.failed)\n",
            "",
            "a_run_that_fails_is_listed_and_the_others_are_kept",
        ),
        (
            "/ value_digest(start)[:16]",
            '/ "same"',
            "a_scratch_folder_outlives_a_failure_and_is_not_shared_by_other_parameters",
        ),
        (
            "        with held(reads):\n",
            "        with contextlib.nullcontext():\n",
            "two_processes_make_the_same_artefact_once",
        ),
        # what comes back without work is true and read what is asked for now
        (
            "        for name in (WITHDRAWN, RECEIPT):\n",
            "        for name in ():\n",
            "what_has_come_true_is_put_back_without_work",
        ),
        (
            'or asked(stated["reads"]) != asked(reads):',
            "or not reads:",
            "what_is_true_but_read_other_files_than_are_asked_for_is_made_anew",
        ),
        ("                self._refuse_changed()\n", "", "what_is_changed_after_it_was_signed_does_not_stand"),
    ),
    *faults("io/placing.py", "io/test_jobs", ("    refuse_links(home, place)\n", "", NO_FILE_OF_ITS_OWN)),
    *faults(
        "io/bodies.py",
        "io/test_jobs",
        (
            "        if HASHED[name] != LOADED[name]:\n",
            "        if not LOADED[name]:\n",
            "a_module_that_was_loaded_from_other_source_than_is_hashed_makes_nothing",
        ),
        (
            "            if loaded := hidden():\n",
            "            if loaded := hidden()[1:]:\n",
            "a_module_imported_by_a_made_up_name_is_refused_even_when_it_was_loaded_before",
        ),
        (
            " or (refusal(error) if isinstance(error, OSError) else None)",
            "",
            "a_disk_that_is_full_is_told_with_the_file_and_a_remedy",
        ),
    ),
    *faults(
        "io/jobs.py",
        "io/test_shelf",
        (
            "        self.world.forget(home)\n        return True\n",
            "        return False\n",
            "what_was_kept_comes_back_without_work",
        ),
    ),
    *faults(
        "io/holding.py",
        "io/test_holding",
        (
            "            fcntl.lockf(file, fcntl.LOCK_EX, 1, place)\n",
            "            pass\n",
            "a_second_process_waits_until_the_first_lets_go",
        ),
        (
            "for place in sorted(map(byte_of, homes)):",
            "for place in sorted(map(byte_of, homes))[:1]:",
            "a_second_process_waits_until_the_first_lets_go",
        ),
        (".digest()[:6])", ".digest()[:1])", "each_artefact_has_a_byte_of_its_own_in_a_file_that_stays_empty"),
    ),
    *faults(
        "io/loading.py",
        "io/test_loading",
        (
            "{name: sys.modules.pop(name) for name in loaded()}",
            "{name: sys.modules[name] for name in loaded()}",
            "what_is_shown_or_lies_elsewhere_stays_loaded_and_the_rest_is_hidden",
        ),
        (
            "        sys.modules.update(hidden)\n",
            "        pass\n",
            "afterwards_the_modules_of_before_are_back_also_when_the_body_failed",
        ),
    ),
    *faults(
        "io/placing.py",
        "io/test_placing",
        (
            "    shutil.rmtree(place, ignore_errors=True)\n",
            "    shutil.copytree(place, building, dirs_exist_ok=True)\n    shutil.rmtree(place)\n",
            "nothing_of_what_lay_there_before_is_left",
        ),
    ),
    *faults(
        "io/files.py",
        "io/test_files",
        # a file is there whole or not at all
        (
            "        temporary.replace(path)\n",
            "        path.write_bytes(content)\n        temporary.unlink()\n",
            "a_reader_sees_the_old_file_or_the_new_one_and_nothing_between",
        ),
        (
            "            temporary.unlink(missing_ok=True)\n",
            "            pass\n",
            "a_write_that_fails_leaves_the_old_file_and_no_temporary",
        ),
        (
            "    except BaseException as error:\n",
            "    except Exception as error:\n",
            "an_interruption_leaves_the_old_file_and_no_temporary[replace]",
        ),
    ),
    *faults(
        "io/files.py",
        "io/test_full_disk",
        (
            "if process.isdecimal() and not is_still_at_work(int(process), since=path.stat().st_mtime):",
            "if process.isdecimal():",
            "torn_files_of_dead_processes_go_and_all_others_stay",
        ),
    ),
    *faults(
        "io/processes.py",
        "io/test_processes",
        (
            "found.status() != psutil.STATUS_ZOMBIE and ",
            "",
            "a_process_that_has_ended_and_was_not_yet_waited_for_is_at_work_no_more",
        ),
        (
            " and found.create_time() < since + CLOCKS_DIFFER",
            "",
            "a_later_process_with_the_number_of_an_earlier_one_is_another",
        ),
    ),
    *faults(
        "io/checkpoints.py",
        "io/test_checkpoints",
        # a torn checkpoint is none, and a process that is told to end loses nothing and ends
        (
            "        except (FileNotFoundError, SafetensorError):\n",
            "        except FileNotFoundError:\n",
            "what_was_saved_is_loaded_and_what_is_torn_is_not",
        ),
        (
            "        return self.ending or time",
            "        return time",
            "a_process_that_is_told_to_end_saves_at_its_next_step_and_ends_by_that_signal",
        ),
        (
            "        if self.ending:\n            end()\n",
            "",
            "a_process_that_is_told_to_end_saves_at_its_next_step_and_ends_by_that_signal",
        ),
        (
            "        signal.setitimer(signal.ITIMER_REAL, GRACE)\n",
            "        signal.setitimer(signal.ITIMER_REAL, 2 * GRACE + 60)\n",
            "where_no_step_comes_to_an_end_the_process_ends_all_the_same",
        ),
        (
            "    signal.signal(signal.SIGTERM, signal.SIG_DFL)\n    os.kill",
            "    os.kill",
            "a_process_that_is_told_to_end_saves_at_its_next_step_and_ends_by_that_signal",
        ),
    ),
    *faults(
        "io/runs.py",
        "io/test_runs",
        # one run at a time, and a job proves that its run is at work and has settled
        (
            "            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
            "            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)\n",
            "a_second_run_is_refused_in_one_line",
        ),
        (
            '(RUNS / f"{token}.json").is_file() and is_held()',
            '(RUNS / f"{token}.json").is_file()',
            "a_token_of_a_run_that_was_killed_is_stale",
        ),
        (
            'return token.isalnum() and (RUNS / f"{token}.json").is_file() and',
            'return bool(token) and (RUNS / f"{token}.json").is_file() and',
            "a_token_that_leads_out_of_the_folder_of_runs_is_believed_by_no_one",
        ),
        (
            'return token.isalnum() and (RUNS / f"{token}.json").is_file() and',
            "return token.isalnum() and",
            "a_token_set_by_hand_is_believed_by_no_one[0123456789abcdef]",
        ),
        (
            "    shutil.rmtree(RUNS, ignore_errors=True)\n",
            "",
            "while_a_run_settles_the_graph_of_a_killed_one_is_no_run_at_work",
        ),
        ("    if not is_job():\n", "    if not is_held():\n", "a_token_set_by_hand_is_believed_by_no_one[settled]"),
        ("    if os.getpid() == owner:\n", "    if True:\n", "a_process_that_was_forked_from_a_run_does_not_end_it"),
        (
            "    shutil.rmtree(ATTEMPTS, ignore_errors=True)\n",
            "",
            "what_an_earlier_run_noted_is_gone_once_another_has_settled",
        ),
        (
            '        if output in job["outputs"]:\n',
            "        if job:\n",
            "an_output_outside_the_settled_graph_is_refused",
        ),
    ),
    *faults(
        "io/attempts.py",
        "io/test_attempts",
        # a killed attempt is known by having no end
        (
            '        notes.write(event="ended")\n',
            "        pass\n",
            "an_attempt_that_ended_is_read_once",
        ),
        (
            "        return here and not self.ended",
            "        return here and self.ended",
            "an_attempt_that_is_killed_has_no_end_and_tells_what_it_had_made",
        ),
        (
            "        except ValueError:  # torn by a kill\n            continue\n",
            "        except KeyError:\n            continue\n",
            "a_torn_line_is_left_out",
        ),
        (
            '            notes.write(event="failed", reasons=error.failed)\n',
            '            notes.write(event="failed", reasons={})\n',
            "an_attempt_that_ends_tells_what_it_made_and_what_failed",
        ),
    ),
    *faults(
        "performing.py",
        "workflow/test_performing",
        # what a job may reach, and where it computes
        (
            'NETWORKED = ("fetch",)',
            'NETWORKED = ("fetch", "train")',
            "what_a_model_runs_in_reaches_no_network_no_history_and_nothing_that_carries_data",
        ),
        (
            "None if told.anew else shelf",
            "shelf",
            "a_job_brings_back_what_the_cache_keeps_unless_the_run_makes_all_anew",
        ),
        (
            ' and parameters["model"] in networks',
            "",
            "a_network_computes_on_a_gpu_where_the_study_asks_for_one_and_nothing_else_does",
        ),
    ),
    *faults(
        "checks.py",
        "workflow/test_workflow",
        # a study is checked before anything runs
        (
            "    check_metric(study)\n",
            "",
            "a_study_that_could_not_come_to_a_result_is_refused_when_it_is_read",
        ),
        (
            "    check_seed_counts(study)\n",
            "",
            "a_study_that_could_not_come_to_a_result_is_refused_when_it_is_read",
        ),
        (
            "    if not Path(source).is_relative_to(SOURCE_HOME):\n",
            "    if not source.startswith(SOURCE_HOME[:4]):\n",
            "a_study_that_could_not_come_to_a_result_is_refused_when_it_is_read",
        ),
    ),
    *faults(
        "workflow.py",
        "workflow/test_workflow",
        # it opens held-out for what its committed plan covers
        (
            "        judged = set(self.judged) if self.confirmatory else set()\n",
            "        judged = set(self.judged)\n",
            "held_out_is_opened_for_no_run_but_under_a_committed_plan",
        ),
        (
            "if sources.has_grown() and sources_as_of(fingerprint()) is sources:",
            "if sources.has_grown():",
            "what_was_found_of_code_is_kept_for_the_next_run_unless_a_source_changed_meanwhile",
        ),
        (
            "        with contextlib.suppress(OSError):\n            keep_closures(",
            "        if True:\n            keep_closures(",
            "where_nothing_can_be_kept_of_code_work_goes_on",
        ),
    ),
    *faults(
        "states.py",
        "workflow/test_states",
        # valid, stale, corrupt and missing are told apart
        (
            '            return "corrupt", reason\n',
            '            return "stale", reason\n',
            "a_changed_file_is_corrupt_and_what_shares_its_job_names_it",
        ),
        (
            '        if str(error).startswith(f"{home}: "):\n            return "corrupt", reason\n',
            '        if error:\n            return "corrupt", reason\n',
            "what_rests_on_a_corrupt_one_is_stale",
        ),
        (
            "    if path in settled.standing:\n",
            "    if path not in settled.reasons:\n",
            "a_changed_file_is_corrupt_and_what_shares_its_job_names_it",
        ),
        (
            "Settling(graph, world, act=False).settle()",
            "Settling(graph, world).settle()",
            "looking_renames_nothing",
        ),
        (
            "    return world.environment.differences(dict(sorted(locked.items())))\n",
            "    return world.environment.differences({})\n",
            "a_distribution_that_some_artefact_may_import_is_told_where_it_is_not_the_locked_one",
        ),
    ),
    *faults(
        "asking.py",
        "workflow/test_asking",
        ("if answer.returncode != ANSWERED or not lines:", "if not lines:", "one_that_ends_otherwise_has_not_answered"),
    ),
    *faults(
        "snakefile.py",
        "workflow/test_snakefile",
        # a run is stopped before anything where it could not end well
        (
            "        refuse_missing(workflow)\n",
            "",
            "a_raw_file_that_is_missing_stops_a_run_before_anything",
        ),
        ("        refuse_uncommitted(workflow)\n", "", "a_plan_that_is_only_written_stops_a_run"),
        (
            '        if "--target-jobs" in sys.argv:',
            '        if "--target" in sys.argv:',
            "a_job_whose_run_has_ended_stops_and_does_not_settle",
        ),
        ("        hold()\n", "", "a_second_run_is_refused_in_one_line"),
        (
            "if READ_ONLY & set(sys.argv) or is_job():",
            "if READ_ONLY & set(sys.argv):",
            "a_job_of_the_run_at_work_settles_nothing_again",
        ),
        (
            "    for name in MOVES_BITS:\n",
            "    for name in MOVES_BITS[:1]:\n",
            "what_a_shell_says_of_instructions_and_threads_is_not_passed_on",
        ),
        (
            "    os.environ.update(dict.fromkeys(THREADS, str(workflow.study.compute.threads)))\n",
            "",
            "what_a_shell_says_of_instructions_and_threads_is_not_passed_on",
        ),
        # some runs make no result
        (
            "    if not (READ_ONLY & set(sys.argv) or is_job() or asks_for_parts(sys.argv[1:])):\n",
            "    if False:\n",
            "some_runs_are_trained_where_no_result_is_asked_for",
        ),
        (
            "    return not past and any(",
            "    return any(",
            "parts_are_asked_for_where_nothing_past_evaluation_is[trained report-False]",
        ),
        (
            "if unknown := [name for name in names if name not in known]:",
            "if unknown := [name for name in names[1:] if name not in known]:",
            "some_runs_are_trained_where_no_result_is_asked_for",
        ),
        ("or int(value) < 1:", "or int(value) < 0:", "a_setting_that_is_no_whole_number_from_one_on_is_one_line[0]"),
        (
            'FORCED = ("-f", "-F", "-R", "--force")',
            'FORCED = ("-f", "-F", "--force")',
            "a_run_that_is_forced_is_told_by_its_options[-Rtrain-True]",
        ),
    ),
    *faults(
        "cluster.py",
        "workflow/test_cluster",
        # nothing waits for ever, and only what a dead controller of this folder left is ended
        (
            'if told.get(STATUS_COMMAND) != "squeue" and not slurm.keeps_accounts():',
            'if told.get(STATUS_COMMAND) == "sacct" and not slurm.keeps_accounts():',
            "states_are_not_asked_of_accounts_that_are_not_kept",
        ),
        (
            '!= "slurm" or DRY & set(arguments):',
            '!= "slurm":',
            "a_run_that_submits_nothing_asks_slurm_nothing[arguments1]",
        ),
        (
            "(*values(arguments, PROFILES[0]), BY_DEFAULT, *values(arguments, PROFILES[1]))",
            "(*values(arguments, PROFILES[0]), *values(arguments, PROFILES[1]), BY_DEFAULT)",
            "the_command_line_goes_before_its_profile_and_that_before_the_default_one",
        ),
    ),
    *faults(
        "io/slurm.py",
        "workflow/test_cluster",
        (
            "OF_SNAKEMAKE.match(name) and Path(place).resolve() == here",
            "OF_SNAKEMAKE.match(name)",
            "jobs_that_a_dead_controller_left_are_cancelled_and_no_others",
        ),
        (
            "OF_SNAKEMAKE.match(name) and Path(place).resolve() == here",
            "Path(place).resolve() == here",
            "jobs_that_a_dead_controller_left_are_cancelled_and_no_others",
        ),
        (
            "jobs_of(folder) if job != own}",
            "jobs_of(folder)}",
            "jobs_that_a_dead_controller_left_are_cancelled_and_no_others",
        ),
        (
            "    while remaining := set(left_over(folder)) & set(jobs):\n",
            "    while remaining := set[str]():\n",
            "jobs_that_do_not_end_are_named",
        ),
    ),
    *faults(
        "io/slurm.py",
        "io/test_slurm_words",
        (
            '    (re.compile(r"DUE TO TIME LIMIT"), "time"),\n',
            "",
            "the_cause_is_told_apart",
        ),
    ),
    *faults(
        "killed.py",
        "workflow/test_killed",
        # a kill is told for what it was, and what became of it by what was noted
        (
            "[replace(attempt, slurm_job=None) for attempt in attempts()]",
            "attempts()",
            "a_kill_inside_an_allocation_is_not_told_as_a_requeue",
        ),
        (
            "    made = {home for each in found for home in each.made}\n",
            "    made = {home for each in found for home in each.homes}\n",
            "what_only_an_earlier_study_made_was_not_made_since",
        ),
        (
            "{job: ended for job, ended in states.items() if job not in earlier}",
            "dict(states)",
            "a_job_that_never_began_is_told_with_what_became_of_it",
        ),
    ),
    *faults(
        "io/patience.py",
        "io/test_patience",
        # a run within another asks Slurm itself
        (
            'not Path(place).match(f"{HOME}/*/bin")',
            "place",
            "a_run_within_another_asks_slurm_itself",
        ),
        # no job is given up while Slurm is away, and none that it lost is waited for
        (
            "        if job in noted.unknown:\n",
            "        if job:\n",
            "a_job_that_slurm_does_not_know_twice_in_a_row_has_failed",
        ),
        (
            "if noted.hear(queue) else []",
            "if noted.hear(queue) or True else []",
            "no_job_is_given_up_while_slurm_is_away_and_it_is_told_once",
        ),
        (
            "            if job not in (*noted.jobs, *noted.ended):\n",
            "            if job not in noted.ended:\n",
            "the_number_of_a_lost_job_is_given_to_no_other",
        ),
        (
            "        see_alive(home)  # nothing is submitted for a run that was killed\n",
            "",
            "nothing_is_submitted_for_a_run_that_was_killed",
        ),
        (
            "    known = seen.keys() | {job for number, _, _ in queue for job in numbers(number)}\n",
            "    known = seen.keys()\n",
            "a_job_that_accounts_do_not_know_yet_is_not_lost",
        ),
    ),
    *faults(
        "targets.py",
        "io/test_targets",
        (
            "not in ATTACHED:\n            return None\n",
            "not in ATTACHED:\n            continue\n",
            "of_what_is_not_understood_nothing_is_said",
        ),
        (
            "    return downstream(graph, missing, closure)\n",
            "    return missing\n",
            "of_what_is_made_that_counts_which_is_forced",
        ),
        (
            "            found.update(job.outputs)\n",
            "            found.add(path)\n",
            "what_rests_on_one_of_a_pack_sets_out_to_make_all_of_it",
        ),
    ),
    *faults(
        "progress.py",
        "workflow/test_progress",
        (
            "    return max(longest, total / max(1, at_once)), unknown\n",
            "    return total / max(1, at_once), unknown\n",
            "time_left_is_what_the_like_took_with_the_start_of_a_job_counted_apart",
        ),
        (
            "    if now.never_made and now.seconds_left < 1:\n",
            "    if now.never_made < 0:\n",
            "no_time_is_told_where_nothing_like_what_is_left_was_ever_made",
        ),
    ),
]
