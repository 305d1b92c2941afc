"""Snakemake's executor for Slurm outlasts a controller of Slurm that is away, and jobs that it lost.

By itself the executor asks an accounting database while the controller does not answer, follows no job any more where
that does not answer either, and waits for ever for a job that a killed controller had not saved yet.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from pipeline.base.errors import ClusterError
from pipeline.io import slurm

ASKED_EVERY = 5.0  # seconds, while Slurm does not answer
LOST = "Slurm knows it no more (its controller was killed before it had saved the job, or its MinJobAge is short)"
CALL = "    sbatch call:"


class Jobs:
    """The jobs of a run: which are now told to be over, and which Slurm did not know when it was last asked."""

    def __init__(self) -> None:
        self.over: set[int] = set()
        self.unknown: set[str] = set()
        self.told: set[str] = set()
        self.is_silent = False

    def ask(self, own: set[str]) -> set[str] | None:
        """Return those of some jobs that Slurm knows, and tell what may wait for ever; None where it is silent."""
        try:
            known, reasons = slurm.waiting()
        except ClusterError as error:
            if not self.is_silent:
                said = str(error).partition(";")[0]
                tell(f"waiting: {said}; jobs are followed, and others submitted, once Slurm answers again")
            self.is_silent = True
            return None
        if self.is_silent:
            tell("waiting: Slurm answers again")
        self.is_silent = False
        for reason, jobs in reasons.items():
            if (mine := [job for job in jobs if job in own]) and reason not in self.told:
                self.told.add(reason)
                tell(f"waiting: {in_words(reason, mine)}")
        return own & known

    def give_up_lost(self, executor: Any, active: Sequence[Any], known: set[str] | None) -> None:
        """Report the jobs that Slurm did not know twice in a row as failed; none where it was silent."""
        if known is None:
            return
        missing = [job for job in self.still_open(active) if job.external_jobid not in known]
        for job in missing:
            if job.external_jobid in self.unknown:
                tell(f"lost: job {job.external_jobid} ({job.job.name}); {LOST}, and is tried again as retries allow")
                executor.report_job_error(job, msg=LOST)
        self.unknown = {job.external_jobid for job in missing}

    def still_open(self, active: Sequence[Any]) -> list[Any]:
        """Return the jobs that were not told to be over."""
        return [job for job in active if id(job) not in self.over]

    def noting(self, report: Callable[..., None]) -> Callable[..., None]:
        """Return a report of an executor that is noted here; that a job could not be submitted is told.

        Snakemake says so at a level that profiles/default leaves out, with the whole call of sbatch.
        """

        def noted(executor: Any, job: Any, msg: str | None = None, **more: Any) -> None:
            self.over.add(id(job))  # not its number: a controller that lost a job gives that number to another
            if msg and not job.external_jobid and (line := refused(job.job.name, msg)) not in self.told:
                self.told.add(line)
                tell(line)
            report(executor, job, **({"msg": msg} if msg else {}), **more)

        return noted


def tell(line: str) -> None:
    """Print a line at once."""
    print(line, file=sys.stderr, flush=True)


def refused(rule: str, said: str) -> str:
    """Return that a job was not submitted, and the last word of sbatch on it, or all that was said before it."""
    lines = [line.strip("'. ") for line in said.partition(CALL)[0].splitlines()]
    why = ([line for line in lines if "sbatch: error" in line] or [" ".join(lines).strip()])[-1]
    return f"not submitted: {rule}: {why}; mend slurm_partition, slurm_account or resources in the profile of Slurm"


def in_words(reason: str, jobs: Sequence[str]) -> str:
    """Return that jobs wait, for what, and what to do where Slurm holds them."""
    remedy = f"; to let it go: scontrol release {' '.join(jobs)}" if "held" in reason.lower() else ""
    return f"not started by Slurm: job {', '.join(jobs)}: {reason}{remedy}"


def outlast(kind: Any) -> None:
    """Make a class of executors wait while Slurm does not answer, and try the jobs again that it lost."""
    check, run = kind.check_active_jobs, kind.run_jobs
    jobs = Jobs()

    async def check_active_jobs(executor: Any, active: list[Any]) -> AsyncIterator[Any]:
        jobs.over.clear()
        own = {job.external_jobid for job in active}
        if own and await asyncio.to_thread(jobs.ask, own) is None:
            executor.next_seconds_between_status_checks = ASKED_EVERY
        else:
            _ = [job async for job in check(executor, active)]
            jobs.give_up_lost(executor, active, await asyncio.to_thread(jobs.ask, own))
        for job in jobs.still_open(active):
            yield job

    def run_jobs(executor: Any, some: list[Any]) -> None:
        while jobs.ask(set()) is None:
            time.sleep(ASKED_EVERY)
        run(executor, some)

    kind.check_active_jobs, kind.run_jobs = check_active_jobs, run_jobs
    for name in ("report_job_success", "report_job_error"):
        setattr(kind, name, jobs.noting(getattr(kind, name)))
