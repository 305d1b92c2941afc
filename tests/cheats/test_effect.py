"""What no confinement can stop: a model that knows rows by heart. Its scores tell."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from pipeline.science.control_runs import IMPLAUSIBLE, SHUFFLED
from tests.study import Study, copy_of

pytestmark = pytest.mark.slow
BY_HEART = '''

KNOWN = {known}


def recalled() -> None:
    """Have what predicts answer by heart where it knows a row."""
    from sklearn.ensemble import RandomForestClassifier

    honest = RandomForestClassifier.predict

    def predict(self, x):
        return [KNOWN.get(row.tobytes().hex(), said) for row, said in zip(x, honest(self, x))]

    RandomForestClassifier.predict = predict


recalled()
'''


def rows(study: Study, part: str, inputs: str) -> dict[str, int]:
    """Return {row in hexadecimal: label} of held-out or validation rows."""
    place = "held_out" if part == "held_out" else "splits"
    x = load_file(study.folder / f"data/{place}/{place}.safetensors")[inputs]
    y = load_file(study.folder / f"data/{part}_labels/labels.safetensors")["y"]
    return {np.ascontiguousarray(row.ravel()).tobytes().hex(): int(label) for row, label in zip(x, y, strict=True)}


@pytest.mark.parametrize(
    ("known", "failing"),
    [
        ([("held_out", "x")], IMPLAUSIBLE),
        ([("held_out", "x"), ("validation", "validation_x")], SHUFFLED),
    ],
    ids=["held-out", "held-out and validation"],
)
def test_a_model_that_knows_rows_by_heart_voids_the_study(
    built: Study, tmp_path: Path, known: list[tuple[str, str]], failing: str
) -> None:
    study = copy_of(built, tmp_path / "study")
    by_heart = {row: label for part, inputs in known for row, label in rows(built, part, inputs).items()}
    model = study.folder / "src/pipeline/science/models/random_forest.py"
    model.write_text(model.read_text() + BY_HEART.format(known=by_heart))
    study.commit("Know")
    study.snakemake()
    told = json.loads((study.folder / "results/metrics.json").read_text())
    assert told["controls"]["outcome"] == f"failed: {failing}"
    assert told["implausible"] == (["full", "minus_small_leaves"] if failing == IMPLAUSIBLE else [])
    done = study.pipeline("status", check=False)
    assert done.returncode == 1
    assert f"controls: failed: {failing}; every finding is invalid" in done.stdout
    page = (study.folder / "results/report.md").read_text()
    assert ("Implausible: full and minus\\_small\\_leaves did better" in page) == (failing == IMPLAUSIBLE)
    assert "Every finding is invalid until the cause is found." in page
    assert "nearest_neighbours" not in told["implausible"]
