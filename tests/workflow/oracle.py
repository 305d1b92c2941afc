"""What an empty clone builds: the oracle of the histories.

A build from scratch costs mostly the start of its processes, each of which imports the same libraries. Here one process
has them imported and forks: the clone's own code, graph and jobs then run in fresh processes, in order, without
Snakemake. And an artefact is made once for all that it is made from: its rule's inputs, their content, its parameters,
the lock, and the whole of the code. What other states of the sources made from just that is put in its place, so that
a state costs what is new in it. This decides by nothing that a receipt says, and takes more for new than the pipeline
does. One state in ten is built from nothing by Snakemake too, and must have the same bytes.
"""

import ast
import contextlib
import functools
import hashlib
import json
import multiprocessing
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.study import DATA, Study

ROOTS = (*DATA, "choices", "runs", "evaluations", "analysis", "results")
STATE = (".pipeline", ".snakemake", "logs", "observed")
SOURCES = ("params.yaml", "plan/plan.json", "Snakefile", "requirements.lock", "data/source/rows.npz")
LIBRARIES = (
    "snakemake.cli", "smart_open", "sklearn.ensemble", "sklearn.linear_model", "sklearn.neighbors", "skops.io",
    "pandas", "pyarrow.dataset", "pyarrow.parquet", "scipy.stats", "statsmodels.stats.multitest", "matplotlib.figure",
    "matplotlib.backends.backend_svg", "jinja2", "safetensors.numpy", "pydantic",
)  # fmt: skip
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
FAILED, REFUSED = 3, 4
ENDS = {0: "succeeded", FAILED: "failed", REFUSED: "refused"}
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([*LIBRARIES])
FROM_NOTHING_ONE_IN = 10
Files = dict[str, bytes]


@dataclass
class Wanted:
    """The files that stand after a build from scratch, whether it succeeded, and whether its graph was refused."""

    files: Files
    succeeds: bool
    refused: bool


@dataclass
class Oracle:
    """Builds of states of the sources; kept, as what they made, in a folder that several processes may share."""

    folder: Path
    known: dict[str, Wanted] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    built: int = 0
    from_nothing: int = 0

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
        process = PROCESSES.Process(target=build, args=(str(ready), str(self.folder / "made"), code_digest(study)))
        process.start()
        process.join()
        if process.exitcode not in ENDS:
            raise AssertionError(f"the oracle broke on {ready}: exit {process.exitcode}")
        for path in ready.iterdir():
            if path.name not in {root.partition("/")[0] for root in ROOTS}:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        (ready / ENDS[process.exitcode]).touch()

    def _confirm(self, study: Study, wanted: Wanted) -> None:
        """Build the second of each ten states from nothing, comments and all; raise AssertionError on other bytes."""
        key = sources_digest(study, exact=True)
        if key in self.seen or not wanted.succeeds:
            return
        self.seen.add(key)
        if len(self.seen) % FROM_NOTHING_ONE_IN == 2:
            self.from_nothing += 1
            empty = empty_clone(study, self.folder / f"real.{os.getpid()}")
            empty.snakemake()
            found = standing(empty)
            differing = [name for name in {*found, *wanted.files} if found.get(name) != wanted.files.get(name)]
            shutil.rmtree(empty.folder)
            if differing:
                raise AssertionError(f"a build from nothing is another: {sorted(differing)[:6]}")


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
    paths = [study.folder / name for name in SOURCES] + list(below(study, "src", "looks"))
    state = hashlib.sha256(study.run("git", "show", "HEAD:plan/plan.json", check=False).stdout.encode())
    return digest_of(study, [path for path in paths if path.is_file()], exact, state)


def code_digest(study: Study) -> str:
    """Return a digest of the whole code, as Python parses it, and of the lock."""
    lock = study.folder / "requirements.lock"
    return digest_of(study, [lock, *below(study, "src")], False, hashlib.sha256())


