"""The two parts of a split as they are kept: what training may see, and what is held out."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.base.dealing import Dealing
from pipeline.science.methods import published_training_rows
from pipeline.science.order_probes import TOGETHER
from pipeline.science.probes import Known, probes, refuse_leaks
from pipeline.science.splits import Rows, Sizes, Splits, split

Arrays = Mapping[str, NDArray[Any]]
OF_TABLES = ("columns", "labels")  # what about.json of the raw data says of a table


def drawn(told: Dealing, rows: int) -> Splits:
    """Return which of so many rows are trained on, selected on and held out; raise DataError where they do not do."""
    sizes = Sizes(
        train=told.train,
        validation=told.validation,
        held_out=told.held_out,
        within_training=told.validation_within_training,
    )
    return split(rows, published_training_rows(told.name, rows), sizes, told.study_seed)


def drawn_rows(told: Dealing, chosen: Splits, rows: int) -> NDArray[np.bool_]:
    """Return bool [n]: which held-out rows, of so many rows in all, were drawn from the same rows as validation."""
    return chosen.held_out < published_training_rows(told.name, rows)


def training_part(
    raw: Arrays, about: Mapping[str, Any], rows: Splits, known: Known, together: tuple[str, str] = TOGETHER
) -> tuple[dict[str, NDArray[Any]], dict[str, Any], list[dict[str, Any]]]:
    """Return ({train_x, train_y, validation_x, validation_y}, what about.json says, what the probes for leaks found).

    `together` names the two splits that are drawn from the same rows.
    Raises DataError where a probe found a leak that the study does not state.
    """
    nominal = [at for at, column in enumerate(about.get("columns", ())) if column["kind"] == "nominal"]
    found = probes(raw["x"], raw["y"], rows, known, nominal, together)
    refuse_leaks(found)
    tensors = {**taken(raw, rows.train, "train_"), **taken(raw, rows.validation, "validation_")}
    return tensors, described(raw, about, tensors), found


def held_out_part(
    raw: Arrays, about: Mapping[str, Any], rows: Splits
) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return ({x, y} of the held-out rows, what about.json says)."""
    tensors = taken(raw, rows.held_out)
    return tensors, described(raw, about, tensors)


def taken(raw: Arrays, rows: Rows, prefix: str = "") -> dict[str, NDArray[Any]]:
    """Return x and y of some rows, under a prefix."""
    return {f"{prefix}{axis}": np.asarray(raw[axis][rows]) for axis in ("x", "y")}


def described(raw: Arrays, about: Mapping[str, Any], tensors: Arrays) -> dict[str, Any]:
    """Return the shape of an example, the number of classes, how many rows there are, and a table's columns."""
    counts = {name: len(tensor) for name, tensor in tensors.items() if name.endswith("y")}
    shape = {"features": list(raw["x"].shape[1:]), "classes": int(raw["y"].max()) + 1}
    return {**shape, "counts": counts, **{key: about[key] for key in OF_TABLES if key in about}}
