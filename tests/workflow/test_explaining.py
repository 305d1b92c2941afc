"""From a reported number back to raw bytes."""

import csv
import hashlib
import json

import pytest
from tests.study import Study


def test_a_number_is_walked_back_to_the_raw_file(built: Study) -> None:
    found = json.loads(built.pipeline("explain", "results/metrics.json:validation.mean", "--json").stdout)
    metrics = json.loads((built.folder / "results" / "metrics.json").read_text())
    assert found["value"] == metrics["validation"]["mean"]
    steps = [artefact["step"] for artefact in found["rests_on"]]
    assert steps[:2] == ["report", "analyse"]
    assert {"select", "train", "evaluate", "prepare", "fetch"} <= set(steps)
    (fetched,) = [artefact for artefact in found["rests_on"] if artefact["step"] == "fetch"]
    assert list(fetched["reads"]["source"]) == ["data/source/rows.npz"]
    said = built.pipeline("explain", "results/metrics.json:validation.mean").stdout
    assert said.splitlines()[0] == f"results/metrics.json:validation.mean = {found['value']}"
    raw = said[said.index("raw bytes") :].splitlines()
    source = hashlib.sha256((built.folder / "data" / "source" / "rows.npz").read_bytes()).hexdigest()
    assert raw[-1] == f"  data/source/rows.npz  sha256 {source}"
    kept = hashlib.sha256((built.folder / "data" / "raw" / "raw.safetensors").read_bytes()).hexdigest()
    assert f"  data/raw/raw.safetensors  sha256 {kept}" in raw


def test_an_explanation_is_short_and_names_what_was_chosen_and_how_many_seeds(built: Study) -> None:
    said = built.pipeline("explain", "results/metrics.json:held_out.mean").stdout
    choice = json.loads((built.folder / "choices" / "full" / "choice.json").read_text())
    chosen = f"chose full: max_features {choice['hyperparameters']['max_features']} (validation "
    assert chosen in said
    assert "; runs/full, runs/minus_small_leaves (6 seeds each: 10, 11, 12, 13, 14, 15)" in said
    assert "train: runs/control_same_vs_same (4 seeds: " in said
    assert len(said.splitlines()) < 45


def test_a_cell_of_a_table_is_named_by_its_row_and_column(built: Study) -> None:
    rows = list(csv.DictReader((built.folder / "results" / "tables" / "runs.csv").open(newline="")))
    found = json.loads(built.pipeline("explain", "results/tables/runs.csv:full.12.held_out_accuracy", "--json").stdout)
    (wanted,) = [row for row in rows if (row["variant"], row["seed"]) == ("full", "12")]
    assert repr(found["value"]) == wanted["held_out_accuracy"]
    (full, *_) = csv.DictReader((built.folder / "results" / "tables" / "variants.csv").open(newline=""))
    said = built.pipeline("explain", "results/tables/variants.csv:full.held_out_mean").stdout.splitlines()
    assert said[0] == f"results/tables/variants.csv:full.held_out_mean = {full['held_out_mean']}"
    digest = hashlib.sha256((built.folder / "results" / "tables" / "variants.csv").read_bytes()).hexdigest()
    assert said[1] == f"  file  sha256 {digest}"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("results/tables/variants.csv:whole.n", "no row is named 'whole'; there are full, minus_small_leaves"),
        ("results/tables/variants.csv:full.m", "there is no column 'm'; there are variant, role"),
        ("results/tables/variants.csv:full", "names no cell; name a row and a column"),
        ("results/tables/runs.csv:full.outcome", "6 rows are named 'full'; add its seed, as in full.10.outcome"),
        ("results/nothing.json:n", "results/nothing.json: is no file of results; there are figures/"),
    ],
)
def test_a_cell_that_is_not_there_or_not_one_is_refused_with_a_remedy(built: Study, target: str, said: str) -> None:
    done = built.pipeline("explain", target, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr


def test_a_number_that_is_not_true_any_more_is_not_explained(study: Study) -> None:
    metrics = study.folder / "results" / "metrics.json"
    metrics.write_text(metrics.read_text().replace("0.", "1."))
    done = study.pipeline("explain", "results/metrics.json:validation.mean", check=False)
    assert done.returncode == 1
    assert "results: file metrics.json" in done.stderr
    assert done.stdout == ""


def test_a_key_that_is_not_there_is_named_with_those_that_are(built: Study) -> None:
    done = built.pipeline("explain", "results/metrics.json:validation.median", check=False)
    assert done.returncode == 1
    assert "there is no 'median'; there are mean, n, sd" in done.stderr
