"""Varying one stream of randomness, or switching off what draws from it, leaves every other stream's bits alone."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.base.params import load_study
from pipeline.base.randomness import cells
from pipeline.science.initialisation import Seeds, initialise
from pipeline.science.models import plain_cnn
from pipeline.science.settings import Shape, Training
from pipeline.science.training import batches
from pipeline.science.training_data import TrainingData, drawn
from pipeline.stages.train import parameters

ROOT = Path(__file__).resolve().parents[2]
STATED = {"batch_size": 10, "steps": 9, "learning_rate": 0.1, "weight_decay": 0.0}
LABELS = np.arange(40, dtype=np.int64)
CPU32 = (torch.device("cpu"), torch.float32)
DATA = TrainingData(np.zeros((40, 40), np.float32), LABELS, np.zeros((4, 40), np.float32))
SOURCES = ("initialisation", "order", "augmentation")


def bits(seeds: Seeds, augmentation: tuple[str, ...] = ("noise",)) -> dict[str, bytes]:
    """Return what each stream gives: initial weights, the order of labels, and the noise that is added to zeros."""
    settings = plain_cnn.Settings.model_validate({**STATED, "augmentation": augmentation})
    network = plain_cnn.build(settings, Shape(features=(40,), classes=40))
    initialise(network, seeds)
    weights = b"".join(parameter.detach().numpy().tobytes() for parameter in network.parameters())
    steps = list(batches(settings, DATA, seeds, 0, *CPU32))
    order, noise = (b"".join(step[place].numpy().tobytes() for step in steps) for place in (2, 1))
    return {"initialisation": weights, "order": order, "augmentation": noise}


@pytest.mark.parametrize("source", SOURCES)
def test_varying_one_stream_changes_its_bits_and_no_others(source: str) -> None:
    held, varied = bits(Seeds.of(1, 2)), bits(Seeds.of(1, 2, {source: 9}))
    assert [name for name in SOURCES if held[name] != varied[name]] == [source]


def test_switching_off_a_component_moves_neither_weights_nor_order() -> None:
    full, without = bits(Seeds.of(1, 2)), bits(Seeds.of(1, 2), ())
    assert [name for name in SOURCES if full[name] != without[name]] == ["augmentation"]


def test_a_sample_is_drawn_without_repeats_by_its_own_stream() -> None:
    first, again, other = (set(drawn(DATA, 20, 1, sample).train_y.tolist()) for sample in (5, 5, 6))
    assert first == again != other
    assert len(first) == 20
    assert np.array_equal(drawn(DATA, 20, 1, 5).validation_x, DATA.validation_x)


def test_each_run_of_the_shipped_design_is_told_its_own_streams_and_a_default_run_none() -> None:
    study = load_study(ROOT / "studies" / "variance" / "params.yaml")
    told = [parameters(study, {"variant": "full", "replicate": f"seed-{seed}"}) for seed in study.seeds.final]
    assert [params.streams for params in told] == list(cells(study).values())
    assert len({tuple(params.streams.values()) for params in told}) == 108
    default = parameters(load_study(ROOT / "params.yaml"), {"variant": "full", "replicate": "seed-200"})
    assert not {"streams", "sample_rows"} & set(default.model_dump())


def test_a_constant_schedule_is_constant_and_one_that_is_not_stated_is_not_dumped() -> None:
    from pipeline.science.optimiser import learning_rate

    constant = Training.model_validate({**STATED, "schedule": "constant"})
    assert {learning_rate(step, constant) for step in range(9)} == {0.1}
    assert constant.model_dump()["schedule"] == "constant"
    default = Training.model_validate(STATED)
    assert "schedule" not in default.model_dump()
    assert len({learning_rate(step, default) for step in range(9)}) > 5
