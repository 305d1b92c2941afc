"""A table of one's own, from file to report: mixed columns, missing values, classes by name."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file
from tests.study import MINIATURE, Study, checkout

TRAINING = {"batch_size": 20, "steps": 60}
TABLED: dict[str, Any] = {
    **MINIATURE,
    "data": {
        "name": "table_file", "source": "data/source/rows.csv", "label": "bought", "nominal": ["level"],
        "drop": ["number"], "sha256": "0" * 64, "train": 120, "validation": 60, "held_out": 120,
        "known_duplicates": 60,
    },
    "method": {"model": "tabular_mlp", "encoding": "embedding", **TRAINING},
    "components": {"embedding": {"encoding": "one_hot"}},
    "baselines": {
        "gradient_boosting": {"model": "gradient_boosting", "trees": 10},
        "logistic_regression": {"model": "logistic_regression"},
    },
    "seeds": {"selection": [1], "final": [10, 11, 12, 13, 14, 15, 16]},
    "controls": {"shuffled_labels": 8},
    "search": {
        "trials": 1,
        "spaces": {
            "method": {"learning_rate": {"log_uniform": [0.01, 0.1]}, "weight_decay": {"choice": [0.01]}},
            "gradient_boosting": {"learning_rate": {"choice": [0.1]}},
            "logistic_regression": {"inverse_regularisation": {"choice": [1.0]}},
        },
    },
}  # fmt: skip


def write_rows(path: Path, rows: int = 300) -> None:
    random = np.random.default_rng(5)
    town, height = random.choice(["york", "bath", "ely"], rows), random.normal(170, 10, rows)
    bought = np.where((town == "ely") ^ (height > 175), "yes", "no")
    frame = pd.DataFrame({"number": range(rows), "height": height, "town": town, "level": random.integers(1, 4, rows)})
    frame.loc[::9, "height"] = None
    frame.loc[::8, "town"] = None
    frame.assign(bought=bought).to_csv(path, index=False)


def tabled(folder: Path) -> Study:
    study = checkout(folder, TABLED)
    path = folder / "data" / "source" / "rows.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rows(path)
    said = study.snakemake("prepared", check=False)
    log = said.stderr + (folder / "logs" / "fetch.log").read_text()
    study.change("data.sha256", re.findall(r"has the digest ([0-9a-f]{64})", log)[0])
    study.commit("Pin the table")
    return study


@pytest.mark.slow
def test_a_table_goes_from_its_file_to_a_verdict_and_only_its_training_rows_set_the_encoding(tmp_path: Path) -> None:
    study = tabled(tmp_path)
    study.pipeline("plan", "--lock")
    study.snakemake()
    about = json.loads((tmp_path / "data/held_out/about.json").read_text())
    assert [column["name"] for column in about["columns"]] == ["height", "town", "level"]
    assert about["labels"] == ["no", "yes"]
    x = load_file(tmp_path / "data/splits/splits.safetensors")["train_x"]
    kept = load_file(tmp_path / "runs/full/seed-10/model.safetensors")
    np.testing.assert_array_equal(kept["encoder.mean"], np.float32([np.nanmean(x[:, 0].astype(np.float64))]))
    table = pd.read_csv(tmp_path / "results/tables/contrasts.csv")
    assert set(table["variant"]) == {"minus_embedding", "gradient_boosting", "logistic_regression"}
    assert set(table["finding"]) <= {"better", "worse", "equivalent", "inconclusive"}
    scores = pd.read_csv(tmp_path / "results/tables/variants.csv").set_index("variant")["held_out_mean"]
    assert scores["gradient_boosting"] > 0.75
    before = study.artefacts()
    study.snakemake()
    assert study.artefacts() == before
