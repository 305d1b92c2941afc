"""Initial weights, drawn by parameter name."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import nn

from pipeline.base.seeds import generator


@dataclass(frozen=True)
class Seeds:
    """The study's seed and one seed a source of variation, so that each source can be varied alone."""

    study: int
    initialisation: int
    order: int
    augmentation: int

    @classmethod
    def of(cls, study: int, seed: int, streams: Mapping[str, int] | None = None) -> Self:
        """Return the seeds of a run: its own for every source but those that `streams` gives one of their own."""
        own = streams or {}
        return cls(study, *(own.get(source, seed) for source in ("initialisation", "order", "augmentation")))


def initialise(network: nn.Module, seeds: Seeds) -> None:
    """Draw every weight of two or more dimensions from a stream of its own name; leave the others constant.

    Weights are uniform with variance 1 / fan-in (LeCun et al. 1998); scales of norms are one, and biases and
    positions, whatever their module put there, zero. Removing a component therefore leaves the initial bits
    of all other parameters alone, and torch's own generator has no part in it.
    """
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("weight") and parameter.ndim >= 2:
                bound = math.sqrt(3 / math.prod(parameter.shape[1:]))
                random = generator(seeds.study, "initialisation", seeds.initialisation, name)
                drawn = random.uniform(-bound, bound, tuple(parameter.shape))
                parameter.copy_(torch.from_numpy(drawn.astype(np.float32)))
            else:
                parameter.fill_(1.0 if name.endswith("weight") else 0.0)
