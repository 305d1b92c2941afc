"""A study of networks on a real GPU; skipped where there is none. `pytest tests/workflow/test_on_gpu.py` on one."""

import json
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.study import Study, checkout, copy_of, made_once
from tests.waiting import wait_until
from tests.workflow.neural import neural_params

pytestmark = [pytest.mark.slow, pytest.mark.needs("gpu")]
SEEDS = list(range(10, 17))
AT_ONCE = 3


def on_gpu() -> dict[str, Any]:
    """Return the parameters of a miniature study of networks on a GPU, an estimator beside them."""
    params = neural_params()
    params["compute"]["device"] = "cuda"
    params["seeds"]["final"] = SEEDS
    params["baselines"]["nearest_neighbours"] = {"model": "nearest_neighbours", "weights": "uniform"}
    params["search"]["spaces"]["nearest_neighbours"] = {"neighbours": {"integer": [1, 9]}}
    return params


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a checkout of the study, its plan locked, nothing made; to be copied."""

    def make(folder: Path) -> None:
        checkout(folder, on_gpu()).pipeline("plan", "--lock")

    return made_once(tmp_path_factory, "gpu-fresh", make)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, fresh: Study) -> Study:
    """Return the study, made in small packs, several jobs on the GPU at once; to be copied."""

    def make(folder: Path) -> None:
        snakemake = (sys.executable, "-m", "snakemake", "--cores", str(AT_ONCE))
        copy_of(fresh, folder).run(*snakemake, "--config", "pack=3", f"jobs_per_gpu={AT_ONCE}")

    return made_once(tmp_path_factory, "gpu-made", make)


def test_several_at_once_and_one_after_the_other_in_one_job_give_the_same_bytes(
    fresh: Study, made: Study, tmp_path: Path
) -> None:
    other = copy_of(fresh, tmp_path / "packed")
    other.snakemake("--config", "pack=20")
    here, there = made.artefacts(), other.artefacts()
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []
    assert json.loads(here["runs/full/seed-10/receipt.json"])["parameters"]["device"] == "cuda"


def test_what_a_gpu_cost_stands_beside_what_the_processor_did(made: Study) -> None:
    rows = {row["artefacts"]: row for row in json.loads((made.folder / "observed" / "costs.json").read_text())}
    network, estimator = rows["runs/full"], rows["runs/nearest_neighbours"]
    assert network["peak_gpu_memory_mb"] > 0
    assert 0 < network["gpu_utilisation_percent"] <= 100
    assert network["gpu_joules"] > 0
    assert estimator["peak_gpu_memory_mb"] is estimator["gpu_utilisation_percent"] is estimator["gpu_joules"] is None
    assert "GPU busy, %" in (made.folder / "observed" / "index.html").read_text()


def test_jobs_are_confined_and_say_which_gpu_they_hold(made: Study) -> None:
    noted = json.loads((made.folder / "observed" / "artefacts" / "runs__full__seed-10.json").read_text())
    assert noted["confinement"].startswith("landlock abi")
    assert noted["machine"]["gpu"] != "unknown"
    logs = "".join(path.read_text() for path in (made.folder / "logs").rglob("*.log"))
    assert re.search(r"gpu: GPU-[0-9a-f-]+, held for the life of this job", logs)


def test_training_that_is_killed_ends_with_the_bytes_of_one_left_alone(
    fresh: Study, made: Study, tmp_path: Path
) -> None:
    study = copy_of(fresh, tmp_path / "killed")
    stage = study.folder / "src" / "pipeline" / "stages" / "train.py"
    stage.write_text(stage.read_text().replace("CHECKPOINT_SECONDS = 20.0", "CHECKPOINT_SECONDS = 0.0"))
    target = "runs/full/seed-10/receipt.json"
    running = study.start("snakemake", "--cores", "2", "--config", "pack=1", "--", target)
    saved = study.folder / ".pipeline" / "scratch" / "runs__full__seed-10"

    def is_saved() -> bool:
        assert running.poll() is None, "it ended before it was killed"
        return bool(list(saved.glob("*/checkpoint.safetensors")))

    wait_until(is_saved, "a checkpoint", every=0.005)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    assert not (study.folder / target).exists()

    study.snakemake("--config", "pack=1", "--", target)
    name = "runs/full/seed-10/model.safetensors"
    assert (study.folder / name).read_bytes() == (made.folder / name).read_bytes()


def test_a_clean_room_rebuilds_it_on_the_gpu(made: Study, tmp_path: Path) -> None:
    study = copy_of(made, tmp_path / "recorded")
    study.pipeline("record")
    study.commit("Record")
    done = study.pipeline("verify")
    assert "identical" in done.stdout.lower()


def test_the_self_test_fits_networks_on_the_gpu(fresh: Study) -> None:
    done = fresh.run(
        sys.executable, "-m", "pipeline", "verify", "--self-test", PYTHONPATH=str(fresh.folder / "src"), check=False
    )
    said = dict(re.findall(r"^  (\w+ on cuda): (.*)$", done.stdout, re.MULTILINE))
    assert said, done.stdout + done.stderr
    assert set(said.values()) == {"the same"}, done.stdout


def test_the_weights_are_those_of_a_cpu_to_rounding_and_no_further(made: Study, tmp_path: Path) -> None:
    params = on_gpu()
    params["compute"]["device"] = "cpu"
    other = checkout(tmp_path / "cpu", params)
    other.snakemake("runs/full/seed-10/receipt.json")
    told = [json.loads((study.folder / "runs/full/seed-10/run.json").read_text()) for study in (made, other)]
    assert told[0]["weights_sha256"] != told[1]["weights_sha256"]
    assert abs(told[0]["validation_accuracy"] - told[1]["validation_accuracy"]) < 0.05
