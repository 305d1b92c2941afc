from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.science.optimiser import AdamW, one_cycle
from pipeline.science.settings import Training

torch.set_num_threads(1)


def training(steps: int, learning_rate: float = 0.1) -> Training:
    return Training(batch_size=1, steps=steps, learning_rate=learning_rate, weight_decay=0.0)


def test_a_gradient_in_another_memory_order_moves_the_same_weights() -> None:
    torch.manual_seed(0)
    start, gradient = torch.randn(5, 3), torch.randn(3, 5).t()
    assert not gradient.is_contiguous()
    found = []
    for laid_out in (gradient, gradient.contiguous()):
        weight = start.clone().requires_grad_()
        AdamW([weight], weight_decay=0.05).step([laid_out], 0.1)
        found.append(weight.detach())
    assert torch.equal(*found)


def test_adamw_computes_the_same_bits_as_torchs_optimiser() -> None:
    torch.manual_seed(0)
    start = [torch.randn(5, 3), torch.randn(7)]
    ours = [value.clone().requires_grad_() for value in start]
    theirs = [value.clone().requires_grad_() for value in start]
    optimiser = AdamW(ours, weight_decay=0.05)
    reference = torch.optim.AdamW(theirs, lr=0.1, weight_decay=0.05, fused=True)
    for step in range(1, 20):
        gradients = [torch.randn_like(value) for value in start]
        optimiser.step(gradients, 0.1 / step)
        for group in reference.param_groups:
            group["lr"] = 0.1 / step
        for value, gradient in zip(theirs, gradients, strict=True):
            value.grad = gradient.clone()
        reference.step()
    assert all(torch.equal(mine, other) for mine, other in zip(ours, theirs, strict=True))


@given(st.integers(min_value=1, max_value=500))
def test_the_schedule_is_positive_never_above_its_peak_and_rises_then_falls(steps: int) -> None:
    rates = [one_cycle(step, training(steps)) for step in range(steps)]
    peak = rates.index(max(rates))
    assert min(rates) > 0
    assert max(rates) <= 0.1 * (1 + 1e-9)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


def test_the_schedule_peaks_after_three_tenths_and_ends_near_zero() -> None:
    rates = [one_cycle(step, training(300)) for step in range(300)]
    assert rates.index(max(rates)) in (89, 90)
    assert max(rates) == pytest.approx(0.1, rel=0.01)
    assert rates[-1] < 0.001


def test_an_optimiser_step_does_not_import_torchs_compiler(elsewhere: dict[str, Any]) -> None:
    assert elsewhere["after_a_step"] == {"moved": True, "compiler": False}
