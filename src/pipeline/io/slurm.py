"""What this user's Slurm says: whether it keeps accounts, which jobs a dead controller left, what ended a job."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.base.errors import ClusterError
from pipeline.io.patience import last_line, rule_of

OF_SNAKEMAKE = re.compile(r"^(?:[A-Za-z0-9_-]+_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")  # how it names its jobs
NO_ACCOUNTS = re.compile(r"^AccountingStorageType\s*=\s*(?:accounting_storage/none|\(null\)|none)?\s*$", re.MULTILINE)
TOLD = (  # what slurmstepd writes into a job's log, the most telling first
    (re.compile(r"oom[-_ ]kill|exceeded (?:job )?memory limit|DUE TO OUT OF MEMORY", re.IGNORECASE), "memory"),
    (re.compile(r"DUE TO TIME LIMIT"), "time"),
    (re.compile(r"DUE TO NODE FAILURE"), "node"),
    (re.compile(r"DUE TO PREEMPTION"), "preempted"),
    (re.compile(r"DUE TO JOB REQUEUE"), "requeued"),
    (re.compile(r"CANCELLED AT"), "cancelled"),
)
WORDS = {
    "memory": "was over its memory limit",
    "time": "was over its time limit",
    "node": "was on a node that failed",
    "preempted": "was preempted",
    "requeued": "was requeued",
    "cancelled": "was cancelled",
    "failed": "failed",
}
STATES = {
    "OUT_OF_MEMORY": "memory",
    "TIMEOUT": "time",
    "DEADLINE": "time",
    "NODE_FAIL": "node",
    "BOOT_FAIL": "node",
    "PREEMPTED": "preempted",
    "CANCELLED": "cancelled",
    "FAILED": "failed",
}
SECONDS = 60
ASKED_EVERY = 0.5


@dataclass(frozen=True)
class Ended:
    """A job that ended badly: its rule, and what ended it."""

    rule: str
    words: str


def said_by(*command: str) -> str:
    """Return what a command of Slurm prints; raise ClusterError where it is not there, fails or does not answer."""
    if shutil.which(command[0]) is None:
        raise ClusterError(
            f"{command[0]} is not there; start snakemake where Slurm is, or leave out the profile of Slurm"
        )
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise ClusterError(
            f"{command[0]} does not answer within {SECONDS} s; see that Slurm's controller answers, and try again"
        ) from None
    if done.returncode:
        said = last_line(done.stderr)
        raise ClusterError(f"{command[0]} failed ({said}); see that Slurm's controller answers, and try again")
    return done.stdout


def keeps_accounts() -> bool:
    """Tell whether Slurm has an accounting database, without which `sacct` never tells that a job has ended."""
    return NO_ACCOUNTS.search(said_by("scontrol", "show", "config")) is None


def left_over(folder: Path) -> list[str]:
    """Return the jobs of this user, queued or running, that Snakemake submitted from a folder; not this job itself."""
    own = os.environ.get("SLURM_JOB_ID")
    return sorted({job for job, _, _ in jobs_of(folder) if job != own}, key=int)


def jobs_of(folder: Path, *options: str) -> list[tuple[str, str, str]]:
    """Return (number, state, comment) of this user's jobs that Snakemake submitted from a folder."""
    listed = said_by("squeue", "--me", "--noheader", "--format=%A|%j|%T|%k|%Z", *options)
    rows = [line.strip().split("|", 4) for line in listed.splitlines() if line.strip()]
    here = folder.resolve()
    return [
        (job, state, comment)
        for job, name, state, comment, place in rows
        if OF_SNAKEMAKE.match(name) and Path(place).resolve() == here
    ]


def known_jobs(folder: Path) -> set[str]:
    """Return the jobs of a folder that Slurm remembers, ended ones too."""
    return {job for job, _, _ in jobs_of(folder, "--states=all")}


def ended_badly(folder: Path) -> dict[str, Ended]:
    """Return the jobs of a folder that did not end well, as far as Slurm remembers them (MinJobAge)."""
    found = {}
    for job, state, comment in jobs_of(folder, f"--states={','.join(STATES)}"):
        found[job] = Ended(rule_of(comment), WORDS[STATES[state]])
    return found


def told_in(log: str) -> str | None:
    """Return what ended a job, by what Slurm wrote into its log; None where it wrote nothing of the kind."""
    return next((WORDS[kind] for pattern, kind in TOLD if pattern.search(log)), None)


def cancel(jobs: Sequence[str], folder: Path) -> None:
    """Cancel jobs and wait until they are gone; raise ClusterError where they are not after a minute."""
    said_by("scancel", *jobs)
    deadline = time.monotonic() + SECONDS
    while remaining := set(left_over(folder)) & set(jobs):
        if time.monotonic() > deadline:
            named = ", ".join(sorted(remaining, key=int))
            raise ClusterError(f"jobs {named} of an earlier run do not end; scancel them and try again")
        time.sleep(ASKED_EVERY)
