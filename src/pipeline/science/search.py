"""Random search with an equal number of trials for every method."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from pipeline.base.seeds import generator
from pipeline.science.spaces import Range, Space, Value, parse_space

__all__ = ["Range", "Space", "Trial", "Value", "choose", "draw", "expected_best", "parse_space"]
DIGITS = 6


class Trial(BaseModel):
    """One draw of a method's hyper-parameters, and its validation accuracy for each selection seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trial: int
    hyperparameters: dict[str, Value]
    validation: tuple[float, ...]
    outcome: tuple[Literal["finished", "diverged", "crashed"], ...]

    @property
    def mean(self) -> float:
        """Return the mean accuracy over selection seeds, a run that diverged or crashed counting 0."""
        scores = [
            score if outcome == "finished" else 0.0
            for score, outcome in zip(self.validation, self.outcome, strict=True)
        ]
        return math.fsum(scores) / len(scores)


def draw(study_seed: int, method: str, trial: int, space: Space) -> dict[str, Value]:
    """Return a trial's hyper-parameters, each drawn from its own stream, floats to 6 significant digits."""
    return {
        name: drawn(described, generator(study_seed, "search", method, name, trial))
        for name, described in space.items()
    }


def drawn(described: Range, random: np.random.Generator) -> Value:
    """Return one value of a range."""
    if described.choice:
        return described.choice[int(random.integers(len(described.choice)))]
    if described.integer:
        return int(random.integers(described.integer[0], described.integer[1], endpoint=True))
    if described.log_uniform:
        low, high = map(math.log, described.log_uniform)
        return readable(math.exp(random.uniform(low, high)), *described.log_uniform)
    assert described.uniform is not None
    return readable(random.uniform(*described.uniform), *described.uniform)


def readable(value: float, low: float, high: float) -> float:
    """Return a value to 6 significant digits, inside its bounds."""
    return min(max(float(f"{value:.{DIGITS}g}"), low), high)


def choose(trials: Sequence[Trial]) -> int:
    """Return the index of the trial with the best mean validation accuracy, the lowest number among equals.

    Raises ValueError where there are no trials.
    """
    if not trials:
        raise ValueError("no trials to choose from")
    return min(range(len(trials)), key=lambda index: (-trials[index].mean, trials[index].trial))


def expected_best(validation: Sequence[float]) -> NDArray[np.float64]:
    """Return the expected best validation score after 1..n trials, float64 [n], from n scores.

    E[max of k] = sum_i v_(i) ((i / n)^k - ((i - 1) / n)^k) over the sorted scores v_(1) <= ... <= v_(n): k
    draws with replacement from the empirical distribution (Dodge et al. 2019, "Show Your Work", section 3.1).
    """
    scores = np.sort(np.asarray(validation, dtype=np.float64))
    below = np.arange(len(scores) + 1) / max(1, len(scores))
    draws = np.arange(1, len(scores) + 1)[:, None]
    best: NDArray[np.float64] = np.sum(scores * (below[1:] ** draws - below[:-1] ** draws), axis=1)
    return best
