"""A study on a real Slurm: the bytes of the local run, also where jobs are requeued and their controller is killed."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Container, Iterator
from pathlib import Path
from typing import IO

import pytest
from filelock import FileLock
from tests.needs import require
from tests.study import DATA, Study, checkout, copy_of
from tests.waiting import wait_until
from tests.workflow import slurm
from tests.workflow.neural import neural_params

from pipeline.cluster import options, prepare_cluster
from pipeline.io.attempts import ATTEMPTS, Attempt, read

CONTROLLER = (sys.executable, "-m", "snakemake", "--profile", "profiles/slurm")
QUICK = ("--slurm-init-seconds-before-status-checks", "2")
STARTED: "list[subprocess.Popen[bytes]]" = []
TOO_LITTLE = 250  # MB: enough for Snakemake, and not for a job that loads scikit-learn
MADE = (*DATA, "choices", "runs", "evaluations", "analysis", "results")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[slurm.Slurm]:
    """Run a Slurm for the tests of this module."""
    with FileLock(Path(tempfile.gettempdir()) / "slurm-of-tests.lock"):  # one at a time on a machine
        require("root", "slurm", "no-slurm")
        with slurm.slurm(tmp_path_factory.mktemp("slurm")) as running:
            yield running


def submitted(study: Study, *arguments: str, output: IO[str] | None = None) -> "subprocess.Popen[bytes]":
    """Start a controller in a session of its own; what it says goes to `output`."""
    STARTED.append(study.start(*CONTROLLER[2:], *QUICK, *arguments, output=output))
    return STARTED[-1]


@pytest.fixture(autouse=True)
def no_controller_is_left() -> Iterator[None]:
    """Kill the controllers that a failed test leaves."""
    yield
    while STARTED:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(STARTED.pop().pid, signal.SIGKILL)


def job_of(rule: str, states: str = "RUNNING") -> str:
    """Return the number of a rule's job in some states, or nothing; Snakemake states the rule as the job's comment."""
    listed = slurm.asked("squeue", "--noheader", f"--states={states}", "--format=%A %k")
    return next((line.split()[0] for line in listed.splitlines() if f"rule_{rule}" in line), "")


def wait_for(study: Study, logs: Container[str], made: int) -> Attempt:
    """Return an attempt, by its log, at a job of several artefacts that has made some of them."""
    found: list[Attempt] = []

    def is_there() -> bool:
        attempts = [read(path) for path in sorted((study.folder / ATTEMPTS).glob("*.jsonl"))]
        found[:] = [each for each in attempts if each and each.log in logs and not each.ended]
        found[:] = [each for each in found if made <= len(each.made) < len(each.homes)]
        return bool(found)

    wait_until(is_there, f"a job that logs to one of {logs} and has made {made} artefacts, not all", 900, every=0.02)
    return found[0]


def frozen(attempt: Attempt) -> Attempt:
    """Stop a job's process, so that it stays where it is until it is killed."""
    os.kill(attempt.process, signal.SIGSTOP)
    return attempt


def killed(said: str, job: str | None) -> str:
    """Return the one line on a job that was killed."""
    (line,) = [line for line in said.splitlines() if line.startswith(f"killed: job {job} ")]
    return line


