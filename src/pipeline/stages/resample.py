"""Resample: each fold of repeated cross-validation. What it holds out is an artefact that only evaluate reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS, Frozen, Study
from pipeline.base.resampling import FOLDS, TESTED, fold_names, place_of

HOME = "data/{part}/{fold}"


class Params(Frozen):
    """Which part of which fold, how many rows are dealt and kept from dealing, and what the probes may find."""

    part: str
    name: str
    train: int
    validation: int
    held_out: int
    study_seed: int
    folds: int
    repeat: int
    fold: int
    validation_within_training: Annotated[bool, Field(exclude_if=lambda within: not within)] = False
    known_duplicates: Annotated[int, Field(exclude_if=lambda known: not known)] = 0
    known_giveaways: Annotated[tuple[int, ...], Field(exclude_if=lambda known: not known)] = ()


def parameters(study: Study, values: Mapping[str, str]) -> Params:
    """Return what resample is told for one part of one fold; raise ParameterError for a fold there is not."""
    data = study.data
    known = fold_names(data.resampling) if data.resampling else []
    if data.resampling is None or values["fold"] not in known or f"data/{values['part']}" not in (FOLDS, TESTED):
        problem = f"has no fold {values['part']}/{values['fold']}"
        raise ParameterError(PARAMS, "data.resampling", problem, "see `pipeline plan` for those there are")
    repeat, fold = place_of(values["fold"])
    trains = f"data/{values['part']}" == FOLDS
    return Params(
        part=values["part"],
        name=data.name,
        train=data.train,
        validation=data.validation,
        held_out=data.held_out,
        study_seed=study.study.seed,
        folds=data.resampling.folds,
        repeat=repeat,
        fold=fold,
        validation_within_training=data.validation_within_training,
        known_duplicates=data.known_duplicates if trains else 0,
        known_giveaways=tuple(data.known_giveaways) if trains else (),
    )


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the data set, which says what its publishers hold out."""
    return (f"pipeline.science.datasets.{parameters['name']}",)


def run(params: Params, home: Path, *, raw: Path) -> None:
    """Write one part of a fold, as prepare writes splits and held-out rows; raise DataError for leaks across it."""
    from pipeline.io.files import read_json, read_tensors, write_json, write_tensors
    from pipeline.io.splits import PROBES
    from pipeline.science.folds import fold_splits
    from pipeline.science.methods import published_training_rows
    from pipeline.science.order_probes import OF_FOLDS
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
    chosen = fold_splits(rows, params.folds, params.repeat, params.fold, params.study_seed)
    if f"data/{params.part}" == TESTED:
        tensors, told = held_out_part(arrays, about, chosen)
        write_tensors(home / "held_out.safetensors", tensors)
    else:
        known = Known(params.known_duplicates, params.known_giveaways)
        tensors, told, found = training_part(arrays, about, chosen, known, OF_FOLDS)
        write_json(home / PROBES, found)
        write_tensors(home / "splits.safetensors", tensors)
    write_json(home / "about.json", told)
