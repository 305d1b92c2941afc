"""Faults in what keeps a job to what it declares, in what tells of it, and in what a machine is said to promise."""

from tests.mutants import Mutant


def sandbox(name: str) -> str:
    """Return a test of what the kernel closes."""
    return f"tests/io/test_sandbox.py::test_{name}"


def job(name: str) -> str:
    """Return a test of what a job may touch."""
    return f"tests/io/test_confinement.py::test_{name}"


def worker(name: str) -> str:
    """Return a test of the processes in which a study's code runs."""
    return f"tests/io/test_workers.py::test_{name}"


def place(name: str) -> str:
    """Return a test of the places that every job may read."""
    return f"tests/io/test_places.py::test_{name}"


def hidden(name: str) -> str:
    """Return a test of what is installed and hidden from a body."""
    return f"tests/io/test_hiding.py::test_{name}"


def told(name: str) -> str:
    """Return a test of how a refusal is told."""
    return f"tests/io/test_refusals.py::test_{name}"


def declared(name: str) -> str:
    """Return a test of what declares a file."""
    return f"tests/io/test_declared.py::test_{name}"


def traced(name: str) -> str:
    """Return a test of what tracing finds."""
    return f"tests/test_tracing.py::test_{name}"


def account(name: str) -> str:
    """Return a test of how strace's account is read."""
    return f"tests/io/test_strace.py::test_{name}"


def shared(name: str) -> str:
    """Return a test of how GPUs are shared out."""
    return f"tests/io/test_gpus.py::test_{name}"


def published(name: str) -> str:
    """Return a test of names that are published."""
    return f"tests/io/test_naming.py::test_{name}"


def tried(name: str) -> str:
    """Return a test of the self-test's processes."""
    return f"tests/test_trial_process.py::test_{name}"


def observed(name: str) -> str:
    """Return a test of the observed page."""
    return f"tests/test_observing.py::test_{name}"


REACH = "tests/cheats/test_reach.py::test_code_of_a_study_reaches_nothing_that_is_closed_from_any_place"
SYSTEM_FOLDER = "a_system_folder_that_holds_a_closed_one_is_opened_around_it"
OTHER_ARTEFACTS = "a_pack_does_not_read_an_artefact_that_it_does_not_make_nor_write_to_one"
UNDECLARED = "nothing_of_the_study_but_what_is_declared_is_open"
BY_KIND = "a_file_is_declared_by_what_it_lies_in_or_not_at_all"
NAMED = "the_file_is_named_whoever_says_so_and_another_error_is_not_taken_for_a_refusal"
NOT_CLEAN = "a_body_that_failed_or_read_what_is_not_declared_is_not_clean"
UNDECLARED_IS_NAMED = "what_nothing_declares_is_named_with_the_network_and_folders_that_were_listed"
OWN_CLOSED = "a_home_and_both_folders_of_a_study_beside_others_are_closed"
LISTED = "folders_of_a_study_are_listed_only_on_the_way_to_what_is_declared"
LEVELS = "tests/test_self_testing.py::test_a_level_holds_only_with_those_below_it"
RENDERED = "tests/test_self_testing.py::test_what_a_terminal_shows_tells_failures_from_successes"
CLASS = "tests/io/test_machine.py::test_"
OTHERWISE = "a_model_that_came_out_otherwise_under_one_condition_is_named_with_it"

