"""Attempts that were killed, which could not say so themselves: told by run when a controller ends.

What a job notes of itself while it runs names its runs; Slurm's own words, in the job's log or of the job's state, say
what ended it. The number of an allocation that all jobs run inside is that of none of them.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.base.errors import ClusterError
from pipeline.cluster import EXECUTOR, LOG_FOLDER, RETRIES, options
from pipeline.io import slurm
from pipeline.io.attempts import Attempt, attempts

UNKNOWN = "was killed, by no word of Slurm"
HERE = "was killed (by hand, or for want of memory)"
SINCE = "made since"
REQUEUED = "was requeued by Slurm (by hand, preempted, or its node failed)"


def killed(arguments: Sequence[str], earlier: set[str], all_was_made: bool = False) -> list[str]:
    """Return a line for each attempt that was killed, and for each job that Slurm ended before it began.

    `earlier` are jobs that Slurm knew before this run began; `all_was_made` that the run came to a good end.
    """
    told = options(arguments)
    on_slurm = told.get(EXECUTOR) == "slurm"
    found = attempts() if on_slurm else [replace(attempt, slurm_job=None) for attempt in attempts()]
    states = slurm_states(on_slurm)
    logs = Path(str(told.get(LOG_FOLDER, ".snakemake/slurm_logs")))
    tries = int(told.get(RETRIES, 0)) + 1
    lines = [one_line(attempt, found, states, logs, tries) for attempt in found if not attempt.ended]
    begun = {attempt.slurm_job for attempt in found}
    own = {job: ended for job, ended in states.items() if job not in earlier}
    later = SINCE if all_was_made else None
    return [
        *lines,
        *(never_begun(job, own, logs, later or not_made(job, own, tries)) for job in own if job not in begun),
    ]


def slurm_states(asked: bool) -> Mapping[str, slurm.Ended]:
    """Return what Slurm knows of jobs of this folder that ended badly; nothing where none are its, or it is silent."""
    try:
        return slurm.ended_badly(Path.cwd()) if asked else {}
    except ClusterError:
        return {}


def one_line(
    attempt: Attempt, found: Sequence[Attempt], states: Mapping[str, slurm.Ended], logs: Path, tries: int
) -> str:
    """Return what ended an attempt, which of its runs were done then, its log, and what became of the others."""
    log = log_of(attempt.slurm_job, logs) or Path(attempt.log)
    named = f"job {attempt.slurm_job} ({attempt.step})" if attempt.slurm_job else f"a job of {attempt.step}"
    runs = [f"done: {' '.join(attempt.made)}"] if attempt.made else []
    runs.append(f"not done: {' '.join(attempt.missing)}" if attempt.missing else "all of it")
    return f"killed: {named} {cause(attempt, found, states, log)}; {'; '.join(runs)}; log: {log}; " + (
        outcome(attempt, found, tries)
    )


def log_of(job: str | None, logs: Path) -> Path | None:
    """Return Slurm's log of a job, which says what ended it; None where there is none."""
    written = sorted(logs.rglob(f"{job}.log")) if job else []
    return Path(os.path.relpath(written[0])) if written else None


def said_in(log: Path | None) -> str | None:
    """Return what ended a job by its log; None where there is none, or it does not say."""
    return slurm.told_in(log.read_text(encoding="utf-8", errors="replace")) if log and log.is_file() else None


def cause(attempt: Attempt, found: Sequence[Attempt], states: Mapping[str, slurm.Ended], log: Path) -> str:
    """Return what ended an attempt, in words."""
    if attempt.slurm_job is None:
        return HERE
    if any(other.slurm_job == attempt.slurm_job and other.began > attempt.began for other in found):
        return REQUEUED  # its log was begun anew
    state = states.get(attempt.slurm_job)
    return said_in(log) or (state.words if state else None) or UNKNOWN


def outcome(attempt: Attempt, found: Sequence[Attempt], tries: int) -> str:
    """Return what became of what an attempt did not make.

    A receipt on the disk says nothing of it: settling leaves withdrawn those of artefacts that are true no more.
    """
    made = {home for each in found for home in each.made}
    if all(home in made for home in attempt.missing):
        return SINCE
    of_job = {other.slurm_job or str(other.began) for other in found if other.homes == attempt.homes}
    return f"not made {after(len(of_job), tries)}"


def after(jobs: int, tries: int) -> str:
    """Return how many jobs were tried, and what to do."""
    used_up = f"in {jobs} tries, retries are used up" if jobs >= tries else f"in {jobs} of {tries} tries"
    return f"{used_up}: run snakemake again to go on from what is done"


def never_begun(job: str, ended: Mapping[str, slurm.Ended], logs: Path, later: str) -> str:
    """Return a line on a job of this run that Slurm ended before anything of it began, and on what came later."""
    log = log_of(job, logs)
    words = said_in(log) or ended[job].words
    return f"killed: job {job} ({ended[job].rule}) {words}; nothing of it began, {later}; log: {log or 'none'}"


def not_made(job: str, ended: Mapping[str, slurm.Ended], tries: int) -> str:
    """Return how often a job like one that never began was tried, and what to do."""
    return after(sum(other.rule == ended[job].rule for other in ended.values()), tries)
