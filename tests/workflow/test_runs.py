"""Runs that diverge, crash or are killed, and machines that differ: nothing is lost, repeated or changed."""

import json
import os
import shlex
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.study import DATA, Study, checkout, copy_of, made_once
from tests.waiting import wait_for_group, wait_until
from tests.workflow.neural import neural_params

from pipeline.io.files import read_parquet, read_tensors
from pipeline.science.estimators import estimator_seed

SEEDS = range(10, 16)
MADE_BY_TRAINING = ("runs", "evaluations", "analysis", "results")


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the miniature of networks, built once on two cores in one pack; not to be changed."""

    def make(folder: Path) -> None:
        study = checkout(folder, neural_params())
        study.pipeline("plan", "--lock")
        study.snakemake()

    return made_once(tmp_path_factory, "networks", make)


def read(study: Study, path: str) -> Any:
    """Return a JSON file of a study."""
    return json.loads((study.folder / path).read_text())


@pytest.mark.slow
def test_a_run_that_diverges_is_a_result_of_its_own_ranked_worst(networks: Study) -> None:
    for seed in SEEDS:
        run = read(networks, f"runs/wild/seed-{seed}/run.json")
        assert run["outcome"] == "diverged"
        assert 1 <= run["diverged_at_step"] <= 50
        assert run["validation_accuracy"] == 0.0
        assert read(networks, f"evaluations/wild/seed-{seed}/evaluation.json")["accuracy"] == 0.0
        predicted = read_tensors(networks.folder / f"evaluations/wild/seed-{seed}/predictions.safetensors")["predicted"]
        assert set(predicted.tolist()) == {-1}
    tables = networks.folder / "analysis" / "tables"
    runs = read_parquet(tables / "runs.parquet").query("variant == 'wild'")
    assert runs["held_out_accuracy"].tolist() == [0.0] * len(SEEDS)
    variants = read_parquet(tables / "variants.parquet").set_index("variant")
    assert variants["diverged"].to_dict() == {"full": 0, "minus_width": 0, "wild": len(SEEDS)}
    contrast = read_parquet(tables / "contrasts.parquet").set_index("variant").loc["wild"]
    assert contrast["n"] == len(SEEDS)
    assert contrast["difference"] == pytest.approx(variants["held_out_mean"]["full"])
    assert "diverged" in (networks.folder / "results" / "report.html").read_text()
    networks.forget()
    networks.snakemake()
    assert networks.made() == set()


@pytest.mark.slow
def test_the_number_of_jobs_and_the_size_of_packs_change_no_byte(networks: Study, tmp_path: Path) -> None:
    other = copy_of(networks, tmp_path / "other")
    for name in (*DATA, "choices", *MADE_BY_TRAINING, ".pipeline"):
        shutil.rmtree(other.folder / name)
    other.snakemake("--cores", "1", "--config", "pack=7")
    assert other.made() > {"data/raw", "choices/full", "runs/full/seed-10", "results"}
    assert other.artefacts() == networks.artefacts()


@pytest.mark.slow
def test_another_seed_of_the_study_changes_bytes(networks: Study, tmp_path: Path) -> None:
    other = copy_of(networks, tmp_path / "other")
    other.change("study.seed", 4)
    other.snakemake("runs/full/seed-10/receipt.json", "--config", "pack=1")
    model = "runs/full/seed-10/model.safetensors"
    assert other.artefacts()[model] != networks.artefacts()[model]


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was_and_ends_with_the_same_bytes(networks: Study, tmp_path: Path) -> None:
    study = copy_of(networks, tmp_path / "killed")
    for name in MADE_BY_TRAINING:
        shutil.rmtree(study.folder / name)
    study.forget()

    finished = kill_while_training(study, after=3)
    study.forget()
    study.snakemake()

    assert 3 <= len(finished) < 3 * len(SEEDS)
    assert not study.made() & finished
    assert study.artefacts() == networks.artefacts()
    assert not list(study.folder.rglob("*.tmp"))
    assert not list((study.folder / ".pipeline" / "scratch").rglob("*.safetensors"))


def kill_while_training(study: Study, after: int) -> set[str]:
    """Start a build, kill its whole process group with SIGKILL after so many finished runs; return those."""
    process = study.start("snakemake", "--cores", "2")

    def some_are_finished() -> bool:
        assert process.poll() is None, "the build ended before it was killed"
        return len(list(study.folder.glob("runs/*/*/receipt.withdrawn.json"))) >= after

    wait_until(some_are_finished, f"{after} finished runs", every=0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wait_for_group(process.pid)
    receipts = study.folder.glob("runs/*/*/receipt.withdrawn.json")
    return {receipt.parent.relative_to(study.folder).as_posix() for receipt in receipts}


SAID = "said"  # what Snakemake told, in the folder of a study
MOODY = """
from pathlib import Path

