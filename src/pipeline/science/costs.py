"""Deterministic costs of a neural run, counted from its operations; no clock is read."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import torch
import torch.nn.functional as F  # noqa: N812 (the field's name for it)
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from pipeline.science.settings import RunCosts, Shape, Training

Settings = TypeVar("Settings", bound=Training)
FLOAT_BYTES = 4


class FlopCounter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts FLOPs as `torch.utils.flop_counter.FlopCounterMode` does, without importing `torch._dynamo`.

    Matrix products, convolutions and attention, a multiply-add counted as two; element-wise work is left out.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # torch would import its compiler, a second of CPU time, to keep it out of this class

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation, and count it if it has a FLOP formula."""
        keywords = kwargs or {}
        value = func(*args, **keywords)
        if formula := flop_registry.get(func.overloadpacket):
            self.total += int(formula(*args, **keywords, out_val=value))
        return value


def run_costs(build: Callable[[Settings, Shape], nn.Module], settings: Settings, shape: Shape) -> RunCosts:
    """Return what training for all its steps costs; counted once a process for equal settings.

    FLOPs of a prediction are one forward pass of one example; those of training are one forward and backward
    pass of a batch, times steps. Examples seen count repeats; bytes seen are their float32 features.
    """
    return counted(build, settings, shape)


@cache
def counted(build: Callable[[Any, Shape], nn.Module], settings: Training, shape: Shape) -> RunCosts:
    """Count the operations of one prediction and one training step."""
    with torch.random.fork_rng([]):
        network = build(settings, shape)
    examples_seen = settings.steps * settings.batch_size
    return RunCosts(
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        flops_per_example=prediction_flops(network, shape),
        training_flops=settings.steps * step_flops(network, shape, settings.batch_size),
        examples_seen=examples_seen,
        bytes_seen=examples_seen * shape.size * FLOAT_BYTES,
    )


def prediction_flops(network: nn.Module, shape: Shape) -> int:
    """Return the FLOPs of the logits of one example."""
    network.eval()
    with torch.no_grad(), FlopCounter() as counter:
        network(torch.zeros(1, *shape.features))
    return int(counter.total)


def step_flops(network: nn.Module, shape: Shape, batch_size: int) -> int:
    """Return the FLOPs of one forward and backward pass of a batch."""
    network.train()
    labels = torch.zeros(batch_size, dtype=torch.int64)
    with FlopCounter() as counter:
        loss = F.cross_entropy(network(torch.zeros(batch_size, *shape.features)), labels)
        torch.autograd.grad(loss, list(network.parameters()))
    return int(counter.total)
