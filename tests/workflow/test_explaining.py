"""From a reported number back to raw bytes."""

import json

from tests.study import Study


def test_a_number_is_walked_back_to_the_raw_file(built: Study) -> None:
    found = json.loads(built.pipeline("explain", "results/metrics.json:validation.mean", "--json").stdout)
    metrics = json.loads((built.folder / "results" / "metrics.json").read_text())
    assert found["value"] == metrics["validation"]["mean"]
    steps = [artefact["step"] for artefact in found["rests_on"]]
    assert steps[:2] == ["report", "analyse"]
    assert {"select", "train", "evaluate", "prepare", "fetch"} <= set(steps)
    assert list(found["rests_on"][-1]["reads"]["source"]) == ["data/source/rows.npz"]
    said = built.pipeline("explain", "results/metrics.json:validation.mean").stdout
    assert said.splitlines()[0] == f"results/metrics.json:validation.mean = {found['value']}"
    assert "read  data/source/rows.npz" in said


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
