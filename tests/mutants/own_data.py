"""Faults in what is refused of data of one's own, and in what trackers are shown."""

from tests.mutants import Mutant


def of(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault of a module that looks at data, found by a test named as its file (without `test_`) and itself."""
    file, _, name = test.partition(": ")
    return Mutant(f"own_data/{module}.py", right, wrong, f"tests/own_data/test_{file}.py::test_{name}")


def shown(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault of a module of tracking, found as above."""
    file, _, name = test.partition(": ")
    return Mutant(f"tracking/{module}.py", right, wrong, f"tests/tracking/test_{file}.py::test_{name}")


FEATURES = "reading: features_that_are_no_finite_numbers_are_refused"
LABELS = "reading: labels_that_are_not_whole_numbers_from_0_are_refused"
NO_TABLE = "reading: text_that_is_no_table_is_refused_by_its_line"
MISREAD = "reading: a_column_that_would_be_misread_is_refused"
NO_CLASSES = "reading: a_target_that_has_no_classes_or_merges_some_is_refused"
NAMES_ROWS = "reading: what_names_rows_is_told_from_what_measures_them"
NO_COLUMN = "reading: an_option_that_names_no_column_of_its_own_is_refused"
NO_IMAGE = "reading: an_image_that_cannot_be_read_whole_is_refused"
NO_CLASS = "reading: what_is_no_part_of_a_class_is_refused"
SIZE = "reading: a_size_is_plain_or_stated"
SAME_PACK = "reading: a_pack_has_the_same_bytes_whatever_the_times_of_its_files"
COPY = "reading: a_column_that_says_what_the_target_says_is_refused_however_it_spells_it"
TOO_FEW = "choices: rows_that_do_not_suffice_are_refused"
SHARES = "choices: sizes_follow_the_stated_shares_up_to_the_stated_most"
FIRST_SEED = "choices: the_seed_of_a_study_is_the_first_whose_splits_each_hold_every_class"
MERGED = "choices: numbers_that_float32_merges_are_noticed_and_lost_noise_is_not"
REPEATS = "choices: rows_repeat_others_by_features_and_label_conflict_by_features_alone"
YAML = "choices: a_value_is_spelled_such_that_yaml_reads_it_back"
LAID = "choices: a_study_is_laid_only_where_its_name_may_lie"
METHODS = "choices: methods_suit_the_kind_of_data"
REFUSED = "folders: dvclive_refuses_a_folder_with_anything_of_others"
TIMES = "projecting: times_are_those_that_this_machine_noted_of_the_receipt_that_lies_here"

MUTANTS = [
    # arrays
    of("arrays", "if x.ndim < 2 or not x.size:", "if not x.size:", FEATURES),
    of("arrays", "if x.dtype.kind not in NUMBERS:", "if x.dtype.kind in 'U':", FEATURES),
    of("arrays", "np.argwhere(~np.isfinite(read))", "np.argwhere(np.isnan(read))", FEATURES),
    of("arrays", "if not told_apart(feature):", "if False:", FEATURES),
    of("arrays", "y.ndim != 1 or len(y) != len(x)", "y.ndim != 1", LABELS),
    of("arrays", "if np.issubdtype(y.dtype, np.floating):", "if False:", LABELS),
    of("arrays", "np.array_equal(found, np.arange(len(found)))", "found[0] == 0", LABELS),
    of("arrays", "allow_pickle=False", "allow_pickle=True",
       "arrays: arrays_that_cannot_be_studied_are_refused[objects]"),
    # text of tables
    of("table_text", "if found and len(fields) != len(found[0]):", "if found and len(fields) < len(found[0]):",
       NO_TABLE),
    of("table_text", ", strict=True)\n    try", ")\n    try", NO_TABLE),
    of("table_text", "if header.count(name) > 1:", "if header.count(name) > 2:", NO_TABLE),
    of("table_text", 'if "\\0" in text:', "if not text:", NO_TABLE),
    of("table_text", "all(is_number(name) for name in header)", "not header", NO_TABLE),
    of("table_text", "rows[row + 1] for row in kept", "rows[row] for row in kept",
       "reading: fields_are_read_as_they_are_quoted_and_written_back_alike"),
    # columns and targets
    of("table_columns", "    if is_dated(values):\n        raise", "    if False:\n        raise",
       MISREAD),
    of("table_columns", "if not named and spells_dates(values):", "if named and spells_dates(values):", MISREAD),
    of("table_columns", "        refuse_numbers_as_text(path, values, once)\n", "        pass\n", MISREAD),
    of("table_columns", "        check_numbers(path, values)\n", "        pass\n", MISREAD),
    of("table_columns", "distinct * FEWEST_ROWS > present)", "distinct > present)", MISREAD),
    of("table_columns", "    if not told_apart(values.dropna().to_numpy()):", "    if False:", MISREAD),
    of("table_columns", '" ".join(value.split())', "value", MISREAD),
    of("table_columns", "    if missing := int(values.isna().sum()):\n", "    if missing := 0:\n", NO_CLASSES),
    of("table_columns", "    refuse_missing_as_class(path, values)\n", "", NO_CLASSES),
    of("table_columns", "distinct <= MOST_NUMBERED_CLASSES)", "distinct <= MOST_CATEGORIES)", NO_CLASSES),
    of("table_columns", "distinct > MOST_CATEGORIES or distinct * FEWEST_ROWS > len(values)",
       "distinct > MOST_CATEGORIES",
       NO_CLASSES),
    of("table_columns", "        if other != text.strip():\n", "        if False:\n", NO_CLASSES),
    of("table_columns", "    if not present.is_unique:\n        return False\n", "", NAMES_ROWS),
    of("table_columns", "return counted or is_called_id(name)", "return counted", NAMES_ROWS),
    of("tables", "            if name not in columns:\n", "            if False:\n", NO_COLUMN),
    of("tables", "            if name == label:\n", "            if False:\n", NO_COLUMN),
    of("tables", 'if option == "--nominal" and name in drop:', "if False:", NO_COLUMN),
    of("tables", "np.array_equal(pd.factorize(frame[name])[0], wanted)", "frame[name].equals(frame[label])", COPY),
    of("tables", "if len(fields) != wanted:", "if not fields:", COPY),
    # images
    of("images", "                problem = fault(image)\n", "                problem = ''\n", NO_IMAGE),
    of("images", "        if not files:\n", "        if False:\n", NO_CLASS),
    of("images", "if path.is_file() and not is_ignored(path)):", "if False):", NO_CLASS),
    of("images", "if nested := [path for path in files if path.is_dir()]:", "if nested := []:", NO_CLASS),
    of("images", "if max(int(height), int(width)) > MOST_PIXELS:", "if int(height) * int(width) > MOST_PIXELS**2:",
       SIZE),
    of("images", "    if len(sizes) > 1:\n", "    if False:\n", SIZE),
    of("images", "    if max(most) > LARGEST:\n", "    if min(most) > LARGEST:\n", SIZE),
    of("images", "entry.external_attr = 0o644 << 16", "entry.external_attr = path.stat().st_mode << 16", SAME_PACK),
    # rows, sizes and seeds
    of("sizes", "if len(y) < FEWEST_ROWS:", "if len(y) < FEWEST_ROWS - 1:", TOO_FEW),
    of("sizes", "if np.count_nonzero(counts) < 2:", "if False:", TOO_FEW),
    of("sizes", "if counts[rare] < FEWEST_OF_A_CLASS:", "if counts[rare] < FEWEST_OF_A_CLASS - 1:", TOO_FEW),
    of("sizes", "min(MOST[name], int(share * rows))", "int(share * rows)", SHARES),
    of("sizes", "for part in (rows.train, rows.validation, rows.held_out))", "for part in (rows.train,))", FIRST_SEED),
    of("precision", "LOST_WHOLE if whole else LOST", "LOST", MERGED),
    of("repeats", "x.reshape(len(x), -1) + 0", "x.reshape(len(x), -1)", REPEATS),
    of("repeats", "        if label not in labels.setdefault(name, set()):\n",
       "        if not labels.setdefault(name, set()):\n",
       REPEATS),
    of("repeats", "sum(len(labels[name]) > 1", "sum(len(labels[name]) > 2", REPEATS),
    # what is written
    of("new_study", "if found.exact and asked.duplicates is None:", "if False:",
       "arrays: rows_that_repeat_others_are_dropped"),
    of("new_study", '        if probe["outcome"] == "leak":\n', "        if False:\n",
       "arrays: arrays_that_cannot_be_studied_are_refused[a given label]"),
    of("new_study", "    refuse_file_name(data)\n", "",
       "new_study: a_file_whose_name_no_rule_could_state_is_refused[d{a} x.csv]"),
    of("new_study", "        if not dry:\n", "        if True:\n", "tables: a_dry_run_writes_nothing"),
    of("stating", "and value.lower() not in READ_AS_OTHERS", "", YAML),
    of("laying", "os.path.lexists(studies / name)", "(studies / name).exists()", LAID),
    of("laying", " or len(name) > LONGEST", "", LAID),
    of("laying", "        shutil.rmtree(folder, ignore_errors=True)\n", "        pass\n",
       "choices: what_is_written_beside_a_place_is_gone_unless_it_was_moved_there"),
    of("laying", "home.resolve() not in studies.resolve().parents", "False",
       "new_study: a_folder_of_studies_that_leads_elsewhere_is_refused"),
    of("methods", "| AS_THE_METHOD.get(name, {})", "", METHODS),
    # what trackers are shown, and where they may write
    shown("projection", "    if sha256(found).hexdigest() != digest:\n", "    if False:\n",
          "projecting: bytes_that_are_not_those_of_their_digest_are_not_shown"),
    shown("projection", 'if fact.get("receipt") != receipt or', "if", TIMES),
    shown("projection", "if isfinite(value)}", "if value}", "values: a_diverged_loss_is_left_out_of_a_curve"),
    shown("statistics", "for column in columns if row.get(column)}", "for column in columns if column in row}",
          "values: what_is_not_known_is_no_number"),
    shown("words", "if len(known) < len(of.runs):", "if not known:",
          "values: a_study_has_times_only_where_all_of_its_runs_have"),
    shown("mlflow_tracker", "(cut; sha256 of all {text_digest(value)})", "(cut)",
          "values: what_is_too_long_says_so_and_keeps_its_digest"),
    shown("folders", "    refuse_results(folder)\n", "", REFUSED),
    shown("folders", "        if here in Path(own).resolve().parents:\n", "        if False:\n", REFUSED),
    shown("folders", "if any(folder.iterdir()) and not is_taken(folder):", "if False:", REFUSED),
    shown("wandb_tracker", "    refuse_results(folder)\n", "",
          "folders: wandb_refuses_a_folder_of_results_or_sources"),
    shown("dvclive_tracker", ' or key.read_text(encoding="utf-8") != wanted[key.parent].key', "",
          "projecting: dvclive_writes_a_run_anew_whose_key_is_another_and_no_observed_cost"),
    shown("tracking", "    if asked.tracker not in FILLERS:\n", "    if False:\n",
          "projecting: a_tracker_there_is_not_and_a_server_that_is_not_named_are_refused"),
    shown("tracking", '    if left := found["left_out"]:\n', "    if left := {}:\n",
          "projecting: what_is_not_true_is_told_as_left_out"),
]  # fmt: skip
