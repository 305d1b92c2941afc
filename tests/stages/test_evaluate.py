"""A run that is trained and evaluated on made-up rows, without the workflow."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.base.stated import stated

from pipeline.base.params import Study
from pipeline.base.seeds import generator
from pipeline.io import splits
from pipeline.io.files import read_json, read_tensors, write_json
from pipeline.io.splits import Dealt, write_inputs, write_labels
from pipeline.science.fitting import Job, predict
from pipeline.science.measures import score
from pipeline.science.models import load
from pipeline.science.settings import Compute, Shape
from pipeline.stages import evaluate, train
from pipeline.study_code import parts_of

ABOUT = {"features": [2], "classes": 3}
TOLD: dict[str, Any] = {"device": "cpu", "threads": 1, "precision": "float32"}
SETTINGS = {"max_features": "sqrt", "min_samples_leaf": 1, "trees": 4}


def rows(name: str, count: int) -> dict[str, Any]:
    y = np.arange(count, dtype=np.int64) % 3
    x = y[:, None] + 0.4 * generator("test", "evaluate", name).normal(size=(count, 2))
    return {"x": x.astype(np.float32), "y": y}


HELD_OUT = rows("held-out", 45)
ROWS = "5d" * 32


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return a folder with splits, held-out rows, their labels and a choice."""
    parts = {"train": rows("train", 60), "validation": rows("validation", 30)}
    tensors = {f"{part}_{axis}": array for part, own in parts.items() for axis, array in own.items()}
    drawn = np.arange(45) >= 15
    for name, part in (
        ("splits", Dealt(splits.SPLITS, tensors, ABOUT, [])),
        ("held_out", Dealt(splits.HELD_OUT, HELD_OUT, ABOUT, drawn=drawn)),
    ):
        write_inputs(tmp_path / name, part)
        write_labels(tmp_path / f"{name}_labels", part, ROWS)
    write_json(tmp_path / "choice" / "choice.json", {"hyperparameters": {"max_features": "sqrt"}})
    return tmp_path


def trained(study: Path, **told: Any) -> tuple[Path, dict[str, Any]]:
    """Return a run's folder, and its record."""
    home = study / "runs" / "-".join(map(str, told.values())) if told else study / "runs" / "plain"
    fixed = {name: value for name, value in SETTINGS.items() if name != "max_features"}
    params = train.Params(model="random_forest", settings=fixed, seed=5, study_seed=3, **TOLD, **told)
    train.run(params, home, splits=study / "splits", choice=study / "choice", scratch=study / "scratch")
    train.score(params, home, labels=study / "splits_labels")
    return home, read_json(home / "run.json")


def evaluated(study: Path, run: Path, **told: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what evaluate says of a run, and its predictions."""
    home = study / "evaluation"
    params = evaluate.Params(model="random_forest", **TOLD, **told)
    evaluate.run(params, home, held_out=study / "held_out", run=run)
    assert {path.name: set(read_tensors(path)) for path in home.iterdir()} == {evaluate.PREDICTIONS: {"predicted"}}
    evaluate.score(params, home, run=run, labels=study / "held_out_labels")
    return read_json(home / "evaluation.json"), read_tensors(home / "predictions.safetensors")


def test_a_run_is_scored_by_what_its_saved_model_predicts_of_held_out_rows(study: Path) -> None:
    run, record = trained(study)
    told, kept = evaluated(study, run)
    job = Job("random_forest", load("random_forest").Settings(**SETTINGS), Shape.of(ABOUT), 0, 5, Compute())
    assert np.array_equal(kept["predicted"], predict(job, (run / "model.skops").read_bytes(), HELD_OUT["x"]))
    assert np.array_equal(kept["label"], HELD_OUT["y"])
    right = kept["predicted"] == kept["label"]
    counts = {"n": 45, "drawn": {"n": 30, "right": right[15:].sum()}, "rows": ROWS}
    assert told == {"outcome": "finished", "accuracy": np.mean(right), **counts}
    assert told["accuracy"] > 0.6
    assert record["settings"] == {**SETTINGS}


def test_a_diverged_run_predicts_nothing_and_scores_zero(study: Path) -> None:
    run, record = trained(study)
    write_json(run / "run.json", {**record, "outcome": "diverged"})
    told, kept = evaluated(study, run, metric="macro_f1")
    counts = {"n": 45, "drawn": {"n": 30, "right": 0}, "rows": ROWS}
    assert told == {"outcome": "diverged", "accuracy": 0.0, "score": 0.0, **counts}
    assert set(kept["predicted"].tolist()) == {-1}


def test_by_another_measure_both_splits_are_scored_besides_accuracy(study: Path) -> None:
    run, record = trained(study, metric="macro_f1")
    told, kept = evaluated(study, run, metric="macro_f1")
    assert told["score"] == score("macro_f1", kept["predicted"], kept["label"], 3) != told["accuracy"]
    labels = read_tensors(study / "splits_labels" / "labels.safetensors")["y"]
    predicted = read_tensors(run / "validation.safetensors")["predicted"]
    assert record["validation_score"] == score("macro_f1", predicted, labels, 3)
    assert record["validation_accuracy"] == np.mean(predicted == labels)


def test_a_control_is_trained_on_labels_that_say_nothing(study: Path) -> None:
    _, honest = trained(study)
    _, shuffled = trained(study, labels_seed=7)
    assert honest["validation_accuracy"] > 0.6 > shuffled["validation_accuracy"]
    assert trained(study, labels_seed=8)[1]["weights_sha256"] != shuffled["weights_sha256"]


def test_a_variant_sees_no_more_rows_than_it_states(study: Path) -> None:
    assert trained(study)[1]["costs"]["examples_seen"] == 60
    assert trained(study, training_rows=20)[1]["costs"]["examples_seen"] == 20
    assert trained(study, sample_rows=30)[1]["costs"]["examples_seen"] == 30


def test_evaluate_is_told_the_model_of_a_variant_and_never_its_seed() -> None:
    told = evaluate.parameters(Study.model_validate(stated()), {"variant": "nearest_neighbours"})
    assert told == evaluate.Params(model="nearest_neighbours", **TOLD)
    known = {**told.model_dump(), "metric": "macro_f1"}
    assert evaluate.code(known) == ("pipeline.science.models.nearest_neighbours",)
    assert parts_of(evaluate)[1].code(known) == ("pipeline.science.measures.macro_f1",)
    with pytest.raises(KeyError):
        evaluate.parameters(Study.model_validate(stated()), {"variant": "none"})
