"""Fetch: the raw data set, obtained by name and pinned by digest."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from pipeline.base.errors import DataError
from pipeline.base.params import PARAMS, Frozen, Image, Study, is_unset
from pipeline.science import datasets

HOME = "data/raw"
MANY = ("source",)


class Params(Frozen):
    """Which data set, the digest its arrays must have, and how a table's columns or images are read."""

    name: str
    seed: int
    source: str | None
    sha256: str
    label: Annotated[str | None, Field(exclude_if=is_unset)] = None
    nominal: Annotated[list[str] | None, Field(exclude_if=is_unset)] = None
    drop: Annotated[list[str] | None, Field(exclude_if=is_unset)] = None
    image: Annotated[Image | None, Field(exclude_if=is_unset)] = None

    def options(self) -> dict[str, Any]:
        """Return what the study states of a table's columns, or of images."""
        return self.model_dump(include={"label", "nominal", "drop", "image"})


def parameters(study: Study, values: Mapping[str, str]) -> Params:  # noqa: ARG001
    """Return what fetch is told."""
    return Params.model_validate(study.data.model_dump(include=set(Params.model_fields)))


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the data set."""
    return datasets.code(parameters["name"])


def run(params: Params, home: Path, *, source: Sequence[Path] = ()) -> None:
    """Write raw.safetensors {x [n, ...], y int64 [n]}, rows in published order; raise DataError on another digest.

    Beside it lies about.json, which says of a table what its columns and codes stand for.
    """
    from pipeline.io.files import write_json, write_tensors
    from pipeline.science.datasets import digest
    from pipeline.science.methods import dataset
    from pipeline.science.table import in_parts

    x, y, described = in_parts(dataset(params.name).load(params.seed, *source, **params.options()))
    found = digest(x, y, described)
    if found != params.sha256:
        origin = source[0] if source else f"the data set {params.name}"
        raise DataError(
            f"{PARAMS}: data.sha256: {origin} has the digest {found}, not the pinned {params.sha256}; "
            "restore the pinned data, or pin the new digest if the change is meant"
        )
    write_tensors(home / "raw.safetensors", {"x": x, "y": y})
    write_json(home / "about.json", {"name": params.name, "sha256": found, "rows": len(y), **described})
