"""Prepare: the splits. What is held out becomes an artefact of its own, which only evaluate reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS, Frozen, Study

HOME = "data/{part}"
PARTS = ("splits", "held_out")


class Params(Frozen):
    """Which part, how many rows each split takes, and what the probes for leaks may find in the splits."""

    part: str
    name: str
    train: int
    validation: int
    held_out: int
    study_seed: int
    validation_within_training: Annotated[bool, Field(exclude_if=lambda within: not within)] = False
    known_duplicates: Annotated[int, Field(exclude_if=lambda known: not known)] = 0
    known_giveaways: Annotated[tuple[int, ...], Field(exclude_if=lambda known: not known)] = ()


def parameters(study: Study, values: Mapping[str, str]) -> Params:
    """Return what prepare is told for one part; raise ParameterError for a part there is not."""
    if values["part"] not in PARTS:
        raise ParameterError(PARAMS, "data", f"has no part {values['part']}", f"parts are {', '.join(PARTS)}")
    data = study.data
    splits = values["part"] == "splits"
    return Params(
        part=values["part"],
        name=data.name,
        train=data.train,
        validation=data.validation,
        held_out=data.held_out,
        study_seed=study.study.seed,
        validation_within_training=data.validation_within_training,
        known_duplicates=data.known_duplicates if splits else 0,
        known_giveaways=tuple(data.known_giveaways) if splits else (),
    )


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the data set, which says what its publishers hold out."""
    return (f"pipeline.science.datasets.{parameters['name']}",)


def run(params: Params, home: Path, *, raw: Path) -> None:
    """Write one part: splits.safetensors {train_x, train_y, validation_x, validation_y} or held_out.safetensors {x, y}.

    Features are as in raw [n, ...], labels int64 [n]; about.json tells a table's columns. Beside the splits lies
    probes.json, what the probes for leaks found; raises DataError where they found one that the study does not state.
    """
    from pipeline.io.files import read_json, read_tensors, write_json, write_tensors
    from pipeline.io.splits import PROBES
    from pipeline.science.methods import published_training_rows
    from pipeline.science.parts import held_out_part, training_part
    from pipeline.science.probes import Known
    from pipeline.science.splits import Sizes, split

    arrays, about = read_tensors(raw / "raw.safetensors"), read_json(raw / "about.json")
    count = len(arrays["y"])
    sizes = Sizes(
        train=params.train,
        validation=params.validation,
        held_out=params.held_out,
        within_training=params.validation_within_training,
    )
    rows = split(count, published_training_rows(params.name, count), sizes, params.study_seed)
    if params.part == "splits":
        known = Known(params.known_duplicates, params.known_giveaways)
        tensors, told, found = training_part(arrays, about, rows, known)
        write_json(home / PROBES, found)
    else:
        tensors, told = held_out_part(arrays, about, rows)
    write_tensors(home / f"{params.part}.safetensors", tensors)
    write_json(home / "about.json", told)
