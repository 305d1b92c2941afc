"""Fetch: the raw data set, obtained by name and pinned by digest."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.base.errors import DataError
from pipeline.base.params import PARAMS, Frozen, Study

HOME = "data/raw"
MANY = ("source",)


class Params(Frozen):
    """Which data set, and the digest its arrays must have."""

    name: str
    seed: int
    source: str | None
    sha256: str


def parameters(study: Study, values: Mapping[str, str]) -> Params:  # noqa: ARG001
    """Return what fetch is told."""
    data = study.data
    return Params(name=data.name, seed=data.seed, source=data.source, sha256=data.sha256)


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the data set."""
    return (f"pipeline.science.datasets.{parameters['name']}",)


def run(params: Params, home: Path, *, source: Sequence[Path] = ()) -> None:
    """Write raw.safetensors {x [n, ...], y int64 [n]}, rows in published order; raise DataError on another digest."""
    from pipeline.io.files import write_json, write_tensors
    from pipeline.science.datasets import digest
    from pipeline.science.methods import dataset

    x, y = dataset(params.name).load(params.seed, *source)
    found = digest(x, y)
    if found != params.sha256:
        origin = source[0] if source else f"the data set {params.name}"
        raise DataError(
            f"{PARAMS}: data.sha256: {origin} has the digest {found}, not the pinned {params.sha256}; "
            "restore the pinned data, or pin the new digest if the change is meant"
        )
    write_tensors(home / "raw.safetensors", {"x": x, "y": y})
    write_json(home / "about.json", {"name": params.name, "sha256": found, "rows": len(y)})
