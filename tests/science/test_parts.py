from typing import Any

import numpy as np
import pytest
from tests.base.stated import stated

from pipeline.base.dealing import Dealing, dealing
from pipeline.base.errors import DataError
from pipeline.base.params import Study
from pipeline.science.parts import drawn, drawn_rows, held_out_part, training_part
from pipeline.science.probes import Known
from pipeline.science.splits import Splits

NOTHING = Known(0, ())
Y = np.random.default_rng(3).integers(0, 3, 240)
RAW = {"x": np.random.default_rng(4).normal(size=(240, 3)).astype(np.float32), "y": Y}


def rows(**changes: Any) -> Splits:
    told = dealing(Study.model_validate(stated(**changes)), "splits", is_trained_on=True)
    return drawn(Dealing.model_validate(told), 240)


def test_rows_are_dealt_as_the_study_says() -> None:
    chosen = rows()
    assert [len(part) for part in (chosen.train, chosen.validation, chosen.held_out)] == [80, 60, 100]
    within = rows(data__validation_within_training=True)
    assert set(within.validation) < set(within.train)
    with pytest.raises(DataError, match="101 held out of 240 in all"):
        rows(data__held_out=101)


def test_both_parts_hold_the_rows_that_were_dealt_and_none_of_the_other() -> None:
    chosen = rows()
    trained, about, found = training_part(RAW, {"columns": [], "origin": "x"}, chosen, NOTHING)
    held, said = held_out_part(RAW, {}, chosen)
    for name, part in (("train", chosen.train), ("validation", chosen.validation)):
        assert np.array_equal(trained[f"{name}_x"], RAW["x"][part])
        assert np.array_equal(trained[f"{name}_y"], Y[part])
    assert set(trained) == {f"{name}_{axis}" for name in ("train", "validation") for axis in "xy"}
    assert np.array_equal(held["x"], RAW["x"][chosen.held_out])
    assert np.array_equal(held["y"], Y[chosen.held_out])
    assert {probe["outcome"] for probe in found} == {"clear"}
    assert about == {
        "features": [3], "classes": 3, "counts": {"train_y": 80, "validation_y": 60}, "columns": [],
    }  # fmt: skip
    assert said["counts"] == {"y": 100}


def test_rows_that_were_published_for_testing_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.science.parts.published_training_rows", lambda name, rows: rows - 40)
    told = Dealing.model_validate(dealing(Study.model_validate(stated()), "held_out", is_trained_on=False))
    chosen = drawn(told, 240)
    of_pool = drawn_rows(told, chosen, 240)
    assert of_pool.tolist() == [False] * 40 + [True] * 60
    assert set(chosen.held_out[~of_pool]) == set(range(200, 240))


def test_a_copy_across_splits_is_refused_unless_it_is_known() -> None:
    chosen = rows()
    x = RAW["x"].copy()
    x[chosen.held_out[0]] = x[chosen.train[0]]
    with pytest.raises(DataError, match="1 exact copies across training and held-out"):
        training_part({**RAW, "x": x}, {}, chosen, NOTHING)
    training_part({**RAW, "x": x}, {}, chosen, Known(1, ()))


def test_codes_of_categories_are_probed_as_names_not_as_numbers() -> None:
    chosen, x = rows(), RAW["x"].copy()
    x[:, 1] = 2 * (np.arange(240) % 60) + Y % 2  # 120 categories: odd codes for class 1
    columns = [{"kind": "numeric"}, {"kind": "nominal"}, {"kind": "numeric"}]
    with pytest.raises(DataError, match="feature 1 alone gives the label"):
        training_part({"x": x, "y": Y % 2}, {"columns": columns}, chosen, NOTHING)
    training_part({"x": x, "y": Y % 2}, {}, chosen, NOTHING)  # a tree of two leaves sees nothing in the numbers
