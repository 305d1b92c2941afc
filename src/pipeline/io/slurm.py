"""What this user's Slurm says: whether it keeps accounts, and which jobs a controller that died has left behind."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from pipeline.base.errors import ClusterError

OF_SNAKEMAKE = re.compile(r"^(?:[A-Za-z0-9_-]+_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")  # how it names its jobs
NO_ACCOUNTS = re.compile(r"^AccountingStorageType\s*=\s*(?:accounting_storage/none|\(null\)|none)?\s*$", re.MULTILINE)
SECONDS = 60
ASKED_EVERY = 0.5


def said_by(*command: str) -> str:
    """Return what a command of Slurm prints; raise ClusterError where it is not there or fails."""
    if shutil.which(command[0]) is None:
        raise ClusterError(
            f"{command[0]} is not there; start snakemake where Slurm is, or leave out the profile of Slurm"
        )
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ClusterError(f"{command[0]} failed ({said}); see that Slurm's controller answers, and try again")
    return done.stdout


def keeps_accounts() -> bool:
    """Tell whether Slurm has an accounting database, without which `sacct` never tells that a job has ended."""
    return NO_ACCOUNTS.search(said_by("scontrol", "show", "config")) is None


def left_over(folder: Path) -> list[str]:
    """Return the jobs of this user, queued or running, that Snakemake submitted from a folder; not this job itself."""
    listed = said_by("squeue", "--me", "--noheader", "--format=%A|%j|%Z")
    rows = [line.strip().split("|", 2) for line in listed.splitlines() if line.strip()]
    here = folder.resolve()
    return sorted(
        {
            job
            for job, name, place in rows
            if OF_SNAKEMAKE.match(name) and Path(place).resolve() == here and job != os.environ.get("SLURM_JOB_ID")
        },
        key=int,
    )


def cancel(jobs: Sequence[str], folder: Path) -> None:
    """Cancel jobs and wait until they are gone; raise ClusterError where they are not after a minute."""
    said_by("scancel", *jobs)
    deadline = time.monotonic() + SECONDS
    while remaining := set(left_over(folder)) & set(jobs):
        if time.monotonic() > deadline:
            named = ", ".join(sorted(remaining, key=int))
            raise ClusterError(f"jobs {named} of an earlier run do not end; scancel them and try again")
        time.sleep(ASKED_EVERY)
