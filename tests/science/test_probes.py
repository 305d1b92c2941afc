"""The probes for leaks: silent on honest splits, and each kind of planted leak found."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.base.errors import DataError
from pipeline.io.files import read_json, write_json, write_tensors
from pipeline.io.splits import PROBES
from pipeline.science.order_probes import neighbours_alike
from pipeline.science.probes import Known, probes, refuse_leaks
from pipeline.science.splits import Splits
from pipeline.stages import resample
from pipeline.stages.prepare import Params, run

NOTHING = Known(0, ())
RANDOM = np.random.default_rng(11)
ORDER = RANDOM.permutation(300)
ROWS = Splits(ORDER[:100], ORDER[100:200], ORDER[200:])
Raw = tuple[Any, Any]


def raw(features: int = 6) -> Raw:
    """Return rows that say something of their label, in no order."""
    y = np.random.default_rng(3).integers(0, 3, 300)
    x = np.random.default_rng(4).normal(size=(300, features)) + y[:, None]
    return x.astype(np.float32), y


def leaks(x: Any, y: Any, rows: Splits = ROWS, known: Known = NOTHING) -> list[tuple[str, str]]:
    """Return what is a leak, and where."""
    return [(probe["probe"], probe["where"]) for probe in probes(x, y, rows, known) if probe["outcome"] == "leak"]


def test_honest_splits_hold_no_leak_and_their_record_is_the_same_each_time() -> None:
    found = probes(*raw(), ROWS, NOTHING)
    assert {probe["outcome"] for probe in found} == {"clear"}
    assert json.dumps(found) == json.dumps(probes(*raw(), ROWS, NOTHING))


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        (ROWS.train, ROWS.validation, "training and validation"),
        (ROWS.train, ROWS.held_out, "training and held-out"),
        (ROWS.validation, ROWS.held_out, "validation and held-out"),
    ],
)
@pytest.mark.parametrize(("noise", "probe"), [(0.0, "exact copies"), (1e-4, "near copies")])
def test_a_copy_across_two_splits_is_found_exact_or_near(
    one: Any, other: Any, where: str, noise: float, probe: str
) -> None:
    x, y = raw()
    x[other[7]] = x[one[3]] + np.float32(noise)
    assert leaks(x, y) == [(probe, where)]


def test_a_copy_whose_zeros_have_another_sign_is_exact() -> None:
    x, y = raw()
    x[ROWS.train[3], 2] = -0.0
    x[ROWS.held_out[7]] = x[ROWS.train[3]] + np.float32(0)
    assert leaks(x, y) == [("exact copies", "training and held-out")]


def test_copies_within_one_split_are_no_leak() -> None:
    x, y = raw()
    x[ROWS.train[1]] = x[ROWS.train[0]]
    assert leaks(x, y) == []


def test_copies_that_are_stated_are_reported_and_one_more_is_refused() -> None:
    x, y = raw()
    x[ROWS.held_out[:2]] = x[ROWS.train[:2]]
    known = probes(x, y, ROWS, Known(2, ()))
    assert [probe["value"] for probe in known if probe["outcome"] == "known"] == [2]
    refuse_leaks(known)
    with pytest.raises(DataError, match=r"^params.yaml: data: 2 exact copies across training and held-out; .*: 2 if"):
        refuse_leaks(probes(x, y, ROWS, Known(1, ())))


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_feature_that_copies_the_label_is_found_and_can_be_stated(noise: float) -> None:
    x, y = raw()
    x[:, 4] = y[:] + RANDOM.normal(scale=noise, size=300) if noise else y
    assert ("label from one feature", "training and validation") in leaks(x, y)
    assert ("label from one feature", "training and validation") not in leaks(x, y, known=Known(0, [4]))


def test_a_row_number_among_the_features_of_a_sorted_file_is_found() -> None:
    x, y = raw()
    order = np.argsort(y, kind="stable")
    x, y = x[order], y[order]
    found = probes(x, y, ROWS, NOTHING)
    assert {probe["outcome"] for probe in found} == {"clear", "noted"}  # sorted, but no feature carries it
    x[:, 0] = np.arange(300)
    assert ("label from one feature", "training and validation") in leaks(x, y)


def test_an_order_of_the_splits_that_gives_labels_away_is_found() -> None:
    x, y = raw()
    sorted_rows = replace(ROWS, validation=ROWS.validation[np.argsort(y[ROWS.validation])])
    assert leaks(x, y, sorted_rows) == [("label from the order", "validation")]


def test_splits_that_were_not_drawn_at_random_are_found() -> None:
    x, y = raw()
    rows = Splits(np.arange(100), np.arange(100, 200), np.arange(200, 300))
    assert leaks(x, y, rows) == [("split from the order", "training and validation")]


FOLD = {"part": "folds", "train": 100, "validation": 100, "held_out": 1000, "folds": 5, "repeat": 0, "fold": 1}


def mnist1d_folds(tmp_path: Path) -> dict[str, Any]:
    """Return what resample finds, of a fold of rows whose published test set comes last, by probe."""
    y = np.random.default_rng(3).integers(0, 3, 5000)
    x = np.random.default_rng(4).normal(size=(5000, 6)) + y[:, None]
    write_tensors(tmp_path / "raw/raw.safetensors", {"x": x.astype(np.float32), "y": y})
    write_json(tmp_path / "raw/about.json", {})
    resample.run(resample.Params(name="mnist1d", study_seed=1, **FOLD), tmp_path / "fold", raw=tmp_path / "raw")
    return {probe["probe"]: probe for probe in read_json(tmp_path / "fold" / PROBES)}


def test_folds_of_a_published_test_set_are_no_leak_by_their_order(tmp_path: Path) -> None:
    found = mnist1d_folds(tmp_path)["split from the order"]
    assert (found["where"], found["looked_at"], found["outcome"]) == ("training and held-out", 1000, "clear")


def test_folds_that_are_not_dealt_at_random_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_order(rows: Splits, *which: int) -> Splits:
        return Splits(np.sort(rows.held_out)[:800], rows.validation, np.sort(rows.held_out)[800:])

    monkeypatch.setattr("pipeline.science.folds.fold_splits", in_order)
    with pytest.raises(DataError, match="training and held-out rows are not drawn at random"):
        mnist1d_folds(tmp_path)


def test_validation_rows_that_lie_close_to_training_rows_are_noted() -> None:
    x, y = raw()
    x[ROWS.validation] = x[ROWS.train] + 0.2 * RANDOM.normal(size=(100, 6)).astype(np.float32)
    (found,) = [probe for probe in probes(x, y, ROWS, NOTHING) if probe["probe"] == "nearest neighbour"]
    assert found["outcome"] == "noted"
    assert found["value"] < found["expected"] / 2


def test_the_score_of_an_order_has_the_mean_and_sd_that_permutations_have() -> None:
    labels = np.repeat([0, 1, 2], [5, 9, 16])
    scores = [neighbours_alike(RANDOM.permutation(labels)) for _ in range(4000)]
    assert np.mean(scores) == pytest.approx(0, abs=0.06)
    assert np.std(scores) == pytest.approx(1, abs=0.04)
    assert neighbours_alike(np.zeros(9, np.int64)) == 0


def test_of_held_out_rows_nothing_shows_but_how_many_are_copies() -> None:
    x, y = raw()
    other_x, other_y = x.copy(), y.copy()
    other_x[ROWS.held_out] += np.float32(0.5)
    other_y[ROWS.held_out] = 0
    assert probes(x, y, ROWS, NOTHING) == probes(other_x, other_y, ROWS, NOTHING)


def test_prepare_refuses_a_leak_and_writes_no_splits(tmp_path: Path) -> None:
    x, y = raw()
    x[1] = x[0] = x[2]
    for home in ("raw", "splits"):
        (tmp_path / home).mkdir()
    write_tensors(tmp_path / "raw" / "raw.safetensors", {"x": x, "y": y})
    write_json(tmp_path / "raw" / "about.json", {})
    told = {"part": "splits", "name": "npz_file", "train": 100, "validation": 100, "held_out": 100, "study_seed": 3}
    with pytest.raises(DataError, match=r"copies across .* state data.known_duplicates: \d if you know of them"):
        run(Params(**told), tmp_path / "splits", raw=tmp_path / "raw")
    assert list((tmp_path / "splits").iterdir()) == []
    run(Params(**told, known_duplicates=3), tmp_path / "splits", raw=tmp_path / "raw")
    assert "known" in {probe["outcome"] for probe in read_json(tmp_path / "splits" / "probes.json")}
