"""Settings that every model shares, and what a model costs: light, for whoever parses a study."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

OfSequences = Literal["roll", "scale", "shear", "noise"]
OfImages = Literal["crop", "flip"]
Augmentation = OfSequences | OfImages
CURVE_EVERY = 25
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
    of the weights, which is then what is evaluated and saved; 0 switches it off. The learning curve has a point every
    `curve_every` steps, and one at the end; one that is not stated is not dumped.
    """

    transforms: ClassVar[tuple[str, ...]] = get_args(OfSequences)

    batch_size: Count
    steps: Count
    learning_rate: Rate
    weight_decay: NonNegative
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    augmentation: Annotated[tuple[Augmentation, ...], Field(strict=False)] = ()
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.0
    schedule: Annotated[Schedule, Field(exclude_if=lambda stated: stated == "one_cycle")] = "one_cycle"
    curve_every: Annotated[Count, Field(exclude_if=lambda stated: stated == CURVE_EVERY)] = CURVE_EVERY

    @field_validator("augmentation")
    @classmethod
    def each_augmentation_once(cls, names: tuple[Augmentation, ...]) -> tuple[Augmentation, ...]:
        """Refuse an augmentation that is named twice, or is of another kind of example than the model's."""
        if len(set(names)) < len(names):
            raise ValueError("names an augmentation twice")
        if foreign := sorted(set(names) - set(cls.transforms)):
            raise ValueError(f"{foreign[0]} is not one of this model's ({', '.join(cls.transforms)})")
        return names

    def augmented(self, x: "NDArray[np.float32]", *stream: str | int) -> "NDArray[np.float32]":
        """Return sequences [n, length] after the stated transforms; each draws from (*stream, its name)."""
        from pipeline.science.augmentation import augmented

        return augmented(x, self.augmentation, *stream)


class ImageTraining(Training):
    """How a model of images is trained: as any other, with transforms of images."""

    transforms: ClassVar[tuple[str, ...]] = get_args(OfImages)

    def augmented(self, x: "NDArray[np.float32]", *stream: str | int) -> "NDArray[np.float32]":
        """Return images [n, ..., height, width] after the stated transforms; each draws from (*stream, its name)."""
        from pipeline.science.image_augmentation import augmented

        return augmented(x, self.augmentation, *stream)


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