MUTANTS = [
    # what the kernel closes
    Mutant(
        "io/sandbox.py",
        "        call(RESTRICT, ruleset, 0)\n",
        "",
        sandbox("every_version_of_the_kernel_s_sandbox_closes_files"),
    ),
    Mutant(
        "io/sandbox.py",
        "network=0 if network or abi < NETWORK_SINCE else TCP",
        "network=0",
        sandbox("tcp_is_closed_unless_it_is_asked_for"),
    ),
    Mutant(
        "io/sandbox.py",
        "scoped=0 if abi < SCOPES_SINCE else SCOPES",
        "scoped=0",
        sandbox("a_confined_process_cannot_signal_others"),
    ),
    Mutant(
        "io/sandbox.py",
        "        prctl(NO_NEW_PRIVILEGES)\n",
        "",
        sandbox("a_confined_process_and_its_children_can_gain_no_privileges"),
    ),
    Mutant(
        "io/sandbox.py",
        "(threads := running_threads()) > 1",
        "(threads := running_threads()) > 2",
        sandbox("a_process_that_runs_threads_does_not_go_on_as_if_it_were_confined"),
    ),
    Mutant(
        "io/sandbox.py",
        "    if (threads := running_threads()) > 1:",
        "    if (threads := running_threads()) > 99:",
        sandbox("a_process_that_runs_threads_does_not_go_on_as_if_it_were_confined"),
    ),
    Mutant(
        "io/sandbox.py",
        "abi = min(version(), limit)",
        "abi = version()",
        sandbox("every_version_of_the_kernel_s_sandbox_closes_files"),
    ),
    # what is open to a job
    Mutant(
        "io/confinement.py",
        "        raise ConfinementError(\n",
        "        return str(error)\n        raise ConfinementError(\n",
        job("a_job_that_could_be_confined_and_is_not_fails_and_nothing_of_it_runs"),
    ),
    Mutant(
        "io/confinement.py",
        "yield from (file.resolve() for",
        "yield from (file.resolve().parent for",
        job("declared_files_that_are_links_are_open_and_what_lies_beside_their_content_is_not"),
    ),
    Mutant(
        "io/confinement.py",
        "(written_folders(homes, part), READ | WRITE)",
        "([STATE], READ | WRITE)",
        job(UNDECLARED),
    ),
    Mutant(
        "io/confinement.py",
        "lacking = separate(needs.network, closed_places(needs.root))",
        'lacking = "" and separate(needs.network)',
        REACH,
    ),
    Mutant("io/confinement.py", "hidden=brought(data_sets))", ")", REACH),
    Mutant("io/namespaces.py", "(0 if network else NETWORK)", "0", REACH),
    Mutant("performing.py", "frozenset() if step in OF_DATA_SETS else", "frozenset() if step else", REACH),
    Mutant("io/carried.py", '    "sklearn/datasets/data/*.csv*",', '    "sklearn/datasets/date/*.csv*",', REACH),
    Mutant("study_code.py", "return close_code_in(SOURCE_ROOT, DATA_SETS), ", 'return "", ', REACH),
    Mutant("io/confinement.py", "([*inputs, *linked(inputs)], READ)", "(inputs, READ | WRITE)", job(OTHER_ARTEFACTS)),
    Mutant(
        "io/confinement.py",
        "(map(Path, MACHINE), READ)",
        "(map(Path, MACHINE), READ | WRITE)",
        job("a_job_may_name_its_own_threads_as_cuda_does_and_nobody_else_s"),
    ),
    Mutant(
        "io/confinement.py",
        "closed = closed_places(needs.root)",
        "closed: set[Path] = set()",
        place("a_study_that_lies_in_a_place_of_the_system_is_not_open_with_it"),
    ),
    Mutant(
        "io/confinement.py",
        "lambda error: refusal(error, needs.step))",
        "lambda error: None)",
        job(UNDECLARED),
    ),
    # what a job finds of a person, or of a job before it
    Mutant(
        "io/confinement.py",
        "        if not name.startswith(KEPT):\n",
        "        if False:\n",
        job("no_variable_of_a_person_reaches_a_body_but_those_that_find_libraries_and_set_threads"),
    ),
    Mutant(
        "io/confinement.py",
        'place = str(private.absolute()) if private else "/nowhere"',
        'place = "/nowhere"',
        job("a_person_s_settings_and_temporary_files_are_not_those_of_a_job"),
    ),
    Mutant(
        "io/confinement.py",
        "    shutil.rmtree(private, ignore_errors=True)\n    for folder",
        "    for folder",
        job("what_a_killed_job_left_in_its_own_folder_is_not_there_for_the_next"),
    ),
    Mutant(
        "io/confinement.py",
        "        shutil.rmtree(private, ignore_errors=True)\n\n",
        "        pass\n\n",
        job("a_confined_job_makes_the_same_bytes_and_says_that_it_was_confined"),
    ),
    # the processes in which a study's code runs
    Mutant(
        "io/workers.py",
        "        keep_descriptors(own)\n",
        "",
        worker("it_has_no_descriptor_of_its_parent_s_and_nothing_to_read"),
    ),
    Mutant(
        "io/workers.py",
        "DEATH_SIGNAL, signal.SIGKILL,",
        "DEATH_SIGNAL, 0,",
        worker("it_dies_with_a_parent_that_is_killed"),
    ),
    Mutant(
        "io/workers.py",
        "            end_by(error.signal)\n",
        "            pass\n",
        worker("a_parent_that_is_told_to_end_lets_it_keep_its_work_and_ends_as_it_does"),
    ),
    Mutant(
        "io/workers.py",
        "if callable(earlier := before[number]):",
        "if callable(earlier := None):",
        worker("of_two_workers_one_within_the_other_both_are_told_to_end"),
    ),
    Mutant("io/workers.py", " and os.getpid() == self.parent:", ":", worker("a_fork_of_its_parent_has_no_say_in_it")),
    Mutant(
        "io/workers.py",
        "        except (ValueError, TypeError, LookupError):\n            self.close()\n",
        "        except (ValueError, TypeError, LookupError):\n            return None\n",
        worker("what_it_says_in_its_parent_s_name_is_no_answer"),
    ),
    # places that are open to all, and those that never are
    Mutant("io/places.py", "            elif entry.path not in closed and", "            elif", job(SYSTEM_FOLDER)),
    Mutant("io/places.py", "        if real in above:", "        if False:", job(SYSTEM_FOLDER)),
    Mutant(
        "io/places.py",
        "elif entry.path not in closed and not entry.is_symlink():",
        "elif entry.path not in closed:",
        place("a_link_beside_a_closed_place_does_not_lead_into_it"),
    ),
    Mutant(
        "io/places.py", 'found = {Path.cwd(), root, personal("~")}', "found = {Path.cwd(), root}", place(OWN_CLOSED)
    ),
    Mutant("io/places.py", "found = {Path.cwd(), root, ", "found = {Path.cwd(), ", place(OWN_CLOSED)),
    Mutant("io/places.py", '"~/.config/dvc/config", ', "", place(OWN_CLOSED)),
    Mutant("io/places.py", "(?:dir|url)", "(?:dir)", job("caches_and_remotes_of_dvc_are_closed_wherever_they_are")),
    Mutant(
        "io/places.py",
        '".dvc/config.local", ',
        "",
        job("caches_and_remotes_of_dvc_are_closed_wherever_they_are"),
    ),
    Mutant(
        "io/places.py",
        "(NETWORK_SETTINGS if network else ())",
        "NETWORK_SETTINGS",
        place("names_of_hosts_and_certificates_are_read_only_by_those_that_may_use_the_network"),
    ),
    Mutant(
        "io/places.py",
        "yield from (Path(prefix) / name for name in OF_PYTHON)",
        "yield Path(prefix)",
        place("of_python_s_prefix_only_what_belongs_to_python_is_a_place_of_it"),
    ),
    Mutant(
        "io/places.py",
        'yield from Path(folder).glob("lib*.so*")',
        "yield Path(folder)",
        place("of_a_folder_of_libraries_only_the_libraries_are_open"),
    ),
    # how a refusal is told, and what is none
    Mutant("io/refusals.py", "OSError | subprocess.CalledProcessError)", "OSError)", told(NAMED)),
    Mutant("io/refusals.py", 'and (denied or kind == "reads")', "and True", told(NAMED)),
    Mutant("io/refusals.py", 'return "reads" if denied and ', 'return "reads" if ', told(NAMED)),
    Mutant(
        "io/refusals.py",
        "following = following.__cause__ or following.__context__",
        "following = None",
        told("the_errors_behind_an_error_are_looked_at_too"),
    ),
    # what is installed, and no receipt names
    Mutant(
        "io/hiding.py",
        "        self.hidden.add(fullname)\n        return None\n",
        "        self.hidden.add(fullname)\n        return spec\n",
        hidden("a_body_that_needs_what_is_hidden_is_told_to_import_it"),
    ),
    Mutant(
        "io/hiding.py",
        "            if name in self.distributions:  #",
        "            if True:  #",
        hidden("the_metadata_of_what_is_hidden_is_hidden_too"),
    ),
    Mutant(
        "io/hiding.py",
        "        if package not in named.hidden:\n            raise\n",
        "",
        hidden("a_module_that_is_nowhere_is_reported_as_such"),
    ),
    Mutant(
        "io/hiding.py",
        "        sys.meta_path[:] = before\n",
        "        pass\n",
        hidden("what_one_body_was_not_to_find_the_next_may"),
    ),
    # which files are declared
    Mutant(
        "io/declared.py",
        'path.startswith(f"{place}/")',
        "path.startswith(place)",
        declared("a_place_holds_what_lies_in_it_and_not_what_its_name_begins"),
    ),
    Mutant(
        "io/declared.py",
        "if within(path, self.closed | self.installed.prefixes):",
        "if within(path, self.installed.prefixes):",
        declared(BY_KIND),
    ),
    Mutant("io/declared.py", "settings(network=False)", "settings(network=True)", declared(BY_KIND)),
    Mutant(
        "io/declared.py",
        "if pinned.get(name) == distribution.version:",
        "if name in pinned:",
        declared("a_distribution_in_another_version_than_the_locked_one_declares_none_of_its_files"),
    ),
    Mutant(
        "io/declared.py",
        "set(listed.sections()) <= SCRIPTS",
        "bool(set(listed.sections()) & SCRIPTS)",
        declared("entry_points_that_another_library_could_load_are_not_passed_over"),
    ),
    Mutant("io/declared.py", "if self.kind(folder) or not within(folder, self.closed):", "if True:", declared(LISTED)),
    # what tracing sees
    Mutant("io/strace.py", "AF_INET6?", "AF_INET", account("a_connection_by_either_protocol_of_the_internet_is_told")),
    Mutant(
        "io/strace.py",
        "(?:WRONLY|PATH)",
        "(?:WRONLY|RDWR|PATH)",
        account("a_call_that_another_process_interrupts_is_put_together_again"),
    ),
    Mutant(
        "io/strace.py",
        "begun.pop(resumed[1], resumed[1]) + resumed[2] if resumed else line",
        "line",
        account("a_call_that_another_process_interrupts_is_put_together_again"),
    ),
    Mutant(
        "io/strace.py",
        '("-f", ',
        "(",
        account("reads_of_a_process_and_its_children_are_told_links_followed_and_names_odd"),
    ),
    Mutant(
        "io/strace.py",
        "    if done.returncode:\n",
        "    if False:\n",
        account("a_traced_process_that_fails_says_why_in_one_line"),
    ),
    Mutant("tracing.py", 'wrong = ("failed", ', "wrong = (", traced(NOT_CLEAN)),
    Mutant("tracing.py", '"undeclared", "unnamed")', '"undeclared")', traced(NOT_CLEAN)),
    Mutant(
        "tracing.py",
        'return found["traced"] and not any(',
        "return not any(",
        traced("an_input_that_a_body_left_unread_is_no_fault_and_what_was_not_traced_is_not_clean"),
    ),
    Mutant(
        "tracing.py",
        "if kind is None), *listed]), *network]",
        "if kind is None), *listed])]",
        traced(UNDECLARED_IS_NAMED),
    ),
    Mutant("tracing.py", "if kind is None), *listed])", "if kind is None)])", traced(UNDECLARED_IS_NAMED)),
    Mutant(
        "tracing.py",
        'current = name if moment == "begin" else None',
        "current = name",
        traced("what_happens_between_the_marks_of_an_artefact_is_its_own_whichever_process_does_it"),
    ),
    Mutant(
        "tracing.py",
        "                world.check(str(Path(path).parent))\n",
        "                pass\n",
        traced("a_body_is_traced_only_on_inputs_that_are_true"),
    ),
    Mutant(
        "tracing.py",
        '- {"python", *named})',
        '- {"python", *named, *owners})',
        traced("a_locked_distribution_that_a_receipt_does_not_name_is_told"),
    ),
    # who computes on which GPU
    Mutant("io/gpus.py", "fcntl.LOCK_EX", "fcntl.LOCK_SH", shared("no_two_jobs_take_one_gpu")),
    Mutant("io/gpus.py", "        os.environ[VISIBLE] = name\n", "", shared("no_two_jobs_take_one_gpu")),
    Mutant("io/gpus.py", "os.O_NOFOLLOW | ", "", shared("a_link_in_the_place_of_a_lock_is_not_followed")),
    Mutant(
        "io/gpus.py",
        'own != allocation and "," not in name',
        "own != allocation",
        shared("a_job_that_slurm_gave_several_gpus_takes_one_of_them"),
    ),
    Mutant(
        "io/gpus.py",
        'own != allocation and "," not in name',
        '"," not in name',
        shared("jobs_inside_one_allocation_share_out_its_gpus"),
    ),
    Mutant(
        "io/gpus.py",
        "    if name in NONE:\n",
        "    if False:\n",
        shared("what_slurm_gave_is_taken_as_it_is_and_nothing_is_an_error"),
    ),
    Mutant(
        "io/gpus.py",
        "    if not names:\n",
        "    if False:\n",
        shared("where_none_may_be_seen_the_error_says_so_in_one_line"),
    ),
    Mutant(
        "io/gpus.py",
        " | stat.S_ISVTX",
        "",
        shared("every_user_may_lock_a_place_whatever_the_umask_of_the_first"),
    ),
    # what is counted of energy
    Mutant(
        "io/energy.py",
        'if zone.name.count(":") > 1:',
        "if False:",
        "tests/io/test_energy.py::test_packages_are_summed_and_their_parts_are_not",
    ),
    Mutant(
        "io/energy.py",
        "since if since >= 0 else since + most",
        "since",
        "tests/io/test_energy.py::test_a_counter_that_started_again_is_counted_on",
    ),
    Mutant(
        "io/gpu_metering.py",
        "round(now - self.spent, 2)",
        "round(now, 2)",
        "tests/io/test_gpu_metering.py::test_utilisation_is_the_mean_of_what_was_told_and_energy_what_was_counted_in_between",
    ),
    Mutant(
        "observing.py",
        "if len(said) == len(joules) else None",
        "",
        "tests/io/test_energy.py::test_energy_is_estimated_from_cpu_time_and_measured_only_where_all_was",
    ),
    # what is told beside the results
    Mutant(
        "observing.py",
        'fact.get("receipt") == digest and ',
        "",
        observed("what_was_noted_of_a_receipt_counts_while_that_receipt_lies_there"),
    ),
    Mutant(
        "observing.py",
        'if not fact["confinement"].startswith(ENFORCED)',
        'if not fact["confinement"]',
        observed("only_what_the_kernel_confined_is_counted_as_confined_and_the_others_say_why"),
    ),
    Mutant(
        "observing.py",
        "for home in of_statistics(known)}",
        "for home in known}",
        observed("a_caution_goes_with_statistics_where_runs_are_mixed_and_not_where_other_artefacts_are"),
    ),
    Mutant(
        "observing.py",
        "if len(machines) < 2:",
        "if len(machines) < 3:",
        observed("classes_of_machine_are_counted_and_their_difference_is_said_in_words_that_not_all_have"),
    ),
    # which machines are of one class, and what one promises
    Mutant(
        "io/machine.py",
        '(accelerators() if device == "cuda" else {})',
        "{}",
        f"{CLASS}a_gpu_is_of_the_class_where_it_is_used_alone",
    ),
    Mutant(
        "io/machine.py",
        "for name in DISPATCHED if name in flags)",
        "for name in DISPATCHED[:2] if name in flags)",
        f"{CLASS}the_class_has_the_instructions_of_this_processor_that_libraries_choose_by",
    ),
    Mutant(
        "io/machine.py",
        '", ".join(sorted(set(column)))',
        "column[0]",
        f"{CLASS}gpus_of_two_kinds_are_both_named_in_whichever_order_they_are_listed",
    ),
    Mutant("guarantees.py", "same = locked and all(", "same = all(", LEVELS),
    Mutant("guarantees.py", '"L2": same and not failures', '"L2": same', LEVELS),
    Mutant(
        "guarantees.py",
        'missing_tracer() or "available"',
        '"available"',
        "tests/test_guarantees.py::test_barriers_are_told_as_the_kernel_has_them",
    ),
    Mutant(
        "guarantees.py",
        'len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else ',
        "",
        "tests/test_guarantees.py::test_only_the_cores_that_a_process_may_use_are_counted",
    ),
    # the self-test
    Mutant(
        "self_testing.py", 'for part in ("weights", "predictions") if', 'for part in ("weights",) if', tried(OTHERWISE)
    ),
    Mutant(
        "self_testing.py",
        "for fit in fits[condition][model]:",
        "for fit in fits[condition][model][:1]:",
        tried(OTHERWISE),
    ),
    Mutant("self_testing.py", "CONDITIONS = (AGAIN, AT_ONCE, ", "CONDITIONS = (AGAIN, ", tried(OTHERWISE)),
    Mutant("self_testing.py", ' and not found["environment"]', "", RENDERED),
    Mutant(
        "self_testing.py",
        "if name not in MOVES_BITS}",
        "}",
        tried("a_process_has_the_threads_of_a_job_and_nothing_that_moves_bits"),
    ),
    Mutant(
        "trial_process.py",
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})",
        "pass",
        tried("a_process_that_is_held_to_one_core_has_one_and_prints_its_answer_alone"),
    ),
    Mutant(
        "trial_process.py",
        "if cuda and is_network(name):",
        "if False:",
        tried("a_network_is_fitted_on_a_gpu_too_and_an_estimator_is_not"),
    ),
    # names of machines and people
    Mutant(
        "io/naming.py",
        'text = ADDRESS.sub("(address)", text)',
        "pass",
        published("names_and_places_are_replaced_and_nothing_else"),
    ),
    Mutant(
        "io/naming.py",
        'text = ABSOLUTE.sub("(path)", text)',
        "pass",
        published("names_and_places_are_replaced_and_nothing_else"),
    ),
    Mutant(
        "io/naming.py",
        ", text, flags=re.IGNORECASE)",
        ", text)",
        published("names_and_places_are_replaced_and_nothing_else"),
    ),
    Mutant(
        "io/naming.py",
        "key if key.isidentifier() else self.value(key)",
        "key",
        published("names_are_replaced_wherever_they_stand"),
    ),
    Mutant(
        "io/naming.py",
        'names = {platform.node(), platform.node().partition(".")[0]}',
        "names: set[str] = set()",
        published("a_certificate_names_no_machine_no_user_and_no_place"),
    ),
]
