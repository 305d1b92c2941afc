"""DVC over the graph: four phases that are clean after a run, compared on validation, shared with a remote."""

import csv
import io
import json
from pathlib import Path

import pytest
import yaml
from tests.study import ROOT, Study
from tests.waiting import wait_until
from tests.workflow.conftest import shared

from pipeline.base.params import Study as Stated

PHASES = {"data", "train", "evaluate", "report"}
CLEAN = "Data and pipelines are up to date."


def test_the_phases_state_every_parameter_of_the_study() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    assert set(stages) == PHASES
    assert {param.partition(".")[0] for param in stages["data"]["params"]} < set(Stated.model_fields)
    for phase in PHASES - {"data"}:
        assert stages[phase]["params"] == [{"params.yaml": None}], phase


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


@pytest.mark.slow
def test_experiments_in_queue_and_in_a_folder_of_their_own_make_only_what_differs_and_can_be_applied(
    tracked: Study,
) -> None:
    before = tracked.artefacts()
    for leaves in (15, 20):
        setting = f"components.small_leaves.min_samples_leaf={leaves}"
        tracked.dvc("exp", "run", "--queue", "-n", f"leaves-{leaves}", "-S", setting)
    tracked.dvc("queue", "start", "-j", "2")
    wait_for_queue(tracked)
    tracked.dvc("exp", "run", "--temp", "-n", "leaves-25", "-S", "components.small_leaves.min_samples_leaf=25")
    assert tracked.artefacts() == before
    for leaves in (15, 20):
        logs = tracked.dvc("queue", "logs", f"leaves-{leaves}").stdout
        made = {line.split(" made in ")[0].strip() for line in logs.splitlines() if " made in " in line}
        assert made == {f"runs/minus_small_leaves/seed-{seed}" for seed in range(10, 16)} | {"analysis", "results"}

    tracked.dvc("exp", "apply", "leaves-20")
    tracked.forget()
    tracked.snakemake()
    assert tracked.made() == set()
    assert tracked.params()["components"]["small_leaves"]["min_samples_leaf"] == 20
    assert CLEAN in tracked.dvc("status").stdout
    assert "min_samples_leaf" in tracked.dvc("params", "diff").stdout
    assert "exploratory" in tracked.dvc("metrics", "diff").stdout
    assert "index.html" in tracked.dvc("plots", "diff", "HEAD").stdout

    tracked.git("checkout", "-q", "params.yaml", "dvc.lock")
    tracked.dvc("exp", "branch", "leaves-25", "quarter")
    tracked.git("checkout", "-q", "quarter")
    tracked.snakemake()
    assert tracked.made() == set()
    assert CLEAN in tracked.dvc("status").stdout


def wait_for_queue(study: Study) -> None:
    """Return when every queued experiment has succeeded."""

    def have_succeeded() -> bool:
        said = study.dvc("queue", "status").stdout
        assert "Failed" not in said, said
        return said.count("Success") == 2

    wait_until(have_succeeded, "two experiments of the queue", 300)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["snakemake", "dvc"])
def test_a_change_taken_back_comes_from_dvcs_cache_without_work(tracked: Study, engine: str) -> None:
    before, params = tracked.artefacts(), tracked.params()
    tracked.change("method.min_samples_leaf", 2)
    tracked.snakemake("trained")
    assert "runs/full/seed-10" in tracked.made()
    tracked.state(params)
    tracked.forget()
    done = tracked.dvc("repro") if engine == "dvc" else tracked.snakemake()
    assert "runs/full/seed-10 brought back from DVC's cache" in done.stderr + done.stdout
    assert tracked.made() == set()
    assert tracked.artefacts() == before


@pytest.mark.slow
def test_a_run_that_is_forced_makes_all_anew_whatever_the_cache_holds(tracked: Study) -> None:
    before = tracked.artefacts()
    tracked.snakemake("--forcerun", "report")
    assert tracked.made() == {"results"}
    assert tracked.artefacts() == before


@pytest.mark.slow
@pytest.mark.parametrize("link", ["hardlink", "symlink", "copy"])
def test_links_into_dvcs_cache_rerun_nothing_and_are_never_written_through(tracked: Study, link: str) -> None:
    before, params = tracked.artefacts(), tracked.params()
    tracked.dvc("config", "cache.type", link)
    tracked.dvc("checkout", "--relink")
    assert (tracked.folder / "runs/full/seed-10/model.skops").is_symlink() == (link == "symlink")
    tracked.snakemake()
    assert tracked.made() == set()
    tracked.change("method.min_samples_leaf", 2)
    tracked.snakemake("trained")
    tracked.state(params)
    tracked.git("checkout", "-q", ".dvc/config")
    tracked.forget()
    tracked.dvc("checkout", "--force")
    tracked.snakemake()
    assert tracked.made() == set()
    assert tracked.artefacts() == before
    assert CLEAN in tracked.dvc("status").stdout