@pytest.mark.slow
def test_each_job_that_is_killed_is_reported_by_seed_and_tried_again_until_retries_are_used_up(
    built: Study, cluster: slurm.Slurm, tmp_path: Path
) -> None:
    study = copy_of(built, tmp_path / "study")
    study.change("method.trees", 100)  # so that a job can be met between two of its runs
    study.run("rm", "-rf", "runs", "evaluations", "analysis", "results", ".pipeline", "observed")
    with (tmp_path / "said").open("w") as said:
        small = ("--set-resources", f"train_2:mem_mb={TOO_LITTLE}", "--retries", "1")
        controller = submitted(study, *small, "--config", "pack=9", output=said)
        logs = {"logs/train_1.log", "logs/train_3.log"}
        cancelled = frozen(wait_for(study, logs, 1))
        subprocess.run(["scancel", str(cancelled.slurm_job)], check=True)
        late = frozen(wait_for(study, logs - {cancelled.log}, 1))
        over = ["scontrol", "update", f"JobId={late.slurm_job}", "EndTime=now"]
        taken = "an end that Slurm takes, which is none in the job's first second"
        wait_until(lambda: subprocess.run(over, check=False).returncode == 0, taken, every=slurm.EVERY)
        assert slurm.status_of(controller, 1200) != 0
    end = (tmp_path / "said").read_text()

    line = killed(end, cancelled.slurm_job)
    rule = Path(cancelled.log).stem
    assert f"(train) was cancelled; done: {cancelled.homes[0]}" in line
    assert f" {cancelled.homes[-1]}; log: logs/slurm/rule_{rule}/{cancelled.slurm_job}.log" in line
    assert line.endswith("; made since")
    line = killed(end, late.slurm_job)
    assert "(train) was over its time limit; done: " in line
    assert line.endswith("; made since")
    lines = [line for line in end.splitlines() if line.startswith("killed: ") and "was over its memory limit" in line]
    assert len(lines) == 2
    assert all("in 2 tries, retries are used up: run snakemake again" in line for line in lines)
    made = {path.parent.relative_to(study.folder).as_posix() for path in study.folder.glob("runs/*/*/receipt.json")}
    assert {*cancelled.homes, *late.homes} <= made


@pytest.mark.slow
def test_a_study_whose_controller_and_node_are_killed_and_whose_jobs_are_requeued_has_the_bytes_of_the_local_run(
    built: Study, cluster: slurm.Slurm, tmp_path: Path
) -> None:
    study = copy_of(built, tmp_path / "study")
    study.run("rm", "-rf", *MADE, ".pipeline", ".snakemake", "observed")
    with (tmp_path / "said").open("w") as said, (tmp_path / "watched").open("w") as watched:
        controller = submitted(study, "--config", "pack=100", output=said)
        requeued = frozen(wait_for(study, ("logs/train_1.log",), 1))
        watcher = study.start("pipeline", "status", "--watch", "--json", output=watched)
        cluster.kill("slurmctld")
        wait_until(lambda: "waiting: slurm_load_jobs error" in (tmp_path / "said").read_text(), "word of the wait")
        cluster.start_controller()
        wait_until(lambda: job_of("train_1") == requeued.slurm_job, "the job again", every=slurm.EVERY)
        study.run("scontrol", "requeue", str(requeued.slurm_job))
        again = frozen(wait_for(study, ("logs/train_1.log",), len(requeued.made) + 1))
        assert again.slurm_job == requeued.slurm_job
        cluster.cut_power()
        wait_until(lambda: "down" in slurm.asked("sinfo", "-h", "-o", "%T"), "a node that is down", every=slurm.EVERY)
        cluster.start_node()
        assert slurm.status_of(controller, 1200) == 0
        assert watcher.wait(120) == 0
    end = (tmp_path / "said").read_text()

    lines = [line for line in end.splitlines() if line.startswith(f"killed: job {requeued.slurm_job} (train) ")]
    assert len(lines) == 2
    assert all("was requeued by Slurm" in line and line.endswith("; made since") for line in lines)
    assert f"; done: {requeued.homes[0]}" in lines[0]
    assert study.artefacts() == built.artefacts()
    made = [artefact for event, artefact in study.journal() if event == "made"]
    assert len(made) == len(set(made))
    states = [json.loads(line) for line in (tmp_path / "watched").read_text().splitlines()]
    assert any(str(requeued.slurm_job) in state["running"].values() for state in states)
    assert states[-1]["done"] == states[-1]["total"] > 0


@pytest.mark.slow
def test_jobs_of_a_killed_controller_are_not_submitted_twice(
    built: Study, cluster: slurm.Slurm, tmp_path: Path
) -> None:
    study = copy_of(built, tmp_path / "study")
    study.run("rm", "-rf", "analysis", "results", ".pipeline")
    controller = submitted(study)
    wait_until(lambda: job_of("analyse"), "the job of analyse", 600, every=slurm.EVERY)
    os.killpg(controller.pid, signal.SIGKILL)
    controller.wait()

    study.run(*CONTROLLER, *QUICK)

    assert [artefact for event, artefact in study.journal() if event == "made"] == ["analysis", "results"]
    assert study.artefacts() == built.artefacts()
    assert not slurm.asked("squeue", "--noheader", "--me", "--states=RUNNING,PENDING")


