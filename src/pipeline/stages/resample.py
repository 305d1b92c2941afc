"""Resample: each fold of repeated cross-validation. What it holds out is an artefact that only evaluate reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.base.dealing import Dealing, dealing
from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS, Study
from pipeline.base.resampling import FOLDS, TESTED, fold_names, place_of
from pipeline.science import datasets

HOME = "data/{part}/{fold}"


class Params(Dealing):
    """Of which fold, in which repeat, of how many folds it is a part."""

    folds: int
    repeat: int
    fold: int


def parameters(study: Study, values: Mapping[str, str]) -> Params:
    """Return what resample is told for one part of one fold; raise ParameterError for a fold there is not."""
    resampling, part = study.data.resampling, values["part"]
    known = fold_names(resampling) if resampling else []
    if resampling is None or values["fold"] not in known or f"data/{part}" not in (FOLDS, TESTED):
        problem = f"has no fold {part}/{values['fold']}"
        raise ParameterError(PARAMS, "data.resampling", problem, "see `pipeline plan` for those there are")
    repeat, fold = place_of(values["fold"])
    told = dealing(study, part, is_trained_on=f"data/{part}" == FOLDS)
    return Params.model_validate({**told, "folds": resampling.folds, "repeat": repeat, "fold": fold})


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the data set, which says what its publishers hold out."""
    return datasets.code(parameters["name"])


def run(params: Params, home: Path, *, raw: Path) -> None:
    """Write one part of a fold, as prepare writes splits and held-out rows; raise DataError for leaks across it."""
    from pipeline.io.files import read_json, read_tensors
    from pipeline.io.splits import write_held_out, write_splits
    from pipeline.science.folds import fold_splits
    from pipeline.science.order_probes import OF_FOLDS
    from pipeline.science.parts import drawn, held_out_part, training_part
    from pipeline.science.probes import Known

    arrays, about = read_tensors(raw / "raw.safetensors"), read_json(raw / "about.json")
    rows = drawn(params, len(arrays["y"]))
    chosen = fold_splits(rows, params.folds, params.repeat, params.fold, params.study_seed)
    if f"data/{params.part}" == TESTED:
        write_held_out(home, *held_out_part(arrays, about, chosen))
    else:
        known = Known(params.known_duplicates, params.known_giveaways)
        write_splits(home, *training_part(arrays, about, chosen, known, OF_FOLDS))
