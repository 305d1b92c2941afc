"""Resample: each fold of repeated cross-validation. What it holds out is an artefact that only evaluate reads."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.dealing import FOLDS, LABELS, TESTED, Dealing, dealing
from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS, Study
from pipeline.base.resampling import fold_names, place_of
from pipeline.science import datasets

if TYPE_CHECKING:
    from pipeline.io.splits import Dealt
    from pipeline.science.splits import Splits

HOME = "data/{part}/{fold}"
HOMES = (FOLDS, LABELS[FOLDS], TESTED, LABELS[TESTED])
TRAINED_ON = HOMES[:2]


class Params(Dealing):
    """Of which fold, in which repeat, of how many folds it is a part."""

    folds: int
    repeat: int
    fold: int


def parameters(study: Study, values: Mapping[str, str]) -> Params:
    """Return what resample is told for one part of one fold; raise ParameterError for a fold there is not."""
    resampling, part = study.data.resampling, f"data/{values['part']}"
    known = fold_names(resampling) if resampling else []
    if resampling is None or values["fold"] not in known or part not in HOMES:
        problem = f"has no fold {values['part']}/{values['fold']}"
        raise ParameterError(PARAMS, "data.resampling", problem, "see `pipeline plan` for those there are")
    repeat, fold = place_of(values["fold"])
    told = dealing(study, values["part"], is_trained_on=part in TRAINED_ON)
    return Params.model_validate({**told, "folds": resampling.folds, "repeat": repeat, "fold": fold})


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the data set, which says what its publishers hold out."""
    return datasets.code(parameters["name"])


def run(params: Params, home: Path, *, raw: Path) -> None:
    """Write one part of a fold, or its labels, as prepare writes them; raise DataError for leaks across it.

    Labels are named by the digest of all the rows that are dealt into folds.
    """
    from pipeline.io.splits import write_inputs, write_labels

    name = f"data/{params.part}"
    part = trained_on(raw, params.model_copy(update={"part": ""})) if name in TRAINED_ON else tested(raw, params)
    if name in LABELS:
        write_inputs(home, part)
    else:
        of_all = params.model_copy(update={"part": "", "repeat": 0, "fold": 0})
        write_labels(home, part, all_rows(raw, of_all))


@functools.lru_cache(maxsize=1)
def trained_on(raw: Path, params: Params) -> "Dealt":
    """Return the rows that a fold trains on, and validation ones, probed once a process."""
    from pipeline.io.splits import SPLITS, Dealt, read_raw
    from pipeline.science.order_probes import OF_FOLDS
    from pipeline.science.parts import training_part
    from pipeline.science.probes import Known

    arrays, about = read_raw(raw)
    known = Known(params.known_duplicates, params.known_giveaways)
    return Dealt(SPLITS, *training_part(arrays, about, dealt(params, len(arrays["y"])), known, OF_FOLDS))


def tested(raw: Path, params: Params) -> "Dealt":
    """Return the rows that a fold holds out."""
    from pipeline.io.splits import HELD_OUT, Dealt, read_raw
    from pipeline.science.parts import drawn_rows, held_out_part

    arrays, about = read_raw(raw)
    rows = dealt(params, len(arrays["y"]))
    return Dealt(HELD_OUT, *held_out_part(arrays, about, rows), drawn=drawn_rows(params, rows, len(arrays["y"])))


@functools.lru_cache(maxsize=2)  # training and held-out parts state other known copies
def all_rows(raw: Path, params: Params) -> str:
    """Return the digest of all the rows that are dealt into folds."""
    from pipeline.io.splits import HELD_OUT, Dealt, read_raw
    from pipeline.science.parts import drawn, held_out_part

    arrays, about = read_raw(raw)
    return Dealt(HELD_OUT, *held_out_part(arrays, about, drawn(params, len(arrays["y"])))).rows


def dealt(params: Params, rows: int) -> "Splits":
    """Return which of so many rows a fold trains on and holds out."""
    from pipeline.science.folds import fold_splits
    from pipeline.science.parts import drawn

    return fold_splits(drawn(params, rows), params.folds, params.repeat, params.fold, params.study_seed)
