"""One run of the graph at a time, and the proof for its jobs that it has settled."""

import atexit
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.base.canonical import compact_json
from pipeline.base.errors import BusyError, PipelineError
from pipeline.io.attempts import ATTEMPTS
from pipeline.io.files import remove_torn, write_text
from pipeline.io.jobs import OBSERVED, STATE
from pipeline.io.settling import Graph, Job

TOKEN = "PIPELINE_RUN"
STATUS = "PIPELINE_STATUS"
ANSWERED = 3  # of a process that told the status and did nothing: no run of a graph, and so no success
RUNS = STATE / "runs"
LOCK = STATE / "lock"
TRIES, TRIED_EVERY = 5, 0.1  # seconds
KEPT: list[IO[str]] = []  # open for the life of the process: closing it gives the lock back


def hold() -> None:
    """Hold the study for the life of this process; raise BusyError where another process holds it."""
    KEPT.append(held())


def held() -> IO[str]:
    """Return the study's lock, held until it is closed; raise BusyError where another process holds it.

    The graph that a killed run left goes at once: beside a held study it would pass for that of a run at work.
    """
    file = locked(LOCK, "snakemake")
    shutil.rmtree(RUNS, ignore_errors=True)
    return file


def locked(lock: Path, by: str) -> IO[str]:
    """Return a lock's file, locked until it is closed; raise BusyError, which says by whom it is held."""
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("a+")
    except OSError as error:
        raise PipelineError(f"{lock}: cannot be written ({error.strerror}); work in a folder that can") from None
    for tries_left in reversed(range(TRIES)):  # whoever asks whether it is held holds it for a moment
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if not tries_left:
                file.close()
                raise BusyError(f"another {by} is at work in this folder; wait for it to end, or stop it") from None
            time.sleep(TRIED_EVERY)
    return file


def announce(
    graph: Graph,
    cache: Path | None = None,
    anew: bool = False,
    jobs_per_gpu: int = 1,
    missing: Collection[str] | None = None,
) -> None:
    """Write the settled graph where this run's jobs find it, and name it in the environment they inherit.

    Jobs look in `cache`, DVC's, before they make anything; with `anew` only to compare, and they make all anew. At
    most `jobs_per_gpu` of them share a GPU; `missing` is what the run sets out to make, None where that is not
    known. What earlier runs left of themselves goes: this process holds the study.
    """
    shutil.rmtree(ATTEMPTS, ignore_errors=True)
    for folder in (STATE, OBSERVED):
        remove_torn(folder)
    token = secrets.token_hex(8)
    path = RUNS / f"{token}.json"
    jobs = {id(job): job for job in graph.jobs.values()}.values()
    told = {
        "jobs": [{"step": job.step, "outputs": job.outputs, "inputs": dict(job.inputs)} for job in jobs],
        "cache": str(cache) if cache else None,
        "anew": anew,
        "jobs_per_gpu": jobs_per_gpu,
        "allocation": os.environ.get("SLURM_JOB_ID"),
        "missing": None if missing is None else sorted(missing),
    }
    write_text(path, compact_json(told))
    os.environ[TOKEN] = token
    owner = os.getpid()
    atexit.register(lambda: forget(path, owner))


def forget(path: Path, owner: int) -> None:
    """Remove the settled graph at the end of the run that made it, not of a process forked from it."""
    if os.getpid() == owner:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def is_job() -> bool:
    """Tell whether this process is part of a run that has settled and is still at work.

    The environment alone proves nothing: the run it names must have left its graph here, and hold the study.
    """
    token = os.environ.get(TOKEN, "")
    return token.isalnum() and (RUNS / f"{token}.json").is_file() and is_held()


def is_held() -> bool:
    """Tell whether a process holds the study now."""
    try:
        with LOCK.open() as file:  # for reading only: a reader may not be allowed to write here
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


@dataclass(frozen=True)
class SettledJob:
    """A job as the run at work settled it: DVC's cache if it is to be looked in, whether all is made anew.

    `allocation` is the job of Slurm that the run itself is in, if any: all its jobs that run in it have its GPUs.
    """

    job: Job
    cache: Path | None = None
    anew: bool = False
    jobs_per_gpu: int = 1
    allocation: str | None = None


def settled_job(output: str) -> SettledJob:
    """Return the job that makes a receipt, as the run at work settled it.

    Raises PipelineError where no run is at work, or it has no such job.
    """
    if not is_job():
        raise PipelineError(f"{output}: steps run inside a graph; use `snakemake --cores 2 {output}`")
    run = json.loads((RUNS / f"{os.environ[TOKEN]}.json").read_text(encoding="utf-8"))
    for job in run["jobs"]:
        if output in job["outputs"]:
            inputs = {name: tuple(paths) for name, paths in job["inputs"].items()}
            cache = Path(run["cache"]) if run["cache"] else None
            found = Job(job["step"], tuple(job["outputs"]), inputs)
            return SettledJob(found, cache, bool(run["anew"]), int(run["jobs_per_gpu"]), run["allocation"])
    raise PipelineError(f"{output}: is no part of the graph that was settled; run snakemake again")
