"""An executor of Slurm jobs while Slurm is away and after it lost jobs: a real program stands for squeue."""

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline import outlasting


@dataclass
class Rule:
    name: str = "train_1"


@dataclass(eq=False)
class Job:
    external_jobid: str | None
    job: Rule = field(default_factory=Rule)


@dataclass
class Executor:
    """As the one of snakemake-executor-plugin-slurm: it follows no job further that it does not yield."""

    ends: tuple[str, ...] = ()
    ended: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    submitted: list[str] = field(default_factory=list)
    next_seconds_between_status_checks: float = 60

    async def check_active_jobs(self, active: list[Job]) -> Any:
        for job in active:
            if job.external_jobid in self.ends:
                self.report_job_success(job)
            elif "drops" not in self.ends:
                yield job

    def report_job_success(self, job: Job) -> None:
        self.ended.append(job.external_jobid)

    def report_job_error(self, job: Job, msg: str) -> None:
        self.failed.append(f"{job.external_jobid}: {msg}")

    def run_jobs(self, jobs: list[Job]) -> None:
        self.submitted += [job.external_jobid for job in jobs]


@pytest.fixture
def squeue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that states what squeue does."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def does(what: str) -> None:
        program = tmp_path / "squeue"
        program.write_text(f"#!/bin/sh\n{what}\n")
        program.chmod(0o755)

    return does


AWAY = "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1"


def lasting(**state: Any) -> Any:
    """Return an executor of a class of its own that outlasts."""
    kind = type("Executor", (Executor,), {})
    outlasting.outlast(kind)
    return kind(**state)


def checked(executor: Any, jobs: list[Job]) -> list[str]:
    """Return the jobs that are followed further after a check."""

    async def followed() -> list[str]:
        return [job.external_jobid async for job in executor.check_active_jobs(jobs)]

    return asyncio.run(followed())


def test_no_job_is_given_up_while_slurm_is_away_and_it_is_told_once(
    squeue: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    squeue(AWAY)
    executor, jobs = lasting(ends=("3",)), [Job("3"), Job("4")]
    assert checked(executor, jobs) == checked(executor, jobs) == ["3", "4"]
    assert executor.next_seconds_between_status_checks == outlasting.ASKED_EVERY
    squeue("echo '3|COMPLETED|None'; echo '4|RUNNING|None'")
    assert checked(executor, jobs) == ["4"]
    assert executor.ended == ["3"]
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(" (")[0] for line in said] == ["waiting: squeue failed", "waiting: Slurm answers again"]


def test_no_job_is_given_up_where_the_executor_itself_got_no_answer(squeue: Any) -> None:
    squeue("echo '3|COMPLETED|None'; echo '4|RUNNING|None'")
    assert checked(lasting(ends=("drops",)), [Job("3"), Job("4")]) == ["3", "4"]


def test_a_job_that_slurm_lost_is_a_failed_try_and_the_next_of_its_number_another_job(squeue: Any) -> None:
    squeue("echo '3|RUNNING|None'")
    executor, jobs = lasting(), [Job("3"), Job("4")]
    assert checked(executor, jobs) == ["3", "4"]  # it may not be there yet
    assert checked(executor, jobs) == ["3"]
    (line,) = executor.failed
    assert line.startswith("4: Slurm knows it no more")
    squeue("echo '4|RUNNING|None'; echo '7_[1-3]|PENDING|Priority'")
    assert checked(executor, [Job("4"), Job("7_2")]) == ["4", "7_2"]


def test_nothing_is_submitted_until_slurm_answers(squeue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    squeue(AWAY)
    monkeypatch.setattr(outlasting.time, "sleep", lambda _: squeue("true"))
    executor = lasting()
    executor.run_jobs([Job("5")])
    assert executor.submitted == ["5"]


def test_what_holds_a_job_in_the_queue_for_ever_is_told_once_and_what_passes_is_not(
    squeue: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    squeue("echo '3|PENDING|launch failed requeued held'; echo '4|PENDING|Priority'; echo '9|PENDING|JobHeldUser'")
    executor, jobs = lasting(), [Job("3"), Job("4")]
    assert checked(executor, jobs) == checked(executor, jobs) == ["3", "4"]
    told = "waiting: not started by Slurm: job 3: launch failed requeued held; to let it go: scontrol release 3\n"
    assert capsys.readouterr().err == told


def test_why_a_job_was_not_submitted_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    executor = lasting()
    for _ in range(3):
        executor.report_job_error(
            Job(None),
            msg="SLURM sbatch failed. The error message was 'sbatch: error: invalid partition specified: nosuch\n"
            "sbatch: error: Batch job submission failed: Invalid partition name specified'.\n    sbatch call:\n     x",
        )
    (line,) = capsys.readouterr().err.splitlines()
    told = "not submitted: train_1: sbatch: error: Batch job submission failed: Invalid partition name specified; mend"
    assert line.startswith(told)
    assert len(executor.failed) == 3


def test_what_was_said_before_sbatch_was_called_is_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    said = "Job submission failed with exception: The given account no appears to be invalid. Available accounts:\nlab"
    lasting().report_job_error(Job(None), msg=said)
    assert "The given account no appears to be invalid. Available accounts: lab; mend" in capsys.readouterr().err
