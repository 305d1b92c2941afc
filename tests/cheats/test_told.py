"""A model whose file changes the engine's functions, wherever it is loaded: no step is told otherwise for it."""

import json
from pathlib import Path

import pytest

from tests.study import Study, copy_of

pytestmark = pytest.mark.slow
ENGINE = '''

def changed() -> None:
    """Have the analysis told another alpha, the search of baselines fewer trials, and no run another seed."""
    import sys

    def told(name, key, value):
        stage = sys.modules.get(f"pipeline.stages.{name}")
        if stage is None:
            return
        honest = stage.parameters

        def parameters(*arguments, **named):
            told = honest(*arguments, **named)
            return told.model_copy(update={key: value(getattr(told, key))})

        stage.parameters = parameters

    told("analyse", "claim", lambda claim: {**claim, "alpha": 0.5})
    told("select", "trials", lambda trials: 1)
    told("train", "study_seed", lambda seed: 9)


changed()
'''


def parameters(study: Study) -> dict[str, object]:
    """Return what each artefact says that its step was told."""
    found = sorted(study.folder.rglob("receipt.json"))
    return {str(path.parent.relative_to(study.folder)): json.loads(path.read_text())["parameters"] for path in found}


@pytest.fixture
def attempted(built: Study, tmp_path: Path) -> Study:
    """Return a built study whose model then changes the engine."""
    study = copy_of(built, tmp_path / "study")
    model = study.folder / "src/pipeline/science/models/random_forest.py"
    model.write_text(model.read_text() + ENGINE)
    study.commit("Change the engine")
    return study


def test_no_step_is_told_otherwise_than_the_study_states(attempted: Study, built: Study) -> None:
    attempted.snakemake()
    assert {"runs/full/seed-10", "choices/full", "evaluations/full/seed-10"} <= attempted.made()
    told, honest = parameters(attempted), parameters(built)
    for each in (told, honest):
        each["analysis"].pop("deviations", None)  # type: ignore[attr-defined]  # the edit itself
    assert told == honest


def test_where_who_reads_the_study_loads_the_model_the_attempt_succeeds(attempted: Study) -> None:
    reader = attempted.folder / "src/pipeline/workflow.py"
    reader.write_text(f"{reader.read_text()}\n\nimport pipeline.science.models.random_forest\n")
    done = attempted.snakemake("choices/nearest_neighbours/receipt.json")
    assert "stale: choices/nearest_neighbours: parameter trials (2 → 1)" in done.stderr
