"""One run of the graph at a time, and the proof for its jobs that it has settled."""

import atexit
import contextlib
import fcntl
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import IO

from pipeline.base.canonical import compact_json
from pipeline.base.errors import BusyError, PipelineError
from pipeline.io.files import remove_torn, write_text
from pipeline.io.jobs import OBSERVED, STATE
from pipeline.io.settling import Graph, Job

TOKEN = "PIPELINE_RUN"
STATUS = "PIPELINE_STATUS"
ANSWERED = 3  # of a process that told the status and did nothing: no run of a graph, and so no success
RUNS = STATE / "runs"
LOCK = STATE / "lock"
KEPT: list[IO[str]] = []  # open for the life of the process: closing it gives the lock back


def hold() -> None:
    """Hold the study for the life of this process; raise BusyError where another process holds it."""
    try:
        LOCK.parent.mkdir(parents=True, exist_ok=True)
        file = LOCK.open("a+")
    except OSError as error:
        raise PipelineError(f"{LOCK}: cannot be written ({error.strerror}); work in a folder that can") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise BusyError("another snakemake is at work in this folder; wait for it to end, or stop it") from None
    KEPT.append(file)


def announce(graph: Graph, cache: Path | None = None, anew: bool = False) -> None:
    """Write the settled graph where this run's jobs find it, and name it in the environment they inherit.

    Jobs look in `cache`, DVC's, before they make anything; with `anew` only to compare, and they make all anew.
    """
    shutil.rmtree(RUNS, ignore_errors=True)  # left by runs that were killed: this process holds the study
    for folder in (STATE, OBSERVED):
        remove_torn(folder)
    token = secrets.token_hex(8)
    path = RUNS / f"{token}.json"
    jobs = {id(job): job for job in graph.jobs.values()}.values()
    told = [{"step": job.step, "outputs": job.outputs, "inputs": dict(job.inputs)} for job in jobs]
    write_text(path, compact_json({"jobs": told, "cache": str(cache) if cache else None, "anew": anew}))
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


def settled_job(output: str) -> tuple[Job, Path | None, bool]:
    """Return the job that makes a receipt, DVC's cache if it is to be looked in, and whether all is made anew.

    It is what the run at work settled. Raises PipelineError where there is none, or it has no such job.
    """
    if not is_job():
        raise PipelineError(f"{output}: steps run inside a graph; use `snakemake --cores 2 {output}`")
    run = json.loads((RUNS / f"{os.environ[TOKEN]}.json").read_text(encoding="utf-8"))
    for job in run["jobs"]:
        if output in job["outputs"]:
            inputs = {name: tuple(paths) for name, paths in job["inputs"].items()}
            cache = Path(run["cache"]) if run["cache"] else None
            return Job(job["step"], tuple(job["outputs"]), inputs), cache, bool(run["anew"])
    raise PipelineError(f"{output}: is no part of the graph that was settled; run snakemake again")
