"""What a step's first part writes is the study's own code's: what it says of scores counts for nothing."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.stages.test_evaluate import evaluated, study, trained  # noqa: F401 (a fixture)

from pipeline.io.files import read_json, read_tensors, write_csv, write_json, write_tensors
from pipeline.science.measures import macro_f1
from pipeline.stages import train
from pipeline.stages.analyse_inputs import read_controls

FORGED = {"validation_accuracy": 0.999, "validation_score": 0.999, "rows": "0" * 64, "held_out": 1.0}


def scored(study: Path, home: Path) -> None:  # noqa: F811 (its folder)
    params = train.Params(
        model="random_forest", settings={}, seed=5, study_seed=3, device="cpu", threads=1, precision="float32"
    )
    train.score(params, home, labels=study / "splits_labels")


def test_scores_that_training_says_of_itself_count_for_nothing(study: Path) -> None:  # noqa: F811
    home, honest = trained(study)
    predicted = read_tensors(home / "validation.safetensors")["predicted"]
    write_json(home / "run.json", {**honest, **FORGED})
    more = {"predicted": predicted, "validation_accuracy": np.ones(1), "outcome": np.ones(1)}
    write_tensors(home / "validation.safetensors", more)
    write_csv(home / "curve.csv", pd.DataFrame({"step": [1], "training_loss": [0.1], "validation_accuracy": [0.999]}))
    scored(study, home)
    assert read_json(home / "run.json") == honest
    assert set(read_tensors(home / "validation.safetensors")) == {"predicted"}
    assert not (home / "curve.csv").exists()
    (found,) = read_controls([home])
    assert found["validation_accuracy"] == honest["validation_accuracy"]


def test_points_of_a_curve_that_were_not_predicted_are_not_scored(study: Path) -> None:  # noqa: F811
    home, _ = trained(study)
    write_csv(home / "curve.csv", pd.DataFrame({"step": [1, 2], "training_loss": [0.2, 0.1], "validation_accuracy": 1}))
    write_tensors(home / "along.safetensors", {"predicted": np.zeros((1, 30), np.int64)})
    with pytest.raises(ValueError, match="length"):
        scored(study, home)


def test_a_measure_that_changes_what_it_is_given_changes_nothing_that_is_kept(
    study: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, _ = trained(study)
    honest, kept = evaluated(study, run, metric="macro_f1")

    def changing(predicted: np.ndarray, labels: np.ndarray, classes: int) -> float:
        predicted[:] = labels
        labels.sort()
        return 0.5

    monkeypatch.setattr(macro_f1, "score", changing)
    (study / "evaluation" / "evaluation.json").unlink()
    (study / "evaluation" / "predictions.safetensors").unlink()
    told, again = evaluated(study, run, metric="macro_f1")
    assert {name: rows.tolist() for name, rows in again.items()} == {name: r.tolist() for name, r in kept.items()}
    assert told == {**honest, "score": 0.5}
