"""What an empty clone builds: the oracle of the histories.

A build from scratch costs mostly the start of eight processes, each of which imports the same libraries. Here one
process has them imported and forks: the clone's own code, graph and jobs then run in fresh processes, in order, without
Snakemake. For some states the same sources are also built by Snakemake, and both must give the same bytes.
"""

import ast
import contextlib
import functools
import hashlib
import multiprocessing
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.study import Study

ROOTS = ("data/raw", "data/splits", "data/held_out", "choices", "runs", "evaluations", "analysis", "results")
STATE = (".pipeline", ".snakemake", "logs", "observed")
SOURCES = ("params.yaml", "plan/plan.json", "Snakefile", "requirements.lock", "data/source/rows.npz")
LIBRARIES = ("snakemake.cli", "sklearn.ensemble", "sklearn.neighbors", "pandas", "pyarrow.parquet", "scipy.stats",
             "statsmodels.api", "matplotlib.pyplot", "jinja2", "safetensors.numpy", "pydantic")  # fmt: skip
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
FAILED, REFUSED = 3, 4
ENDS = {0: "succeeded", FAILED: "failed", REFUSED: "refused"}
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([*LIBRARIES])
Files = dict[str, bytes]


@dataclass
class Wanted:
    """The files that stand after a build from scratch, whether it succeeded, and whether its graph was refused."""

    files: Files
    succeeds: bool
    refused: bool


@dataclass
class Oracle:
    """From-scratch builds, one for each state of the sources; kept in a folder that several processes may share."""

    folder: Path
    confirm_one_in: int = 8
    known: dict[str, Wanted] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    built: int = 0

    def __post_init__(self) -> None:
        """Give the process that forks one thread, as every job of a study has, before it loads a library."""
        os.environ.update(dict.fromkeys(THREADS, "1"))

    def of(self, study: Study) -> Wanted:
        """Return what an empty clone with the same sources builds; comments are taken to change nothing."""
        key = sources_digest(study, exact=False)
        if key not in self.known:
            kept = self.folder / key[:24]
            if not kept.exists():
                self.built += 1
                ready = self.folder / f"{key[:24]}.{os.getpid()}"
                self._build(study, ready)
                with contextlib.suppress(OSError):  # another process was first
                    ready.replace(kept)
                shutil.rmtree(ready, ignore_errors=True)
            self.known[key] = Wanted(standing(Study(kept)), (kept / "succeeded").exists(), (kept / "refused").exists())
        self._confirm(study, self.known[key])
        return self.known[key]

    def _build(self, study: Study, ready: Path) -> None:
        empty_clone(study, ready)
        process = PROCESSES.Process(target=build, args=(str(ready),))
        process.start()
        process.join()
        if process.exitcode not in ENDS:
            raise AssertionError(f"the oracle broke on {ready}: exit {process.exitcode}")
        for path in ready.iterdir():
            if path.name not in {root.partition("/")[0] for root in ROOTS}:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        (ready / ENDS[process.exitcode]).touch()

    def _confirm(self, study: Study, wanted: Wanted) -> None:
        """Build some states by Snakemake too, comments and all; raise AssertionError where it gives other bytes."""
        key = sources_digest(study, exact=True)
        if key not in self.confirmed and wanted.succeeds and int(key[:8], 16) % self.confirm_one_in == 0:
            self.confirmed.add(key)
            empty = empty_clone(study, self.folder / f"real.{os.getpid()}")
            empty.snakemake()
            found = standing(empty)
            differing = [name for name in {*found, *wanted.files} if found.get(name) != wanted.files.get(name)]
            shutil.rmtree(empty.folder)
            if differing:
                raise AssertionError(f"two builds from scratch differ: {sorted(differing)[:6]}")


def empty_clone(study: Study, folder: Path) -> Study:
    """Return a copy of a checkout without anything that was made."""
    shutil.rmtree(folder, ignore_errors=True)
    made = {*ROOTS, *STATE, ".dvc", ".swap"}

    def ignored(at: str, names: list[str]) -> set[str]:
        inside = Path(at).relative_to(study.folder)
        return {name for name in names if (inside / name).as_posix() in made or name == "__pycache__"}

    shutil.copytree(study.folder, folder, symlinks=True, ignore=ignored)
    return Study(folder)


