"""Settings that every model shares, and what a model costs: light, for whoever parses a study."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Augmentation = Literal["roll", "scale", "shear", "noise"]
Count = Annotated[int, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Schedule = Literal["one_cycle", "constant"]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Frozen(BaseModel):
    """A model that cannot change, knows no other keys and converts nothing silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Shape(Frozen):
    """What a data set asks of a model: the shape of one example and the number of classes."""

    features: Annotated[tuple[Count, ...], Field(strict=False, min_length=1)]
    classes: Annotated[int, Field(ge=2)]

    @property
    def size(self) -> int:
        """Return how many values one example has."""
        size = 1
        for length in self.features:
            size *= length
        return size


class Training(Frozen):
    """How a neural model is trained, the same for every variant; a model's own Settings add its architecture.

    `learning_rate` is the peak of the one-cycle schedule, or that of every step where the `schedule` is constant; a
    schedule that is not stated is not dumped either. `ema` is the decay of an exponential moving average
    of the weights, which is then what is evaluated and saved; 0 switches it off.
    """

    batch_size: Count
    steps: Count
    learning_rate: Rate
    weight_decay: NonNegative
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    augmentation: Annotated[tuple[Augmentation, ...], Field(strict=False)] = ()
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.0
    schedule: Annotated[Schedule, Field(exclude_if=lambda stated: stated == "one_cycle")] = "one_cycle"

    @model_validator(mode="after")
    def each_augmentation_once(self) -> Self:
        """Refuse an augmentation that is named twice."""
        if len(set(self.augmentation)) < len(self.augmentation):
            raise ValueError("names an augmentation twice")
        return self


class Estimator(Frozen):
    """Settings of a scikit-learn model; each model's own Settings add its fields."""


class Program(Frozen):
    """Settings of a model that is a program in another language; each model's own Settings add its fields.

    `compiler` is the first line that the compiler says of its version: another one may make other bits, and is refused.
    """

    compiler: Annotated[str, Field(min_length=1)]


class Compute(Frozen):
    """Where and in which precision a network is trained: part of a run's identity, since it moves bits."""

    device: Literal["cpu", "cuda"] = "cpu"
    precision: Literal["float32", "float64"] = "float32"


class ModelCosts(Frozen):
    """What a fitted model costs to keep and to use: stored numbers, and FLOPs for one predicted example."""

    parameters: Annotated[int, Field(ge=0)]
    flops_per_example: Annotated[int, Field(ge=0)]


class RunCosts(ModelCosts):
    """What a run costs in all; `training_flops` is None where a library does not say what its solver does."""

    training_flops: int | None
    examples_seen: int
    bytes_seen: int
