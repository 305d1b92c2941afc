"""Search spaces: how each hyper-parameter is drawn. Light, for whoever parses a study."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

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

    def ends(self) -> tuple[Value, Value]:
        """Return both ends of a range, or the first and last of the choices."""
        listed: Sequence[Value] = self.log_uniform or self.uniform or self.integer or self.choice or ()
        return listed[0], listed[-1]

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
