import functools
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from pipeline.base.errors import DataError, DeviceError, ParameterError
from pipeline.science.checkpoints import Arrays, arrays_digest, seal, text_array
from pipeline.science.initialisation import Seeds
from pipeline.science.models import plain_cnn, sequence_network
from pipeline.science.settings import Compute, Shape, Training
from pipeline.science.training import FitResult, batches, begin, digest_of, fit, link, predict, predictions
from pipeline.science.training_data import TrainingData

torch.set_num_threads(1)
SHAPE = Shape(features=(40,), classes=3)
SEEDS = Seeds.of(1, 2)
STATED: dict[str, Any] = {
    "stem": "conv",
    "mixer": "attention",
    "augmentation": ["roll", "scale", "shear", "noise"],
    "label_smoothing": 0.1,
    "batch_size": 10,
    "steps": 30,
    "learning_rate": 0.02,
    "weight_decay": 0.01,
}


def waves(examples: int, name: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(name)
    y = random.integers(0, 3, examples)
    x = np.sin(np.arange(40) * (y[:, None] + 1) * 0.15) + 0.3 * random.normal(size=(examples, 40))
    return x.astype(np.float32), y.astype(np.int64)


CPU32 = (torch.device("cpu"), torch.float32)
VALIDATION_X, VALIDATION_Y = waves(80, 1)
DATA = TrainingData(*waves(47, 0), VALIDATION_X)


class KilledError(Exception):
    pass


class Memory:
    """A store that saves every few steps and can kill the run right after a save."""

    def __init__(self, every: int, kill_after: int | None = None) -> None:
        self.every, self.kill_after = every, kill_after
        self.arrays: Arrays | None = None

    def load(self) -> Arrays | None:
        return self.arrays

    def save(self, arrays: Arrays) -> None:
        self.arrays = arrays
        if self.kill_after is not None and int(arrays["step"][0]) >= self.kill_after:
            raise KilledError

    def due(self, step: int) -> bool:
        return step % self.every == 0


class WithDropout(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(40, 20), nn.Dropout(0.5), nn.ReLU(), nn.Linear(20, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


def settings(**changes: Any) -> sequence_network.Settings:
    return sequence_network.Settings.model_validate(STATED | changes)


def run(store: Memory | None = None, seeds: Seeds = SEEDS, data: TrainingData = DATA, **changes: Any) -> FitResult:
    stated = settings(**changes)
    return fit(sequence_network.build(stated, SHAPE), stated, data, seeds, checkpoints=store)


@functools.cache
def whole(ema: float = 0.0) -> FitResult:
    """Return a run that nothing disturbed, made once, to compare with."""
    return run(ema=ema)


def same(first: FitResult, second: FitResult) -> bool:
    return (
        arrays_digest(first.tensors) == arrays_digest(second.tensors)
        and first.weight_chain == second.weight_chain
        and first.curve == second.curve
        and np.array_equal(first.validation_predicted, second.validation_predicted)
        and np.array_equal(first.predicted_along, second.predicted_along)
    )


def right(result: FitResult) -> float:
    return float(np.mean(result.validation_predicted == VALIDATION_Y))


def test_training_learns_what_can_be_learnt() -> None:
    result = run(steps=60)
    assert result.outcome == "finished"
    assert right(result) > 0.9
    assert result.curve[-1].training_loss < result.curve[0].training_loss
    assert [point.step for point in result.curve] == [25, 50, 60]
    assert [len(predicted) for predicted in result.predicted_along] == [80] * 3
    assert np.array_equal(result.predicted_along[-1], result.validation_predicted)


def test_shuffled_labels_are_not_learnt() -> None:
    shuffled = np.random.default_rng(5).permutation(DATA.train_y)
    wrong = TrainingData(DATA.train_x, shuffled, DATA.validation_x)
    assert right(run(data=wrong, steps=60)) < 0.7


def test_a_run_repeats_bit_for_bit_whatever_ran_before_it() -> None:
    first = run()
    run(seeds=Seeds.of(1, 3))
    torch.manual_seed(99)
    assert same(first, run())


@pytest.mark.parametrize(
    "changed",
    [
        Seeds(1, 9, 2, 2),
        Seeds(1, 2, 9, 2),
        Seeds(1, 2, 2, 9),
        Seeds(9, 2, 2, 2),
    ],
)
def test_each_source_of_variation_alone_changes_a_run(changed: Seeds) -> None:
    assert run(steps=3).weights_sha256 != run(steps=3, seeds=changed).weights_sha256


@pytest.mark.parametrize("ema", [0.0, 0.9])
@pytest.mark.parametrize("step", [1, 4, 9, 25, 26, 30])
def test_a_run_killed_after_any_step_ends_with_the_same_bytes(step: int, ema: float) -> None:
    store = Memory(every=1, kill_after=step)
    with pytest.raises(KilledError):
        run(store, ema=ema)
    store.kill_after = None
    assert same(run(store, ema=ema), whole(ema))


def test_saving_checkpoints_moves_no_bit() -> None:
    assert same(run(Memory(every=3)), whole())


def test_dropout_resumes_to_the_same_bytes_and_leaves_torchs_generator_alone() -> None:
    stated = Training(batch_size=10, steps=12, learning_rate=0.02, weight_decay=0.0)
    whole = fit(WithDropout(), stated, DATA, SEEDS)
    store = Memory(every=1, kill_after=7)
    with pytest.raises(KilledError):
        fit(WithDropout(), stated, DATA, SEEDS, checkpoints=store)
    store.kill_after = None
    state = torch.random.get_rng_state()
    network = WithDropout()
    torch.random.set_rng_state(state)
    assert same(fit(network, stated, DATA, SEEDS, checkpoints=store), whole)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_checkpoint_of_other_settings_seeds_or_data_is_ignored() -> None:
    store = Memory(every=10)
    run(store)
    foreign = store.arrays
    other_data = TrainingData(DATA.train_x + 1, DATA.train_y, DATA.validation_x)
    changes: list[dict[str, Any]] = [
        {"learning_rate": 0.03},
        {"stem": "patch"},
        {"seeds": Seeds.of(1, 3)},
        {"data": other_data},
    ]
    for changed in changes:
        store.arrays = foreign
        assert same(run(store, **changed), run(**changed))


def test_a_damaged_checkpoint_is_ignored() -> None:
    store = Memory(every=10, kill_after=20)
    with pytest.raises(KilledError):
        run(store)
    store.kill_after = None
    assert store.arrays is not None
    intact = store.arrays
    for name in ("network/head.weight", "losses", "step", "first/0", "chain", "seal"):
        damaged = {key: array.copy() for key, array in intact.items()}
        damaged[name].reshape(-1).view(np.uint8)[:1] ^= 1
        store.arrays = damaged if damaged[name].size else {}
        assert same(run(store), whole())


def test_a_checkpoint_is_really_used() -> None:
    store = Memory(every=10, kill_after=10)
    with pytest.raises(KilledError):
        run(store)
    assert store.arrays is not None
    seen: list[int] = []
    store.kill_after = None
    store.due = lambda step: bool(seen.append(step))  # type: ignore[method-assign, func-returns-value]
    run(store)
    assert seen[0] == 11


def test_divergence_is_an_outcome_with_no_prediction_and_the_step_it_began() -> None:
    result = run(learning_rate=1e30, steps=30)
    assert result.outcome == "diverged"
    assert result.diverged_at_step is not None
    assert 1 <= result.diverged_at_step <= 25
    assert set(result.validation_predicted.tolist()) == {-1}
    assert all(np.isfinite(point.training_loss) for point in result.curve)
    assert same(result, run(learning_rate=1e30, steps=30))


def test_examples_that_are_not_finite_diverge_at_the_first_step() -> None:
    x = DATA.train_x.copy()
    x[:] = np.nan
    result = run(data=TrainingData(x, DATA.train_y, DATA.validation_x))
    assert (result.outcome, result.diverged_at_step) == ("diverged", 1)


def test_the_weight_chain_tells_between_which_steps_two_runs_parted() -> None:
    store = Memory(every=150, kill_after=150)
    with pytest.raises(KilledError):
        run(store, steps=230)
    assert store.arrays is not None
    flip_one_bit_of_a_weight(store.arrays)
    store.kill_after = None
    whole, other = run(steps=230), run(store, steps=230)
    assert [step for step, _ in whole.weight_chain] == [100, 200, 230]
    agree = [mine == theirs for mine, theirs in zip(whole.weight_chain, other.weight_chain, strict=True)]
    assert agree == [True, False, False]


def test_a_link_of_the_weight_chain_rests_on_all_before_it() -> None:
    run_so_far = begin(WithDropout(), Training(batch_size=10, steps=3, learning_rate=0.1, weight_decay=0.0))
    first = link(run_so_far)
    run_so_far.weight_chain = [(1, first)]
    second = link(run_so_far)
    assert link(run_so_far) == second != first
    run_so_far.weight_chain = [(1, second)]
    assert link(run_so_far) not in (first, second)


def test_a_network_predicts_without_the_noise_that_it_is_trained_with() -> None:
    network, x = WithDropout(), torch.from_numpy(DATA.validation_x)
    assert np.array_equal(predictions(network, x), predictions(network, x))
    assert network.training


def flip_one_bit_of_a_weight(arrays: Arrays) -> None:
    del arrays["seal"]
    arrays["network/head.weight"].reshape(-1).view(np.uint8)[:1] ^= 1
    identity = digest_of(settings(steps=230), DATA, SEEDS, Compute())
    arrays["seal"] = text_array(seal(arrays, identity))


def test_looking_at_validation_moves_no_bit_of_the_weights() -> None:
    less = TrainingData(DATA.train_x, DATA.train_y, DATA.validation_x[:5])
    assert run(data=less).weights_sha256 == whole().weights_sha256


def test_an_average_of_the_weights_is_another_model_on_the_same_path() -> None:
    plain, averaged = whole(), whole(ema=0.9)
    assert plain.weight_chain == averaged.weight_chain
    assert plain.weights_sha256 != averaged.weights_sha256
    assert [point.training_loss for point in plain.curve] == [point.training_loss for point in averaged.curve]


def test_an_average_with_no_memory_is_the_network_itself() -> None:
    assert np.array_equal(run(ema=1e-12).validation_predicted, whole().validation_predicted)


def test_every_example_but_the_remainder_is_seen_once_an_epoch() -> None:
    stated = settings(steps=8, augmentation=[])
    steps = list(batches(stated, DATA, SEEDS, 0, *CPU32))
    assert [step for step, _, _ in steps] == list(range(8))
    first_epoch = np.concatenate([x.numpy() for _, x, _ in steps[:4]])
    assert len(np.unique(first_epoch, axis=0)) == 40
    assert not np.array_equal(steps[0][1], steps[4][1])


@pytest.mark.parametrize("start", [0, 1, 3, 4, 7])
def test_batches_from_any_step_are_those_of_the_whole_run(start: int) -> None:
    stated = settings(steps=8)
    whole, rest = (
        list(batches(stated, DATA, SEEDS, 0, *CPU32))[start:],
        list(batches(stated, DATA, SEEDS, start, *CPU32)),
    )
    assert [step for step, _, _ in whole] == [step for step, _, _ in rest]
    assert all(torch.equal(a[1], b[1]) and torch.equal(a[2], b[2]) for a, b in zip(whole, rest, strict=True))


def test_a_batch_larger_than_the_data_is_refused() -> None:
    with pytest.raises(ParameterError, match="48, more than the 47 training examples"):
        run(batch_size=48)


def test_saved_tensors_predict_what_the_run_predicted() -> None:
    result = whole(ema=0.9)
    network = sequence_network.build(settings(), SHAPE)
    flat = {name: np.ascontiguousarray(array) for name, array in result.tensors.items()}
    assert np.array_equal(predict(network, flat, DATA.validation_x), result.validation_predicted)


def test_tensors_of_another_model_are_refused() -> None:
    stated = plain_cnn.Settings(batch_size=10, steps=3, learning_rate=0.1, weight_decay=0.0)
    with pytest.raises(DataError, match="not those of this model"):
        predict(plain_cnn.build(stated, SHAPE), run(steps=1).tensors, DATA.validation_x)


def test_double_precision_is_used_where_it_is_asked_for() -> None:
    stated = settings(steps=3)
    network = sequence_network.build(stated, SHAPE)
    result = fit(network, stated, DATA, SEEDS, Compute(precision="float64"))
    assert result.tensors["head.weight"].dtype == np.float64


@pytest.mark.needs("no-gpu")
def test_an_absent_device_is_an_error() -> None:
    with pytest.raises(DeviceError):
        fit(WithDropout(), settings(steps=1), DATA, SEEDS, Compute(device="cuda"))


def test_a_fresh_process_trains_to_the_same_bytes(elsewhere: dict[str, Any]) -> None:
    assert elsewhere["weights"] == whole().weights_sha256
