import numpy as np
import torch
from torch import nn

from pipeline.science.checkpoints import tensors_of
from pipeline.science.initialisation import Seeds, initialise
from pipeline.science.models import sequence_network
from pipeline.science.settings import Shape

SHAPE = Shape(features=(40,), classes=10)


def initial(mixer: str, seeds: Seeds) -> dict[str, np.ndarray]:
    stated = {"stem": "conv", "batch_size": 50, "steps": 3, "learning_rate": 0.1, "weight_decay": 0.1}
    settings = sequence_network.Settings.model_validate(stated | {"mixer": mixer})
    network = sequence_network.build(settings, SHAPE)
    initialise(network, seeds)
    return tensors_of(network)


def test_removing_a_component_leaves_the_other_initial_weights_alone() -> None:
    full, without = initial("attention", Seeds.of(1, 2)), initial("none", Seeds.of(1, 2))
    assert set(without) < set(full)
    assert all(np.array_equal(full[name], without[name]) for name in without)


def test_initial_weights_depend_on_seed_and_name_and_not_on_torchs_generator() -> None:
    torch.manual_seed(1)
    first = initial("attention", Seeds.of(1, 2))
    torch.manual_seed(2)
    second = initial("attention", Seeds.of(1, 2))
    other = initial("attention", Seeds.of(1, 3))
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert not np.array_equal(first["head.weight"], other["head.weight"])


def test_weights_of_one_shape_are_drawn_apart_by_name() -> None:
    network = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    initialise(network, Seeds.of(1, 2))
    one, other = (tensors_of(network)[f"{place}.weight"] for place in (0, 1))
    assert not np.array_equal(one, other)


def test_one_source_can_be_varied_alone() -> None:
    base = Seeds(study=1, initialisation=2, order=2, augmentation=2)
    reordered = Seeds(study=1, initialisation=2, order=9, augmentation=2)
    assert Seeds.of(1, 2) == base
    assert np.array_equal(initial("none", base)["head.weight"], initial("none", reordered)["head.weight"])


def test_weights_have_variance_one_over_fan_in() -> None:
    weight = initial("attention", Seeds.of(1, 2))["mixer.queries_keys_values.weight"]
    assert abs(weight.var() * 24 - 1) < 0.1
    assert np.abs(weight).max() <= np.sqrt(3 / 24)
