from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.base.canonical import value_digest
from pipeline.base.errors import DataError
from pipeline.base.seeds import generator
from pipeline.io.files import read_json, write_json
from pipeline.io.splits import SPLITS, Dealt, write_inputs, write_labels
from pipeline.science import tables
from pipeline.science.budgets import check_budgets
from pipeline.science.splits import Sizes, split
from pipeline.science.training_data import first_rows
from pipeline.stages.select import Params, run, score, total_costs, whole

COUNTS = {"train": 20, "validation": 30}
PARTS = [("train", "x"), ("train", "y"), ("validation", "x"), ("validation", "y")]
ASKED = {"hyperparameters": {"learning_rate": 0.1}, "seed": 1}
FIT = {"predicted": [0, 1], "outcome": "finished", "training_flops": 10, "examples_seen": 20}


def test_a_fit_that_an_interrupted_search_kept_is_used_where_every_byte_is_right(tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    write_json(path, {"fit": FIT, "sha256": value_digest({**ASKED, "fit": FIT})})
    assert whole(path, ASKED) == FIT
    content = path.read_bytes()
    for index in range(len(content)):
        torn = bytearray(content)
        torn[index] ^= 1
        path.write_bytes(torn)
        assert whole(path, ASKED) in ({}, FIT)
    for kept in range(len(content) - 2):
        path.write_bytes(content[:kept])
        assert whole(path, ASKED) == {}


def test_a_fit_of_other_hyperparameters_or_another_seed_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "fit.json"
    write_json(path, {"fit": FIT, "sha256": value_digest({**ASKED, "fit": FIT})})
    assert whole(path, {**ASKED, "seed": 2}) == {}
    assert whole(path, {**ASKED, "hyperparameters": {"learning_rate": 0.2}}) == {}


def test_what_is_no_record_of_a_fit_is_not_used(tmp_path: Path) -> None:
    assert whole(tmp_path / "none.json", ASKED) == {}
    for text in ("", "[]", "{}", "null", '{"sha256": 1, "fit": null}'):
        (tmp_path / "odd.json").write_text(text)
        assert whole(tmp_path / "odd.json", ASKED) == {}


def splits(home: Path) -> tuple[Path, Path]:
    """Return the folders of made-up splits and of the validation labels."""
    random = generator("test", "select splits")
    rows = {name: random.normal(size=(count, 3)).astype(np.float32) for name, count in COUNTS.items()}
    labels = {name: np.arange(count, dtype=np.int64) % 2 for name, count in COUNTS.items()}
    tensors = {f"{name}_x": rows[name] for name in COUNTS} | {f"{name}_y": labels[name] for name in COUNTS}
    part = Dealt(SPLITS, tensors, {"features": [3], "classes": 2}, [])
    write_inputs(home / "seen", part)
    write_labels(home / "labels", part, part.rows)
    return home / "seen", home / "labels"


def selected(home: Path, **told: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    stated = {
        "method": "neighbours", "model": "nearest_neighbours", "settings": {"weights": "uniform"}, "trials": 6,
        "space": {"neighbours": {"integer": [1, 9]}}, "seeds": [None], "study_seed": 3,
        "device": "cpu", "threads": 1, "precision": "float32",
    }  # fmt: skip
    params, (seen, labels) = Params.model_validate({**stated, **told}), splits(home / "splits")
    run(params, home / "choice", splits=seen, scratch=home / "s")
    score(params, home / "choice", labels=labels)
    assert {path.name for path in (home / "choice").iterdir()} == {"trials.json", "choice.json"}
    return read_json(home / "choice" / "trials.json"), read_json(home / "choice" / "choice.json")


def test_a_trial_whose_model_breaks_down_counts_zero_and_stays_among_the_trials(tmp_path: Path) -> None:
    trials, choice = selected(tmp_path, training_rows=3)  # scikit-learn refuses more neighbours than rows
    crashed = [trial["hyperparameters"]["neighbours"] > 3 for trial in trials]
    assert any(crashed)
    assert not all(crashed)
    assert [trial["outcome"] == ["crashed"] for trial in trials] == crashed
    assert all(trial["mean"] == 0 for trial, broken in zip(trials, crashed, strict=True) if broken)
    assert not crashed[choice["trial"]]
    table = tables.search([{**choice, "trials": trials}])
    assert table["crashed"].sum() == sum(crashed)
    check_budgets([{**choice, "trials": trials}], {"neighbours": 1}, 6)


def test_a_search_of_which_every_trial_breaks_down_chooses_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"all 6 trials of neighbours crashed; its log says why"):
        selected(tmp_path, training_rows=5, space={"neighbours": {"integer": [6, 9]}})


def test_costs_that_are_not_known_make_no_sum() -> None:
    assert total_costs([FIT, FIT]) == {"training_flops": 20, "examples_seen": 40}
    assert total_costs([FIT, {**FIT, "training_flops": None}]) == {"training_flops": None, "examples_seen": 40}


def test_a_retuned_variant_draws_what_its_method_draws(tmp_path: Path) -> None:
    own, _ = selected(tmp_path / "own")
    method, _ = selected(tmp_path / "method", method="full")
    retuned, _ = selected(tmp_path / "retuned", stream="full")
    drawn = [[trial["hyperparameters"] for trial in trials] for trials in (own, method, retuned)]
    assert drawn[2] == drawn[1] != drawn[0]


@given(st.integers(1, 20), st.integers(1, 20))
def test_a_smaller_training_set_is_the_beginning_of_every_larger_one(one: int, other: int) -> None:
    arrays = {f"{part}_{axis}": np.arange(20) + 100 * number for number, (part, axis) in enumerate(PARTS)}
    few, more = first_rows(arrays, min(one, other)), first_rows(arrays, max(one, other))
    assert few.train_x.tolist() == more.train_x[: len(few.train_x)].tolist()
    assert few.train_y.tolist() == arrays["train_y"][: min(one, other)].tolist()
    assert few.validation_x.tolist() == first_rows(arrays, None).validation_x.tolist()
    drawn = [split(60, 50, Sizes(train=rows, validation=5, held_out=20), 3).train for rows in sorted((one, other))]
    assert drawn[0].tolist() == drawn[1][: len(drawn[0])].tolist()  # as they are drawn too