@pytest.mark.slow
def test_a_job_that_slurm_lost_is_tried_again(built: Study, cluster: slurm.Slurm, tmp_path: Path) -> None:
    study = copy_of(built, tmp_path / "study")
    study.run("rm", "-rf", "analysis", "results", ".pipeline")
    with (tmp_path / "said").open("w") as said:
        controller = submitted(study, output=said)
        wait_until(lambda: job_of("analyse"), "the job of analyse", 600, every=slurm.EVERY)
        lost = job_of("analyse")
        cluster.kill("slurmctld")
        cluster.cut_power()
        cluster.forget()
        cluster.start_controller()
        cluster.start_node()
        assert slurm.status_of(controller, 600) == 0
    lines = (tmp_path / "said").read_text().splitlines()
    assert [line.partition(";")[0] for line in lines if line.startswith("lost: ")] == [f"lost: job {lost}"]
    assert study.artefacts() == built.artefacts()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"slurm_partition": "nosuch"}, "not submitted: analyse"),
        ({"mem_mb": "99999999"}, "Memory specification can not be satisfied"),
    ],
)
def test_why_slurm_takes_no_job_is_told(
    asked: dict[str, str], said: str, built: Study, cluster: slurm.Slurm, tmp_path: Path
) -> None:
    study = copy_of(built, tmp_path / "study")
    study.run("rm", "-rf", "analysis", "results", ".pipeline")
    resources = [f"{name}={value}" for name, value in asked.items()]
    done = study.run(*CONTROLLER, *QUICK, "--retries", "0", "--default-resources", *resources, check=False)
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("not submitted: ")]
    assert said in line


@pytest.mark.slow
def test_each_job_that_computes_on_a_gpu_asks_slurm_for_one(cluster: slurm.Slurm, tmp_path: Path) -> None:
    params = neural_params()
    params["baselines"]["nearest_neighbours"] = {"model": "nearest_neighbours", "weights": "uniform"}
    params["search"]["spaces"]["nearest_neighbours"] = {"neighbours": {"integer": [1, 9]}}
    params["seeds"]["final"].append(16)
    study = checkout(tmp_path / "study", params)
    study.snakemake("prepared")
    study.change("compute.device", "cuda")
    with (tmp_path / "said").open("w") as said:
        methods = ("full", "wild", "nearest_neighbours")
        controller = submitted(
            study, "--retries", "0", *(f"choices/{method}/receipt.json" for method in methods), output=said
        )
        told = ("squeue", "-h", "--me", "--states=all", "--format=%k")
        wait_until(lambda: len(slurm.asked(*told).splitlines()) > 2, "three jobs", every=slurm.EVERY)
        assert slurm.status_of(controller, 900) != 0
    jobs = [read(path) for path in (study.folder / ATTEMPTS).glob("*.jsonl")]
    numbers = [job.slurm_job for job in jobs if job]
    asked = [slurm.asked("scontrol", "show", "job", str(number)) for number in numbers]
    assert sorted("gres:gpu:1" in each for each in asked) == [False, True, True]
    assert (study.folder / "choices/nearest_neighbours/receipt.json").exists()  # an estimator asks for none
    logs = [(study.folder / "logs" / f"select_{method}.log").read_text() for method in methods[:2]]
    assert all(re.search(r"^gpu: [01], given by Slurm$", log, re.MULTILINE) for log in logs)
    assert "this machine has no usable CUDA device" in (tmp_path / "said").read_text()


def test_a_slurm_without_accounts_is_not_asked_through_them(
    cluster: slurm.Slurm, monkeypatch: pytest.MonkeyPatch, built: Study
) -> None:
    monkeypatch.chdir(built.folder)
    prepare_cluster(["--profile", "profiles/slurm"])
    with pytest.raises(Exception, match="keeps no accounts, so snakemake would never learn that a job has ended"):
        prepare_cluster(["--profile", "profiles/slurm", "--slurm-status-command", "sacct"])
    prepare_cluster(["--cores", "2"])


def test_jobs_of_others_and_of_other_folders_are_let_be(
    cluster: slurm.Slurm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, built: Study
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
