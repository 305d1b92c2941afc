"""Settings that every model shares, and what a model costs: light, for whoever parses a study."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Augmentation = Literal["roll", "scale", "shear", "noise"]
Count = Annotated[int, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Schedule = Literal["one_cycle", "constant"]
Scaling = Literal["standard", "quantile"]
Encoding = Literal["one_hot", "embedding"]
Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Frozen(BaseModel):
    """A model that cannot change, knows no other keys and converts nothing silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Column(Frozen):
    """One column of a table: a number, or one of `categories` by its code 0, 1, …; `missing`: some are NaN."""

    name: str
    kind: Literal["numeric", "nominal"]
    categories: Annotated[tuple[str, ...], Field(strict=False)] = ()
    missing: bool = False


class Shape(Frozen):
    """What a data set asks of a model: the shape of one example, the number of classes and, of a table, its columns."""

    features: Annotated[tuple[Count, ...], Field(strict=False, min_length=1)]
    classes: Annotated[int, Field(ge=2)]
    columns: Annotated[tuple[Column, ...] | None, Field(strict=False)] = None

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> Self:
        """Return the shape of which a data artefact's about.json speaks."""
        return cls.model_validate({name: about[name] for name in cls.model_fields if name in about})

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
