"""Prepare: the splits. Held-out rows, and the labels that models are scored by, become artefacts of their own."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.dealing import HELD_OUT, LABELS, SPLITS, Dealing, dealing
from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS, Study
from pipeline.science import datasets

if TYPE_CHECKING:
    from pipeline.io.splits import Dealt

HOME = "data/{part}"
HOMES = (SPLITS, LABELS[SPLITS], HELD_OUT, LABELS[HELD_OUT])
TRAINED_ON = HOMES[:2]
Params = Dealing


def parameters(study: Study, values: Mapping[str, str]) -> Params:
    """Return what prepare is told for one part; raise ParameterError for a part there is not."""
    part = f"data/{values['part']}"
    if part not in HOMES:
        parts = ", ".join(Path(name).name for name in HOMES)
        raise ParameterError(PARAMS, "data", f"has no part {values['part']}", f"parts are {parts}")
    return Params.model_validate(dealing(study, values["part"], is_trained_on=part in TRAINED_ON))


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the data set, which says what its publishers hold out."""
    return datasets.code(parameters["name"])


def run(params: Params, home: Path, *, raw: Path) -> None:
    """Write what models see of one part, or the labels that they are scored by on it.

    Seen are splits.safetensors {train_x, train_y, validation_x} and held_out.safetensors {x}: features as in raw
    [n, ...], labels int64 [n]; about.json tells a table's columns. Beside the splits lies probes.json, what the probes
    for leaks found; raises DataError where they found one that the study does not state. Scored by is
    labels.safetensors {y}.
    """
    from pipeline.io.splits import write_inputs, write_labels

    name = f"data/{params.part}"
    part = trained_on(raw, params.model_copy(update={"part": ""})) if name in TRAINED_ON else held_out(raw, params)
    if name in LABELS:
        write_inputs(home, part)
    else:
        write_labels(home, part, part.rows)


@functools.lru_cache(maxsize=1)
def trained_on(raw: Path, params: Params) -> "Dealt":
    """Return training and validation rows, probed once a process."""
    from pipeline.io.splits import SPLITS, Dealt, read_raw
    from pipeline.science.parts import drawn, training_part
    from pipeline.science.probes import Known

    arrays, about = read_raw(raw)
    known = Known(params.known_duplicates, params.known_giveaways)
    return Dealt(SPLITS, *training_part(arrays, about, drawn(params, len(arrays["y"])), known))


def held_out(raw: Path, params: Params) -> "Dealt":
    """Return all held-out rows."""
    from pipeline.io.splits import HELD_OUT, Dealt, read_raw
    from pipeline.science.parts import drawn, drawn_rows, held_out_part

    arrays, about = read_raw(raw)
    rows = drawn(params, len(arrays["y"]))
    return Dealt(HELD_OUT, *held_out_part(arrays, about, rows), drawn=drawn_rows(params, rows, len(arrays["y"])))
