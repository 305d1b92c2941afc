"""A study on a real Slurm: the bytes of the local run, also where jobs are requeued and their controller is killed."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from tests.study import Study, clean_environment, copy_of
from tests.workflow import slurm

from pipeline.cluster import options, prepare_cluster

CONTROLLER = (sys.executable, "-m", "snakemake", "--profile", "profiles/slurm", "--config", "pack=100")
QUICK = ("--slurm-init-seconds-before-status-checks", "2")
MADE = ("data/raw", "data/splits", "data/held_out", "choices", "runs", "evaluations", "analysis", "results")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run a Slurm for the tests of this module."""
    with FileLock(Path(tempfile.gettempdir()) / "slurm-of-tests.lock"):  # one at a time on a machine
        if why := slurm.missing():
            pytest.skip(why)
        with slurm.slurm(tmp_path_factory.mktemp("slurm")):
            yield


def submitted(study: Study) -> "subprocess.Popen[bytes]":
    """Start a controller in a session of its own."""
    return subprocess.Popen(
        [*CONTROLLER, *QUICK],
        cwd=study.folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean_environment(),
    )


def job_of(rule: str, states: str = "RUNNING") -> str:
    """Return the number of a rule's job in some states, or nothing; Snakemake states the rule as the job's comment."""
    listed = slurm.asked("squeue", "--noheader", f"--states={states}", "--format=%A %k")
    return next((line.split()[0] for line in listed.splitlines() if f"rule_{rule}" in line), "")


@pytest.mark.slow
def test_a_job_that_is_requeued_midway_gives_the_bytes_of_the_local_run(
    built: Study, cluster: None, tmp_path: Path
) -> None:
    study = copy_of(built, tmp_path / "study")
    study.run("rm", "-rf", *MADE, ".pipeline", ".snakemake")
    controller = submitted(study)
    slurm.wait(lambda: bool(job_of("train_1")), 300)
    requeued = job_of("train_1")
    study.run("scontrol", "requeue", requeued)
    slurm.wait(lambda: job_of("train_1", "PENDING") == requeued, 60)
    assert controller.wait(600) == 0  # Slurm itself lets a requeued job wait for two minutes
    assert study.artefacts() == built.artefacts()
    made = [artefact for event, artefact in study.journal() if event == "made"]
    assert len(made) == len(set(made))


@pytest.mark.slow
def test_a_cancelled_job_is_made_again_and_jobs_of_a_killed_controller_are_not_submitted_twice(
    built: Study, cluster: None, tmp_path: Path
) -> None:
    study = copy_of(built, tmp_path / "study")
    study.run("rm", "-rf", "analysis", "results", ".pipeline")
    controller = submitted(study)
    slurm.wait(lambda: bool(job_of("analyse")), 120)
    cancelled = job_of("analyse")
    study.run("scancel", cancelled)
    slurm.wait(lambda: job_of("analyse", "RUNNING,PENDING") not in ("", cancelled), 120)
    os.killpg(controller.pid, signal.SIGKILL)
    controller.wait()

    study.run(*CONTROLLER, *QUICK)

    assert [artefact for event, artefact in study.journal() if event == "made"] == ["analysis", "results"]
    assert study.artefacts() == built.artefacts()
    assert not slurm.asked("squeue", "--noheader", "--me", "--states=RUNNING,PENDING")


def test_a_slurm_without_accounts_is_not_asked_through_them(
    cluster: None, monkeypatch: pytest.MonkeyPatch, built: Study
) -> None:
    monkeypatch.chdir(built.folder)
    prepare_cluster(["--profile", "profiles/slurm"])
    with pytest.raises(Exception, match="keeps no accounts, so snakemake would never learn that a job has ended"):
        prepare_cluster(["--profile", "profiles/slurm", "--slurm-status-command", "sacct"])
    prepare_cluster(["--cores", "2"])


def test_jobs_of_others_and_of_other_folders_are_let_be(
    cluster: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, built: Study
) -> None:
    monkeypatch.chdir(built.folder)
    mine = "9d3a5f6e-0c5b-4d56-9d0b-1b5a6c7d8e9f"
    for folder, name in ((built.folder, "by-hand"), (tmp_path, mine), (built.folder, mine)):
        subprocess.run(
            ["sbatch", f"--chdir={folder}", f"--job-name={name}", "--output=/dev/null", "--wrap=sleep 600"], check=True
        )
    prepare_cluster(["--executor=slurm", "--slurm-status-command=squeue"])
    left = slurm.asked("squeue", "--noheader", "--me", "--format=%j %Z").splitlines()
    assert sorted(line.split()[0] for line in left) == sorted(["by-hand", mine])
    assert not any(line == f"{mine} {built.folder}" for line in left)
    subprocess.run(["scancel", "--me"], check=True)


@pytest.mark.parametrize(
    ("arguments", "executor"),
    [
        (["--cores", "2"], None),
        (["--profile", "profiles/slurm"], "slurm"),
        (["--profile=profiles/slurm", "-e", "local"], "local"),
        (["--executor", "slurm"], "slurm"),
    ],
)
def test_the_executor_is_read_from_profiles_and_options(
    arguments: list[str], executor: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.study import ROOT

    monkeypatch.chdir(ROOT)
    assert options(arguments).get("executor") == executor
