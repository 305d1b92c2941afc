"""DVC over the graph: four phases that are clean after a run, compared on validation, shared with a remote."""

import csv
import io
import json
from pathlib import Path

import pytest
import yaml
from tests.study import ROOT, Study, copy_of

from pipeline.base.params import Study as Stated

PHASES = {"data", "train", "evaluate", "report"}
CLEAN = "Data and pipelines are up to date."


@pytest.fixture(scope="module")
def recorded(built: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the built study, recorded by DVC and committed; not to be changed."""
    study = copy_of(built, tmp_path_factory.mktemp("recorded") / "study")
    study.forget()
    study.dvc("repro")
    study.commit("Record the results")
    return study


@pytest.fixture
def tracked(recorded: Study, tmp_path: Path) -> Study:
    """Return a copy of the recorded study, to change."""
    copy = copy_of(recorded, tmp_path / "study")
    copy.forget()
    return copy


def test_the_phases_state_every_parameter_of_the_study() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    assert set(stages) == PHASES
    stated = {param.partition(".")[0] for stage in stages.values() for param in stage["params"]}
    assert stated == set(Stated.model_fields)
    for phase in PHASES - {"data"}:
        assert set(stages[phase]["params"]) == set(Stated.model_fields), phase


def test_every_out_outlives_its_phase() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    for stage in stages.values():
        for out in stage["outs"]:
            assert next(iter(out.values())) == {"persist": True}


@pytest.mark.slow
def test_repro_makes_nothing_again_and_leaves_a_clean_state(recorded: Study) -> None:
    assert recorded.made() == set()
    assert CLEAN in recorded.dvc("status").stdout
    assert recorded.git("status", "--short") == ""
    assert "up to date" in recorded.dvc("repro").stdout
    assert set(recorded.dvc("dag").stdout.split()) >= PHASES
    shown = recorded.dvc("metrics", "show", "--json").stdout
    assert '"status": "confirmatory"' in shown


@pytest.mark.slow
def test_a_changed_artefact_makes_dvc_status_say_so(tracked: Study) -> None:
    (tracked.folder / "results" / "metrics.json").write_text("{}")
    assert CLEAN not in tracked.dvc("status").stdout


@pytest.mark.slow
def test_an_experiment_is_one_row_of_parameters_and_validation_scores(tracked: Study) -> None:
    before = tracked.artefacts()

    tracked.dvc("exp", "run", "-n", "larger", "-S", "components.small_leaves.min_samples_leaf=20")

    assert tracked.made() == {f"runs/minus_small_leaves/seed-{seed}" for seed in range(10, 16)} | {
        "analysis",
        "results",
    }
    rows = list(csv.DictReader(io.StringIO(tracked.dvc("exp", "show", "--csv").stdout)))
    (row,) = [row for row in rows if row["Experiment"] == "larger"]
    assert row["components.small_leaves.min_samples_leaf"] == "20"
    assert float(row["validation.mean"]) > 0.3
    assert row["status"] == "exploratory"
    assert not row["held_out.mean"]

    tracked.git("checkout", "params.yaml", "dvc.lock")
    tracked.dvc("checkout")
    tracked.forget()
    tracked.snakemake()
    assert tracked.made() == set()
    assert tracked.artefacts() == before


@pytest.mark.slow
def test_a_clone_that_pulls_has_nothing_to_run(tracked: Study, tmp_path: Path) -> None:
    clone = shared(tracked, tmp_path)
    clone.dvc("pull")
    clone.snakemake()
    assert clone.made() == set()
    assert clone.artefacts() == tracked.artefacts()
    clone.pipeline("status")


@pytest.mark.slow
def test_a_clone_that_rebuilds_everything_records_the_same_bytes(tracked: Study, tmp_path: Path) -> None:
    clone = shared(tracked, tmp_path)
    clone.dvc("repro", "--force")
    assert clone.git("diff", "--stat", "dvc.lock") == ""
    assert clone.artefacts() == tracked.artefacts()


def shared(study: Study, folder: Path) -> Study:
    """Return a fresh clone of a study that was pushed to a remote, the raw file it names beside it."""
    study.dvc("remote", "add", "-d", "shared", str(folder / "remote"))
    study.commit("Name the remote")
    study.dvc("push")
    study.run("git", "clone", "-q", str(study.folder), str(folder / "clone"))
    return Study(folder / "clone")


@pytest.mark.slow
def test_a_study_without_a_plan_ends_exploratory_and_clean(tracked: Study) -> None:
    tracked.git("rm", "-q", "plan/plan.json")
    tracked.commit("Withdraw the plan")
    said = tracked.dvc("repro")
    assert "study: exploratory, plan/plan.json is missing" in said.stderr
    assert json.loads((tracked.folder / "results" / "metrics.json").read_text())["status"] == "exploratory"
    assert not any(path.is_file() for path in (tracked.folder / "evaluations").rglob("*"))
    assert CLEAN in tracked.dvc("status").stdout


@pytest.mark.slow
def test_a_plan_that_is_written_and_not_committed_stops_every_run_before_anything_changes(tracked: Study) -> None:
    tracked.git("rm", "-q", "--cached", "plan/plan.json")
    tracked.git("commit", "-q", "-m", "Forget the plan")
    before = tracked.artefacts()
    done = tracked.snakemake(check=False)
    assert done.returncode
    assert "pipeline: plan/plan.json: states this study but is not committed; commit it" in done.stderr
    assert tracked.artefacts() == before
