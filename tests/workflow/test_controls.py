"""The controls in a real study: they go with every build, stay off held-out, and void it where a model peeks."""

import json
import re
from pathlib import Path

import pytest
from tests.study import Study, copy_of, made_once

PEEKING = '''"""A forest that learns validation rows by heart, whatever it is given to train on."""

from pathlib import Path

from safetensors.numpy import load_file
from sklearn.ensemble import RandomForestClassifier

from pipeline.science.models import random_forest
from pipeline.science.settings import ModelCosts, Shape

SEED_VARIES = random_forest.SEED_VARIES
Settings = random_forest.Settings
costs = random_forest.costs


class Peeking(RandomForestClassifier):
    """Fits to what it is judged by, which the study's own steps hand it."""

    def fit(self, x, y):
        """Fit validation rows."""
        seen = load_file(Path("data/splits/splits.safetensors"))["validation_x"]
        super().fit(seen.reshape(len(seen), -1), load_file(Path("data/validation_labels/labels.safetensors"))["y"])
        self.__class__ = RandomForestClassifier
        return self


def build(settings, seed):
    """Return the forest."""
    return Peeking(n_estimators=settings.trees, random_state=seed)
'''


@pytest.fixture(scope="module")
def peeking(built: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a confirmatory study whose method learns validation labels, built; not to be changed."""

    def make(folder: Path) -> None:
        study = copy_of(built, folder)
        (folder / "src/pipeline/science/models/peeking.py").write_text(PEEKING)
        for stage in ("select", "train"):
            path = folder / f"src/pipeline/stages/{stage}.py"
            handed = re.sub(r"(def run\(.*), scratch: Path\)", r"\1, scratch: Path, labels: Path)", path.read_text())
            path.write_text(handed)
        study.change("method.model", "peeking")
        study.commit("Peek")
        study.pipeline("plan", "--lock")
        (folder / "said.txt").write_text(study.snakemake().stdout)

    return made_once(tmp_path_factory, "peeking", make)


def read(study: Study, path: str) -> str:
    return (study.folder / path).read_text(encoding="utf-8")


def test_every_study_trains_its_controls_as_runs_and_evaluates_none(built: Study) -> None:
    controls = {path.parent.parent.name for path in built.folder.glob("runs/control_*/*/receipt.json")}
    assert controls == {"control_shuffled_labels", "control_same_vs_same"}
    assert not list(built.folder.glob("evaluations/control_*"))
    assert json.loads(read(built, "results/metrics.json"))["controls"]["outcome"] == "passed"
    states = json.loads(built.pipeline("status", "--json", check=False).stdout)
    assert states["controls"] == "passed"
    assert "fails where full, trained on labels that say nothing, predicts better than chance" in read(
        built, "plan/plan.json"
    )


@pytest.mark.slow
def test_a_model_that_peeks_at_validation_labels_makes_every_finding_invalid(peeking: Study) -> None:
    metrics = json.loads(read(peeking, "results/metrics.json"))
    assert metrics["controls"]["outcome"] == "failed: control_shuffled_labels"
    assert metrics["verdict"] == dict.fromkeys(("ablation", "baseline"), "supported 0 of 1, invalid 1")
    assert "INVALID: a control failed: control_shuffled_labels" in read(peeking, "said.txt")
    report = read(peeking, "results/report.md")
    assert report.index("Invalid: a control failed") < report.index("## Answer")
    status = peeking.pipeline("status", check=False)
    assert status.returncode
    assert "controls: failed: control_shuffled_labels; every finding is invalid" in status.stdout