def below(study: Study, *names: str) -> Iterator[Path]:
    """Yield the files in some folders, in order, bytecode left out."""
    for name in names:
        for path in sorted((study.folder / name).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def digest_of(study: Study, paths: list[Path], exact: bool, state: Any) -> str:
    """Return the digest of a state that goes on with the names and contents of files."""
    for path in paths:
        state.update(f"{path.relative_to(study.folder)}\0".encode() + content(path, exact))
    return str(state.hexdigest())


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


def build(folder: str, made: str, code: str) -> None:
    """Build a clone, in a process forked for it: leave with 0, FAILED where some of it cannot be made, or REFUSED."""
    os.chdir(folder)
    sys.path.insert(0, str(Path(folder) / "src"))
    quiet()
    jobs = jobs_in_order()
    if jobs is None:
        sys.exit(REFUSED)
    failed = [job for job in jobs if not Making(job, Path(made), code).succeeds()]
    sys.exit(FAILED if failed else 0)


class Making:
    """One job: what was made before from the same is put in its place, the rest is made, and kept."""

    def __init__(self, job: Any, made: Path, code: str) -> None:
        """`made` is the folder with what was made, and `code` stands for all code."""
        from pipeline.workflow import look

        self.job = job
        self.made = made
        self.code = code
        self.world = look()
        self.step = self.world.steps[job.step]
        self.homes = [Path(output).parent for output in job.outputs]
        self.keys = [self.key(index) for index in range(len(self.homes))]

    def key(self, index: int) -> str | None:
        """Return what an artefact is made from, as a digest; None where it cannot be made."""
        from pipeline.base.errors import PipelineError

        home, reads = self.homes[index].as_posix(), self.job.reads(index)
        try:
            parameters = self.step.parameters(self.step.values(home) or {})
            inputs = {name: {path: bytes_at(Path(path)) for path in paths} for name, paths in reads.items()}
        except (PipelineError, OSError):
            return None
        stated = json.dumps([self.code, self.step.name, home, parameters, inputs], sort_keys=True)
        return hashlib.sha256(stated.encode()).hexdigest()[:24]

    def succeeds(self) -> bool:
        """Make what is missing in a process of its own, its code read before; tell whether all is there then."""
        missing = [index for index in range(len(self.homes)) if not self.is_put(index)]
        if not missing:
            return True
        for index in missing:
            with contextlib.suppress(Exception):  # the job says what is wrong
                self.world.identity(self.step, self.step.parameters(self.step.values(self.homes[index].as_posix())))
        succeeded = performed_apart(part_of(self.job, missing))
        for index in missing:
            self.keep(index)
        return succeeded

    def is_put(self, index: int) -> bool:
        """Put an artefact in its place, if it was made before from the same; tell whether it was."""
        key = self.keys[index]
        if key is None or not (self.made / key).exists():
            return False
        shutil.copytree(self.made / key, self.homes[index])
        return True

    def keep(self, index: int) -> None:
        """Keep an artefact, if it stands, by what it was made from."""
        key = self.keys[index]
        if key is not None and (self.homes[index] / "receipt.json").exists():
            ready = self.made / f"{key}.{os.getpid()}"
            shutil.copytree(self.homes[index], ready)
            with contextlib.suppress(OSError):  # another process was first
                ready.replace(self.made / key)


def part_of(job: Any, places: list[int]) -> Any:
    """Return a job of some outputs only."""
    inputs = {
        name: tuple(paths[place] for place in places) if name.startswith("each_") else paths
        for name, paths in job.inputs.items()
    }
    return replace(job, outputs=tuple(job.outputs[place] for place in places), inputs=inputs)


def bytes_at(path: Path) -> dict[str, str]:
    """Return the digest of a file, or by name of each of an artefact's that has a receipt; raise OSError for none."""
    if path.name == "receipt.json":
        path.stat()
        paths = [below for below in sorted(path.parent.rglob("*")) if below.is_file() and below != path]
    else:
        paths = [path]
    return {each.as_posix(): hashlib.sha256(each.read_bytes()).hexdigest() for each in paths}


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
    from pipeline.io.bodies import Here
    from pipeline.io.jobs import Performer
    from pipeline.workflow import look, make

    pid = os.fork()
    if pid == 0:
        try:
            open_wide = contextlib.nullcontext(Here(look().steps[job.step], make))
            Performer(job, look, lambda *places: open_wide, lambda said: None).perform()
        except (PipelineError, SystemExit):
            os._exit(FAILED)
        except BaseException:
            os._exit(2)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
