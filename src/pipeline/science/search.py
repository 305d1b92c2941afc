"""Random search with an equal number of trials for every method."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.base.seeds import generator

DIGITS = 6
Finite = Annotated[float, Field(allow_inf_nan=False)]
Value = float | int | str | bool


class Range(BaseModel):
    """How one hyper-parameter is drawn: exactly one of the four."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    log_uniform: Annotated[tuple[Finite, Finite], Field(strict=False)] | None = None
    uniform: Annotated[tuple[Finite, Finite], Field(strict=False)] | None = None
    integer: Annotated[tuple[int, int], Field(strict=False)] | None = None
    choice: Annotated[tuple[Value, ...], Field(strict=False, min_length=1)] | None = None

    @property
    def kind(self) -> Literal["log_uniform", "uniform", "integer", "choice"]:
        """Return which of the four it is."""
        for kind in ("log_uniform", "uniform", "integer"):
            if getattr(self, kind) is not None:
                return kind
        return "choice"

    @model_validator(mode="after")
    def one_kind_in_order(self) -> Self:
        """Refuse none or several kinds, an empty or reversed range, and a repeated choice."""
        if len(self.model_fields_set) != 1 or getattr(self, self.kind) is None:
            raise ValueError("state exactly one of log_uniform, uniform, integer and choice")
        bounds = self.log_uniform or self.uniform or self.integer
        if bounds and bounds[0] >= bounds[1]:
            raise ValueError(f"{self.kind} is [low, high] with low below high, not {list(bounds)}")
        if self.log_uniform and self.log_uniform[0] <= 0:
            raise ValueError(f"log_uniform needs a low above zero, not {self.log_uniform[0]}")
        if self.choice and len({repr(value) for value in self.choice}) < len(self.choice):
            raise ValueError("choice states a value twice")
        return self


Space = dict[str, Range]


class Trial(BaseModel):
    """One draw of a method's hyper-parameters, and its validation accuracy for each selection seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trial: int
    hyperparameters: dict[str, Value]
    validation: tuple[float, ...]
    outcome: tuple[Literal["finished", "diverged"], ...]

    @property
    def mean(self) -> float:
        """Return the mean accuracy over selection seeds, a diverged run counting 0."""
        scores = [
            score if outcome == "finished" else 0.0
            for score, outcome in zip(self.validation, self.outcome, strict=True)
        ]
        return math.fsum(scores) / len(scores)


def parse_space(stated: Mapping[str, Mapping[str, Any]]) -> Space:
    """Return a search space; raise ValueError naming the hyper-parameter that is not well stated."""
    space = {}
    for name, described in stated.items():
        try:
            space[name] = Range.model_validate(dict(described))
        except ValidationError as error:
            first = error.errors()[0]
            at = ".".join([name, *map(str, first["loc"])])
            raise ValueError(f"{at}: {first['msg'].removeprefix('Value error, ')}") from None
    return space


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
