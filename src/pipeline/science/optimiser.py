"""AdamW and its schedule."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.optim.adamw import adamw

from pipeline.science.settings import Training

WARM_UP = 0.3
FIRST_DECAY, SECOND_DECAY, EPSILON = 0.9, 0.999, 1e-8


def learning_rate(step: int, settings: Training) -> float:
    """Return the learning rate of a step under the stated schedule."""
    return settings.learning_rate if settings.schedule == "constant" else one_cycle(step, settings)


def one_cycle(step: int, settings: Training) -> float:
    """Return the learning rate of a step: up in a line over the first 30 % of steps, then down towards zero.

    A closed form of the step's middle (Smith & Topin 2019, arXiv 1708.07120): nothing of it needs saving.
    """
    done = (step + 0.5) / settings.steps
    return settings.learning_rate * min(done / WARM_UP, (1 - done) / (1 - WARM_UP))


class AdamW:
    """AdamW (Loshchilov & Hutter 2019) in torch's fused kernel, through its functional form.

    `torch.optim.AdamW` computes the same bits; constructing it imports `torch._dynamo`, which takes longer
    than a whole training run.
    """

    def __init__(self, parameters: Sequence[Tensor], weight_decay: float) -> None:
        self.parameters = list(parameters)
        self.weight_decay = weight_decay
        self.first_moments = [torch.zeros_like(parameter) for parameter in parameters]
        self.second_moments = [torch.zeros_like(parameter) for parameter in parameters]
        self.steps = [torch.zeros((), dtype=torch.float32, device=parameter.device) for parameter in parameters]

    def step(self, gradients: Sequence[Tensor], learning_rate: float) -> None:
        """Update the parameters in place.

        The fused kernel pairs elements in memory order, so a gradient is laid out as its parameter is first:
        `torch.autograd.grad` may return a transposed one, which it would apply to other weights without a word.
        """
        with torch.no_grad():
            adamw(
                self.parameters,
                [gradient.contiguous() for gradient in gradients],
                self.first_moments,
                self.second_moments,
                [],
                self.steps,
                fused=True,
                amsgrad=False,
                beta1=FIRST_DECAY,
                beta2=SECOND_DECAY,
                lr=learning_rate,
                weight_decay=self.weight_decay,
                eps=EPSILON,
                maximize=False,
            )