def standing(study: Study) -> Files:
    """Return the files of every artefact whose receipt stands, receipts included."""
    found = {}
    for root in ROOTS:
        for receipt in (study.folder / root).rglob("receipt.json"):
            for path in receipt.parent.rglob("*"):
                if path.is_file():
                    found[path.relative_to(study.folder).as_posix()] = path.read_bytes()
    return found


def sources_digest(study: Study, exact: bool) -> str:
    """Return a digest of all that results may depend on, what is committed of the plan and seen before included.

    Unless `exact`, a module is what Python parses, so that comments and blank lines do not count.
    """
    below = [path for name in ("src", "looks") for path in sorted((study.folder / name).rglob("*"))]
    paths = [study.folder / name for name in SOURCES] + below
    state = hashlib.sha256(study.run("git", "show", "HEAD:plan/plan.json", check=False).stdout.encode())
    for path in paths:
        if path.is_file() and "__pycache__" not in path.parts:
            state.update(f"{path.relative_to(study.folder)}\0".encode() + content(path, exact))
    return state.hexdigest()


def content(path: Path, exact: bool) -> bytes:
    """Return a file's bytes, or what Python parses of a module."""
    return path.read_bytes() if exact or path.suffix != ".py" else as_parsed(path.read_bytes())


@functools.lru_cache(maxsize=1000)
def as_parsed(source: bytes) -> bytes:
    """Return what Python parses of a module, or its bytes where it is none."""
    try:
        return ast.dump(ast.parse(source)).encode()
    except SyntaxError:
        return source


def build(folder: str) -> None:
    """Build a clone, in a process forked for it: leave with 0, FAILED where some of it cannot be made, or REFUSED."""
    os.chdir(folder)
    sys.path.insert(0, str(Path(folder) / "src"))
    quiet()
    jobs = jobs_in_order()
    if jobs is None:
        sys.exit(REFUSED)
    failed = [job for job in jobs if not performed_apart(job)]
    sys.exit(FAILED if failed else 0)


def quiet() -> None:
    """Send what is printed to nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def jobs_in_order() -> list[Any] | None:
    """Return the jobs of the clone's own Snakefile, upstream first, or None where it refuses."""
    from snakemake.cli import main

    import pipeline.snakefile

    told: list[Any] = []
    pipeline.snakefile.settle = lambda study, wanted, steps, *rest: told.append((study, wanted, steps))  # type: ignore[assignment]
    with contextlib.suppress(SystemExit):
        main(["--cores", "1", "--list-rules"])
    if not told:
        return None
    study, wanted, steps = told[0]
    try:
        pipeline.snakefile.refuse_missing(study)
        pipeline.snakefile.refuse_uncommitted(study)
        graph = pipeline.snakefile.graph_of(wanted, steps)
    except pipeline.snakefile.PipelineError:
        return None
    return upstream_first(graph)


def upstream_first(graph: Any) -> list[Any]:
    """Return each job of a graph once, after those that it reads from."""
    ordered: list[Any] = []

    def visit(job: Any) -> None:
        for path in (path for paths in job.inputs.values() for path in paths):
            if path in graph.jobs:
                visit(graph.jobs[path])
        if job not in ordered:
            ordered.append(job)

    for job in graph.jobs.values():
        visit(job)
    return ordered


def performed_apart(job: Any) -> bool:
    """Perform a job in a process of its own; tell whether it succeeded."""
    from pipeline.base.errors import PipelineError
    from pipeline.io.jobs import Closed, Performer
    from pipeline.workflow import look, make

    pid = os.fork()
    if pid == 0:
        try:
            open_wide = contextlib.nullcontext(Closed("not enforced: the oracle's own"))
            Performer(job, look, make, lambda said: None, lambda *places: open_wide).perform()
        except (PipelineError, SystemExit):
            os._exit(FAILED)
        except BaseException:
            os._exit(2)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
