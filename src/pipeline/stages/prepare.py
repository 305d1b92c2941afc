"""Prepare: the splits. What is held out becomes an artefact of its own, which only evaluate reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.base.dealing import Dealing, dealing
from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS, Study
from pipeline.science import datasets

HOME = "data/{part}"
PARTS = ("splits", "held_out")
Params = Dealing


def parameters(study: Study, values: Mapping[str, str]) -> Params:
    """Return what prepare is told for one part; raise ParameterError for a part there is not."""
    part = values["part"]
    if part not in PARTS:
        raise ParameterError(PARAMS, "data", f"has no part {part}", f"parts are {', '.join(PARTS)}")
    return Params.model_validate(dealing(study, part, is_trained_on=part == "splits"))


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the data set, which says what its publishers hold out."""
    return datasets.code(parameters["name"])


def run(params: Params, home: Path, *, raw: Path) -> None:
    """Write one part: splits.safetensors {train_x, train_y, validation_x, validation_y} or held_out.safetensors {x, y}.

    Features are as in raw [n, ...], labels int64 [n]; about.json tells a table's columns. Beside the splits lies
    probes.json, what the probes for leaks found; raises DataError where they found one that the study does not state.
    """
    from pipeline.io.files import read_json, read_tensors
    from pipeline.io.splits import write_held_out, write_splits
    from pipeline.science.parts import drawn, held_out_part, training_part
    from pipeline.science.probes import Known

    arrays, about = read_tensors(raw / "raw.safetensors"), read_json(raw / "about.json")
    rows = drawn(params, len(arrays["y"]))
    if params.part == "splits":
        known = Known(params.known_duplicates, params.known_giveaways)
        write_splits(home, *training_part(arrays, about, rows, known))
    else:
        write_held_out(home, *held_out_part(arrays, about, rows))