from pipeline.science.models import random_forest
from pipeline.science.settings import ModelCosts, Shape

SEED_VARIES = random_forest.SEED_VARIES
Settings = random_forest.Settings


def build(settings, seed):
    if seed == {seed} and Path("trouble").exists():
        raise RuntimeError("out of luck")
    return random_forest.build(settings, seed)


def costs(estimator, shape):
    return random_forest.costs(estimator, shape)
"""


@pytest.fixture(scope="module")
def crashed(built: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the miniature with a baseline that crashes for one seed as long as there is trouble, after one run."""

    def make(folder: Path) -> None:
        study = copy_of(built, folder)
        study.forget()
        model = study.folder / "src" / "pipeline" / "science" / "models" / "moody.py"
        model.write_text(MOODY.format(seed=estimator_seed(study.params()["study"]["seed"], 12)))
        study.change("baselines.moody", {"model": "moody", "min_samples_leaf": 1, "trees": 3})
        study.change("search.spaces.moody", {"max_features": {"choice": ["sqrt"]}})
        study.change("families.baseline.against", ["nearest_neighbours"])  # moody is in no contrast: six seeds do
        (study.folder / "trouble").touch()
        done = study.snakemake(check=False)
        assert done.returncode != 0
        (study.folder / SAID).write_text(done.stderr)

    return made_once(tmp_path_factory, "crashed", make)


@pytest.fixture
def troubled(crashed: Study, tmp_path: Path) -> Study:
    """Return a copy of the study in which a run crashed, to change."""
    return copy_of(crashed, tmp_path / "troubled")


@pytest.mark.slow
def test_a_run_that_crashes_stops_no_other_and_only_what_is_missing_runs_afterwards(troubled: Study) -> None:
    said = (troubled.folder / SAID).read_text()
    others = {f"runs/moody/seed-{seed}" for seed in SEEDS if seed != 12}
    assert troubled.made() == {"choices/moody"} | others
    end = said[said.rindex("failed: ") :].splitlines()
    assert end[0] == "failed: runs/moody/seed-12: RuntimeError: out of luck"
    assert end[1].startswith("  log:    logs/train_")
    assert "out of luck" in (troubled.folder / end[1].split()[-1]).read_text()
    repeat = shlex.split(end[2].removeprefix("  repeat: "))
    assert repeat == ["snakemake", "--cores", "1", "runs/moody/seed-12/receipt.json"]

    (troubled.folder / "trouble").unlink()
    troubled.forget()
    troubled.run(troubled.python, "-m", *repeat)
    assert troubled.made() == {"runs/moody/seed-12"}
    troubled.forget()
    troubled.snakemake()
    assert troubled.made() == {"analysis", "results"}


@pytest.mark.slow
def test_mending_the_code_of_a_model_repeats_that_model_and_no_other(troubled: Study) -> None:
    model = troubled.folder / "src" / "pipeline" / "science" / "models" / "moody.py"
    model.write_text(model.read_text().replace('raise RuntimeError("out of luck")', "pass"))
    troubled.forget()

    troubled.snakemake()

    mended = {"choices/moody", *(f"runs/moody/seed-{seed}" for seed in SEEDS)}
    assert troubled.made() == mended | {"analysis", "results"}
