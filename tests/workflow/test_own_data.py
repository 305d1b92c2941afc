"""From data that nobody here has seen to a report, in the commands that `pipeline new` prints, with no edit."""

import json
from pathlib import Path

import pytest
from tests.own_data.given import arrays, images, patients, table
from tests.study import Study, checkout

from pipeline.workflow import Workflow

pytestmark = pytest.mark.slow
ONE_PACK = ("--config", "pack=200")  # how many processes share the runs is a matter of the machine


def started(tmp_path: Path, *arguments: str) -> Study:
    """Return a study of one's own, in a checkout, committed and its plan locked."""
    root = checkout(tmp_path / "checkout")
    said = root.pipeline("new", "mine", *arguments).stdout
    assert "written: studies/mine" in said
    root.commit("Start a study of my own")
    study = Study(root.folder / "studies" / "mine")
    study.pipeline("plan", "--lock")
    return study


def test_a_messy_table_becomes_a_report(tmp_path: Path) -> None:
    path = table(tmp_path, patients(200))
    study = started(tmp_path, "--data", str(path), "--target", "diagnosis")
    study.run("snakemake", *ONE_PACK)
    metrics = json.loads((study.folder / "results" / "metrics.json").read_text())
    assert metrics["status"] == "confirmatory"
    assert metrics["controls"]["outcome"] == "passed"
    assert metrics["held_out"]["mean"] > 0.8
    report = (study.folder / "results" / "report.html").read_text()
    assert "minus_embeddings" in report
    status = json.loads(study.pipeline("status", "--json").stdout)
    assert {about["state"] for about in status["artefacts"].values()} == {"valid"}
    assert study.git("status", "--porcelain", "--", ".", ":!looks") == ""  # what is made is ignored


@pytest.mark.parametrize("kind", ["images", "arrays"])
def test_images_and_arrays_are_trained_on_and_evaluated(kind: str, tmp_path: Path) -> None:
    path = images(tmp_path, colours=True) if kind == "images" else arrays(tmp_path)
    study = started(tmp_path, "--data", str(path))
    study.run("snakemake", "evaluated", "--config", "only=full/seed-200")
    found = json.loads((study.folder / "evaluations/full/seed-200/evaluation.json").read_text())
    assert found["accuracy"] > 0.8
    rows = Workflow.load(study.folder / "params.yaml").study.data.held_out
    assert found["n"] == rows


def test_a_balanced_measure_is_selected_trained_and_judged_by(tmp_path: Path) -> None:
    study = checkout(tmp_path / "study")
    study.change("study.metric", "balanced_accuracy")
    study.commit("Judge by balanced accuracy")
    study.pipeline("plan", "--lock")
    study.run("snakemake", *ONE_PACK)
    receipt = json.loads((study.folder / "runs/full/seed-10/receipt.json").read_text())
    assert receipt["parameters"]["metric"] == "balanced_accuracy"
    assert "pipeline.science.measures.balanced_accuracy:item_scores" in receipt["code"]["definitions"]
    evaluation = json.loads((study.folder / "evaluations/full/seed-10/evaluation.json").read_text())
    assert evaluation["score"] != evaluation["accuracy"]
    report = (study.folder / "results" / "report.md").read_text()
    assert "held-out balanced accuracy" in report.lower()
    assert "The measure is balanced accuracy, a mean over items." in report
    assert "\nscores: balanced accuracy; intervals: " in study.pipeline("step", "observe").stdout
    runs = (study.folder / "results/tables/runs.csv").read_text().splitlines()[0]
    assert "held_out_score" in runs

    source = study.folder / "src/pipeline/science/measures/balanced_accuracy.py"
    source.write_text(source.read_text().replace("np.maximum(counts, 1)", "np.maximum(counts, 2)"))
    assert "code pipeline.science.measures.balanced_accuracy" in study.pipeline("status", check=False).stdout
