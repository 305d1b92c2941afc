"""Before jobs go to Slurm: what would wait for ever is refused, and what a dead controller left behind is ended."""

import itertools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from pipeline.base.errors import ClusterError
from pipeline.io import patience, slurm

PROFILES = ("--profile", "--workflow-profile")
BY_DEFAULT = "profiles/default"
NAMES = ("config.v9+.yaml", "config.yaml")
DRY = {"-n", "--dry-run", "--dryrun"}
EXECUTOR, STATUS_COMMAND, LOG_FOLDER, RETRIES = "executor", "slurm-status-command", "slurm-logdir", "retries"
FLAGS = {
    EXECUTOR: ("--executor", "-e"),
    STATUS_COMMAND: (f"--{STATUS_COMMAND}",),
    LOG_FOLDER: (f"--{LOG_FOLDER}",),
    RETRIES: (f"--{RETRIES}", "--restart-times", "-T"),
}


def prepare_cluster(arguments: Sequence[str]) -> set[str]:
    """Make ready for a run whose jobs go to Slurm; return the jobs of this folder that Slurm knows of before.

    Does nothing for other runs. Raises ClusterError where the run could not end.

    The caller holds the study, so no controller of it is at work: jobs of one in the queue are left over. They could
    no longer prove that what they read is settled, and would be submitted twice; a killed one loses no finished run.
    """
    told = options(arguments)
    if told.get(EXECUTOR) != "slurm" or DRY & set(arguments):
        return set()
    if told.get(STATUS_COMMAND) != "squeue" and not slurm.keeps_accounts():
        raise ClusterError(
            f"profile: {STATUS_COMMAND}: is {told.get(STATUS_COMMAND, 'sacct')}, and this Slurm keeps no accounts, so "
            "snakemake would never learn that a job has ended; state squeue"
        )
    folder = Path.cwd()
    if jobs := slurm.left_over(folder):
        slurm.cancel(jobs, folder)
        print(f"cancelled: {len(jobs)} jobs that an earlier run left with Slurm ({', '.join(jobs)})", file=sys.stderr)
    known = slurm.known_jobs(folder)
    patience.stand_in()
    return known


def options(arguments: Sequence[str]) -> dict[str, Any]:
    """Return what Snakemake's profiles and its command line say of the executor, job states, logs and retries."""
    found: dict[str, Any] = {}
    for folder in (*values(arguments, PROFILES[0]), BY_DEFAULT, *values(arguments, PROFILES[1])):
        found |= profile(Path(folder))
    for name, flags in FLAGS.items():
        for flag in flags:
            if given := values(arguments, flag):
                found[name] = given[-1]
    return {name: found[name] for name in FLAGS if name in found}


def values(arguments: Sequence[str], flag: str) -> list[str]:
    """Return what follows a flag, as its own argument or after an equals sign."""
    after = [value for name, value in itertools.pairwise(arguments) if name == flag]
    return after + [argument.partition("=")[2] for argument in arguments if argument.startswith(f"{flag}=")]


def profile(folder: Path) -> Mapping[str, Any]:
    """Return what a profile in a folder states; nothing where Snakemake would look for it elsewhere."""
    for name in NAMES:
        if (folder / name).is_file():
            stated = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
            return stated if isinstance(stated, dict) else {}
    return {}
