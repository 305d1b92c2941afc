"""What ended a job, by what slurmstepd 22.05 wrote into logs of jobs that were really ended so."""

import pytest

from pipeline.io.slurm import WORDS, told_in

LIMIT = "slurmstepd-node: error: *** JOB 4 ON node CANCELLED AT 2026-11-25T23:50:51 DUE TO TIME LIMIT ***\n"
CANCELLED = (
    "srun: Job step aborted: Waiting up to 7 seconds for job step to finish.\n"
    "slurmstepd-node: error: *** JOB 3 ON node CANCELLED AT 2026-11-25T23:50:03 ***\n"
)
MEMORY = (
    "slurmstepd-node: error: StepId=12.batch exceeded memory limit (109314048 > 62914560), being killed\n"
    "slurmstepd-node: error: Exceeded job memory limit\n"
    "slurmstepd-node: error: *** JOB 12 ON node CANCELLED AT 2026-11-25T23:54:05 ***\n"
)


@pytest.mark.parametrize(
    ("log", "kind"), [(LIMIT, "time"), (CANCELLED, "cancelled"), (MEMORY, "memory"), (CANCELLED + LIMIT, "time")]
)
def test_the_cause_is_told_apart(log: str, kind: str) -> None:
    assert told_in(f"runs/full/seed-1 made in 0.1 s\n{log}") == WORDS[kind]


def test_where_slurm_says_nothing_nothing_is_made_up() -> None:
    assert told_in("runs/full/seed-1 made in 0.1 s\nsrun: error: node: task 0: Exited with exit code 1\n") is None
