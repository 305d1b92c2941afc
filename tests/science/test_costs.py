from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from pipeline.science.costs import prediction_flops, run_costs, step_flops
from pipeline.science.models import load
from pipeline.science.settings import Shape, Training

torch.set_num_threads(1)
SHAPE = Shape(features=(40,), classes=10)
SETTINGS = Training(batch_size=5, steps=7, learning_rate=0.1, weight_decay=0.0)


def linear(settings: Training, shape: Shape) -> nn.Module:
    return nn.Linear(shape.size, shape.classes)


def test_the_costs_of_one_linear_layer_are_those_counted_by_hand() -> None:
    costs = run_costs(linear, SETTINGS, SHAPE)
    assert costs.parameters == 40 * 10 + 10
    assert costs.flops_per_example == 2 * 40 * 10
    # forward, and the gradient of the weights; the input of the first layer needs none
    assert costs.training_flops == 7 * (5 * 2 * 40 * 10 + 5 * 2 * 40 * 10)
    assert costs.examples_seen == 35
    assert costs.bytes_seen == 35 * 40 * 4


def test_the_costs_of_convolutions_of_images_are_those_counted_by_hand() -> None:
    module = load("image_network")
    stated = {"stem": "conv", "mixer": "none", "batch_size": 5, "steps": 7, "learning_rate": 0.1, "weight_decay": 0.1}
    costs = run_costs(module.build, module.Settings.model_validate(stated), Shape(features=(28, 28), classes=10))
    first, second, head = 14 * 14 * 16 * 5 * 5, 7 * 7 * 32 * 3 * 3 * 16, 7 * 7 * 32 * 10
    assert costs.flops_per_example == 2 * (first + second + head)
    # forward, the gradient of the weights, and that of the input, which the first layer needs not
    assert costs.training_flops == 7 * 5 * 2 * (2 * first + 3 * second + 3 * head)
    assert costs.bytes_seen == 35 * 28 * 28 * 4


@pytest.mark.parametrize("stem", ["conv", "patch"])
def test_flops_agree_with_torchs_counter(stem: str) -> None:
    module = load("sequence_network")
    stated = {"stem": stem, "mixer": "attention", "batch_size": 5, "steps": 7, "learning_rate": 0.1}
    network = module.build(module.Settings.model_validate(stated | {"weight_decay": 0.1}), SHAPE)
    with FlopCounterMode(display=False) as training:
        loss = F.cross_entropy(network(torch.zeros(5, 40)), torch.zeros(5, dtype=torch.int64))
        torch.autograd.grad(loss, list(network.parameters()))
    assert step_flops(network, SHAPE, 5) == training.get_total_flops()
    with FlopCounterMode(display=False) as prediction, torch.no_grad():
        network.eval()(torch.zeros(1, 40))
    assert prediction_flops(network, SHAPE) == prediction.get_total_flops()


def test_counting_neither_draws_from_torchs_generator_nor_imports_its_compiler(elsewhere: dict[str, Any]) -> None:
    assert elsewhere["after_counting"] == {"drew": False, "compiler": False}
