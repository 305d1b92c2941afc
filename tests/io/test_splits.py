"""The parts of the data on disk: inputs and labels apart, and rows named as one."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.base.canonical import value_digest
from pipeline.io.files import read_json, read_tensors, write_json, write_tensors
from pipeline.io.splits import (
    HELD_OUT,
    SPLITS,
    Dealt,
    read_drawn,
    read_held_out,
    read_labels,
    read_splits,
    write_inputs,
    write_labels,
)

ABOUT = {"features": [2], "classes": 3, "counts": {"train_y": 4, "validation_y": 3}}
TENSORS: dict[str, Any] = {
    "train_x": np.arange(8, dtype=np.uint8).reshape(4, 2),
    "train_y": np.array([0, 1, 2, 0]),
    "validation_x": np.arange(6, dtype=np.uint8).reshape(3, 2),
    "validation_y": np.array([2, 1, 0]),
}
TRAINED = Dealt(SPLITS, TENSORS, ABOUT, [{"probe": "exact copies"}])
TESTED = Dealt(
    HELD_OUT,
    {"x": np.ones((2, 2), np.float32), "y": np.array([1, 2])},
    {"classes": 3},
    drawn=np.array([False, True]),
)


@pytest.mark.parametrize("part", [TRAINED, TESTED])
def test_what_models_see_has_no_label_they_are_scored_by(part: Dealt, tmp_path: Path) -> None:
    write_inputs(tmp_path / "seen", part)
    write_labels(tmp_path / "labels", part, part.rows)
    seen = read_tensors(tmp_path / "seen" / part.file)
    assert set(seen) == ({"train_x", "train_y", "validation_x"} if part is TRAINED else {"x"})
    labels, about = read_labels(tmp_path / "labels")
    assert labels.tolist() == ([2, 1, 0] if part is TRAINED else [1, 2])
    assert about == {"classes": 3, "rows": part.rows}
    assert (tmp_path / "seen" / "probes.json").exists() == (part is TRAINED)


def test_they_are_read_as_they_were_written_images_from_0_to_1(tmp_path: Path) -> None:
    for name, part in (("splits", TRAINED), ("held_out", TESTED)):
        write_inputs(tmp_path / name, part)
        write_labels(tmp_path / f"{name}_labels", part, part.rows)
    arrays, about = read_splits(tmp_path / "splits")
    assert about == ABOUT
    assert arrays["validation_x"].tolist() == (TENSORS["validation_x"] / np.float32(255)).tolist()
    assert read_held_out(tmp_path / "held_out")[0].tolist() == [[1, 1], [1, 1]]
    assert read_drawn(tmp_path / "held_out_labels").tolist() == [False, True]


@pytest.mark.parametrize("part", [TRAINED, TESTED])
def test_rows_are_named_by_all_that_one_artefact_of_them_would_hold(part: Dealt, tmp_path: Path) -> None:
    """As looks named them when inputs and labels were one artefact."""
    write_tensors(tmp_path / part.file, part.tensors)
    write_json(tmp_path / "about.json", part.about)
    if part.probes is not None:
        write_json(tmp_path / "probes.json", part.probes)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert part.rows == value_digest(digests)
    assert read_json(tmp_path / "about.json") == part.about
