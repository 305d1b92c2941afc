"""Faults in training: what a run's bits follow from, what a checkpoint may resume, what diverged, what is kept."""

from tests.mutants import Mutant


def of(module: str, right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in a module of science, and a test of the file that mirrors one."""
    return Mutant(f"science/{module}.py", right, wrong, f"tests/science/test_{test}")


def train(right: str, wrong: str, test: str) -> Mutant:
    """Return a fault in the step that trains, and a test of a run without the workflow."""
    return Mutant("stages/train.py", right, wrong, f"tests/stages/test_evaluate.py::{test}")


FOREIGN = "training.py::test_a_checkpoint_of_other_settings_seeds_or_data_is_ignored"
DAMAGED = "training.py::test_a_damaged_checkpoint_is_ignored"
DIVERGED = "training.py::test_divergence_is_an_outcome_with_no_prediction_and_the_step_it_began"
EPOCH = "training.py::test_every_example_but_the_remainder_is_seen_once_an_epoch"
RESUMED = "training.py::test_batches_from_any_step_are_those_of_the_whole_run"
STREAM = "streams.py::test_varying_one_stream_changes_its_bits_and_no_others"
COUNTED = "costs.py::test_the_costs_of_one_linear_layer_are_those_counted_by_hand"

MUTANTS = [
    # every source of randomness has a stream of its own, and torch's generator no part in it
    of("training", '"order", seeds.order, epoch)', '"order", seeds.augmentation, epoch)', STREAM),
    of("training", '"order", seeds.order, epoch)', '"order", seeds.order, 0)', EPOCH),
    of("training", '"augmentation", seeds.augmentation, epoch)', '"augmentation", seeds.order, epoch)', STREAM),
    of("initialisation", "seeds.initialisation, name)", "seeds.order, name)", STREAM),
    of(
        "initialisation",
        'generator(seeds.study, "initialisation", seeds.initialisation, name)',
        'generator(seeds.study, "initialisation", seeds.initialisation, str(parameter.shape))',
        "initialisation.py::test_weights_of_one_shape_are_drawn_apart_by_name",
    ),
    of(
        "training",
        "torch.default_generator.manual_seed(seed)",
        "seed",
        "training.py::test_dropout_resumes_to_the_same_bytes_and_leaves_torchs_generator_alone",
    ),
    of(
        "devices",
        "with torch.random.fork_rng(devices):",
        "with torch.enable_grad():",
        "devices.py::test_determinism_is_switched_on_inside_and_put_back_after",
    ),
    of(
        "devices",
        "torch.use_deterministic_algorithms(True)",
        "torch.use_deterministic_algorithms(before)",
        "devices.py::test_determinism_is_switched_on_inside_and_put_back_after",
    ),
    # a run that goes on is the run that it was
    of("checkpoints", "if not np.array_equal(arrays[SEAL], text_array(seal(kept, identity))):", "if False:", DAMAGED),
    of(
        "checkpoints",
        "{identity}{arrays_digest(arrays)}",
        "{arrays_digest(arrays)}",
        "checkpoints.py::test_the_checkpoint_of_another_run_is_ignored",
    ),
    of("training", "    state.update(arrays_digest(vars(data)).encode())\n", "", FOREIGN),
    of("training", "{settings!r}{seeds}{compute!r}", "{settings!r}{compute!r}", FOREIGN),
    of("training", "{settings!r}{seeds}{compute!r}", "{settings.steps}{seeds}{compute!r}", FOREIGN),
    of("training", "range(max(start, first),", "range(first,", RESUMED),
    of(
        "checkpoints",
        '        ("second", optimiser.second_moments),\n',
        "",
        "training.py::test_a_run_killed_after_any_step_ends_with_the_same_bytes",
    ),
    of(
        "checkpoints",
        "if {name: array.size for name, array in arrays.items()} != wanted:",
        "if False:",
        "training.py::test_tensors_of_another_model_are_refused",
    ),
    # what diverged, and what a batch may be
    of("training", "np.full(len(data.validation_x), -1)", "last", DIVERGED),
    of(
        "training",
        "progress.predicted_along.append(predicted)",
        "progress.predicted_along.append(predicted * 0)",
        "training.py::test_training_learns_what_can_be_learnt",
    ),
    of(
        "checkpoints",
        'list(kept["along"])',
        "[]",
        "training.py::test_a_run_killed_after_any_step_ends_with_the_same_bytes",
    ),
    of(
        "training",
        "return int(bad[0]) + 1",
        "return int(bad[-1]) + 1",
        "training.py::test_examples_that_are_not_finite_diverge_at_the_first_step",
    ),
    of("training", "if per_epoch == 0:", "if False:", "training.py::test_a_batch_larger_than_the_data_is_refused"),
    of(
        "training",
        "    network.eval()\n",
        "",
        "training.py::test_a_network_predicts_without_the_noise_that_it_is_trained_with",
    ),
    of(
        "training",
        'f"{last}{progress.step}{arrays',
        'f"{progress.step}{arrays',
        "training.py::test_a_link_of_the_weight_chain_rests_on_all_before_it",
    ),
    of(
        "optimiser",
        "[gradient.contiguous() for gradient in gradients]",
        "list(gradients)",
        "optimiser.py::test_a_gradient_in_another_memory_order_moves_the_same_weights",
    ),
    # a run is trained on what it states
    train("if params.labels_seed is None:", "if True:", "test_a_control_is_trained_on_labels_that_say_nothing"),
    train("if params.sample_rows is not None:", "if False:", "test_a_variant_sees_no_more_rows_than_it_states"),
    train(
        "first_rows(arrays, params.training_rows)",
        "first_rows(arrays, None)",
        "test_a_variant_sees_no_more_rows_than_it_states",
    ),
    train(
        'told["validation_score"] = reached.score',
        'told["validation_score"] = reached.accuracy',
        "test_by_another_measure_both_splits_are_scored_besides_accuracy",
    ),
    # what is taken of a table's columns is taken of the rows that are trained on
    of(
        "fitting",
        "network.fit_columns(data.train_x.reshape(len(data.train_x), -1))",
        "network.fit_columns(np.concatenate([data.train_x, data.validation_x]))",
        "table_models.py::test_rows_that_are_not_trained_on_change_nothing_of_what_is_kept",
    ),
    of(
        "estimators",
        "estimator.fit(flat(data.train_x), data.train_y)",
        "estimator.fit(flat(data.validation_x), data.train_y[: len(data.validation_x)])",
        "table_models.py::test_rows_that_are_not_trained_on_change_nothing_of_what_is_kept",
    ),
    # what is kept of an estimator: the same bytes, and of trusted types
    of(
        "skops_bytes",
        "sorted(set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED))",
        "[]",
        "skops_bytes.py::test_a_type_that_is_not_trusted_is_refused_by_name",
    ),
    of(
        "skops_bytes",
        "if array.dtype.names is None:",
        "if True:",
        "skops_bytes.py::test_garbage_between_the_fields_of_a_record_is_not_kept",
    ),
    of(
        "skops_bytes",
        "zipfile.ZipInfo(name, DATE)",
        "zipfile.ZipInfo(name, (1980, 1, 2, 0, 0, 0))",
        "skops_bytes.py::test_the_archive_holds_no_time_and_no_address",
    ),
    of("skops_bytes", "    renumber(schema)\n", "", "skops_bytes.py::test_the_archive_holds_no_time_and_no_address"),
    of("skops_bytes", "    sort_sets(schema)\n", "", "skops_bytes.py::test_a_set_is_kept_in_the_order_of_its_members"),
    of(
        "estimators",
        "& 0xFFFFFFFF",
        "& 0xF",
        "estimators.py::test_seeds_for_scikit_learn_are_derived_by_name_and_fit_32_bits",
    ),
    of(
        "programs",
        "if (found := compiler_version(module)) != settings.compiler:",
        "if not (found := compiler_version(module)):",
        "programs.py::test_another_compiler_than_the_stated_one_is_refused",
    ),
    # costs are counted of every step, repeats included
    of("costs", "settings.steps * step_flops", "step_flops", COUNTED),
    of("costs", "examples_seen = settings.steps * settings.batch_size", "examples_seen = settings.batch_size", COUNTED),
    # which models, settings and rows a study may name
    of(
        "methods",
        "if from_file(study.data.name) and study.data.source is None:",
        "if False:",
        "methods.py::test_data_from_a_file_need_one_and_others_take_none",
    ),
    of(
        "methods",
        "if study.data.source is not None and not taken:",
        "if False:",
        "methods.py::test_data_from_a_file_need_one_and_others_take_none",
    ),
    of(
        "methods",
        "            if name not in fields:\n",
        "            if False:\n",
        "methods.py::test_what_is_searched_is_a_setting_of_the_model_and_valid_at_both_ends",
    ),
    of(
        "methods",
        "        for hyperparameters in extremes(study, variant):\n",
        "        for hyperparameters in list(extremes(study, variant))[:1]:\n",
        "methods.py::test_what_is_searched_is_a_setting_of_the_model_and_valid_at_both_ends",
    ),
    of(
        "methods",
        "replicate == Run(variant.name, seed).replicate and seed in",
        "seed in",
        "methods.py::test_a_seed_spelled_otherwise_is_no_run",
    ),
    Mutant(
        "science/methods.py",
        "if seed_varies(variant) and not issubclass(model_of(variant).Settings, Training):",
        "if False:",
        "tests/base/test_randomness.py::test_a_model_that_draws_from_one_stream_alone_is_refused",
    ),
]
