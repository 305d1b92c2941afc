"""Jobs of a study that asks for a GPU, where there is none: only what computes on one is refused."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.io.toy import receipt
from tests.study import Study, checkout, clean_environment
from tests.workflow.neural import neural_params

from pipeline.io import runs
from pipeline.io.gpus import VISIBLE
from pipeline.io.receipts import RECEIPT, WITHDRAWN, sealed
from pipeline.io.runs import TOKEN, announce, hold
from pipeline.io.settling import Graph, Job
from pipeline.snakefile import gpus, packs
from pipeline.workflow import Workflow

RAW, SPLITS, LABELS = "data/raw", "data/splits", "data/validation_labels"
NETWORK, NEIGHBOURS = "choices/full", "choices/nearest_neighbours"
JOBS = [
    Job("fetch", (receipt(RAW),), {"source": ("data/source/rows.npz",)}),
    Job("prepare", (receipt(SPLITS), receipt(LABELS), receipt("data/held_out")), {"raw": (receipt(RAW),)}),
    *(
        Job("select", (receipt(home),), {"splits": (receipt(SPLITS),), "labels": (receipt(LABELS),)})
        for home in (NETWORK, NEIGHBOURS)
    ),
]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    """Yield a study of a network and an estimator, its splits made, and this process the run at work."""
    params = neural_params()
    params["method"]["steps"] = 5
    params["baselines"] = {"nearest_neighbours": {"model": "nearest_neighbours", "weights": "uniform"}}
    params["search"]["spaces"] = {
        "method": params["search"]["spaces"]["method"],
        "nearest_neighbours": {"neighbours": {"integer": [1, 9]}},
    }
    study = checkout(tmp_path / "study", params)
    monkeypatch.chdir(study.folder)
    monkeypatch.setenv(TOKEN, "")
    hold()
    announce(Graph(JOBS))
    for home in (RAW, SPLITS):
        assert performed(study, home).returncode == 0
    yield study
    while runs.KEPT:
        runs.KEPT.pop().close()


def performed(study: Study, home: str) -> "subprocess.CompletedProcess[str]":
    """Perform the job of an artefact in a process of its own, as Snakemake's rule does, where no GPU may be seen."""
    step = next(job.step for job in JOBS if receipt(home) in job.outputs)
    token = os.environ[TOKEN]
    command = (sys.executable, "-m", "pipeline", "step", step, receipt(home), "--log", f"logs/{step}.log")
    clean = {name: value for name, value in clean_environment().items() if name != "SLURM_JOB_ID"}
    environment = {**clean, "PYTHONPATH": str(study.folder / "src"), VISIBLE: "", TOKEN: token}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def as_made_on_a_gpu(home: Path) -> None:
    """Turn a receipt into that which a machine with a GPU would have signed for the same files, withdrawn."""
    fields = json.loads((home / RECEIPT).read_text())
    del fields["seal"]
    fields["parameters"]["device"] = "cuda"
    (home / WITHDRAWN).write_text(sealed(fields))
    (home / RECEIPT).unlink()


@pytest.mark.slow
def test_without_a_gpu_an_estimator_is_fitted_a_network_refused_and_one_that_is_there_comes_back(study: Study) -> None:
    assert performed(study, NETWORK).returncode == 0
    study.change("compute.device", "cuda")

    done = performed(study, NEIGHBOURS)  # knows the CPU alone
    assert done.returncode == 0, done.stderr

    done = performed(study, NETWORK)
    assert done.returncode
    assert "compute.device: cuda, and this machine has no usable CUDA device" in done.stderr

    as_made_on_a_gpu(Path(NETWORK))
    done = performed(study, NETWORK)
    assert done.returncode == 0, done.stderr
    assert study.journal()[-1] == ("returned", NETWORK)


def test_only_jobs_that_compute_on_a_gpu_ask_for_one_and_estimators_are_packed_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = neural_params()
    params["baselines"] = {"nearest_neighbours": {"model": "nearest_neighbours", "weights": "uniform"}}
    params["search"]["spaces"]["nearest_neighbours"] = {"neighbours": {"integer": [1, 9]}}
    params["compute"]["device"] = "cuda"
    del params["search"]["spaces"]["wild"]
    study = checkout(tmp_path / "study", params)
    monkeypatch.chdir(study.folder)
    workflow = Workflow.load()
    assert gpus(workflow, "select", [NETWORK]) == 1
    assert gpus(workflow, "select", [NEIGHBOURS]) == 0
    packed = [{run.variant in ("full", "minus_width") for run in pack} for pack in packs(workflow, workflow.runs, 100)]
    assert packed == [{True}, {False}]

    study.change("compute.device", "cpu")
    workflow = Workflow.load()
    assert gpus(workflow, "select", [NETWORK]) == 0
    assert len(packs(workflow, workflow.runs, 100)) == 1
