"""What a job may touch: what it declares, its own places, its code, the locked environment, the system. Nothing else.

A system folder that also holds the study, DVC's cache or a remote is not opened whole, only what lies beside them.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.base.errors import ConfinementError
from pipeline.io.bodies import Body, Here, Make
from pipeline.io.carried import brought
from pipeline.io.jobs import STATE, artefact, building_folder, flat, job_name
from pipeline.io.namespaces import SHARED_MEMORY, separate
from pipeline.io.places import (
    MACHINE,
    OWN_THREADS,
    PROGRAMS,
    beside,
    closed_places,
    devices,
    holding,
    libraries,
    python,
    settings,
)
from pipeline.io.receipts import Fields, Part, Step
from pipeline.io.refusals import refusal
from pipeline.io.sandbox import CHANGE, NEWEST, READ, RUN, WRITE, Access, restrict
from pipeline.io.workers import Answer, Worker, told_to_end

KEPT = (  # of a person's variables: how libraries are found, how words are spelled, what computes
    "CUDA_", "CUBLAS_", "GPU_", "HIP_", "HSA_", "LANG", "LC_", "LD_LIBRARY_PATH", "MKL_", "NUMEXPR_", "NVIDIA_", "OMP_",
    "OPENBLAS_", "PATH", "PYTHON", "ROCR_", "TERM", "TZ",
)  # fmt: skip
Opened = dict[Path, Access]


@dataclass(frozen=True)
class Needs:
    """What a step's jobs run on: the repository's root and its code, but for what is hidden; a network if stated."""

    step: str
    root: Path
    sources: tuple[Path, ...]
    network: bool = False
    hidden: frozenset[Path] = frozenset()


class Confined:
    """Runs the bodies of one job in a worker that is confined before any of their code is loaded."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.confinement = str(worker.told)

    def make(self, body: Body) -> Fields:
        """Run a body; return what it cost. Raises PipelineError in one line where it fails."""
        return dict(self.worker.ask(body.spelled()))


@contextmanager
def confined(
    needs: Needs, step: Step, part: Part, make: Make, homes: Sequence[str], reads: Sequence[str], limit: int = NEWEST
) -> Iterator[Confined]:
    """Yield who makes a part of some artefacts of one job from its inputs, with all closed that this does not need.

    It has a home, a folder of temporary files and variables of its own, so that no personal setting moves a byte.
    `limit` is the highest version of Landlock to make use of. Raises ConfinementError where it should be enforced and
    is not.
    """
    private = own_folders(homes, part)

    def begin() -> tuple[str, Answer]:
        started = time.monotonic()
        shared = apart(needs)
        allowed = allow_list(needs, part, homes, reads, private) | shared
        fact = close_in(needs, allowed, private, limit)
        print(f"confinement: {fact} ({len(allowed)} paths, {1000 * (time.monotonic() - started):.0f} ms)")
        here = Here(step, make, lambda error: refusal(error, needs.step))
        return fact, lambda told: here.make(Body.of(told))

    try:
        with Worker(begin) as worker, told_to_end(worker):
            yield Confined(worker)
    finally:
        shutil.rmtree(private, ignore_errors=True)


def close_in(needs: Needs, allowed: Opened, private: Path | None, limit: int = NEWEST) -> str:
    """Close all but some places to this process, for good, and move it into a folder of its own; say what enforces it.

    Raises ConfinementError where this kernel can enforce it and did not.
    """
    move_in(private)
    if OWN_THREADS.is_dir():  # held open: the kernel makes those of /proc anew, and a rule is of the one it names
        os.open(OWN_THREADS, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fact = restrict(allowed, needs.network, limit)
    except OSError as error:
        raise ConfinementError(
            f"{needs.step}: could not be confined, though this kernel can ({error.strerror}); nothing of it was run"
        ) from None
    return fact


def close_code_in(source_root: Path, data_sets: Path, private: Path | None = None) -> str:
    """Leave this process the code of a study and what that is run by: no data, no network, one folder to write or none.

    Modules of data sets, in their folder, stay open: they say what was published about one.
    """
    needs = Needs("what reads the study", source_root.parent, (source_root,), hidden=brought(data_sets))
    shared = apart(needs)
    own = {private: RUN | WRITE} if private else {}
    return close_in(needs, shared | allowed_to_all(needs) | own, private or (SHARED_MEMORY if shared else None))


def apart(needs: Needs) -> Opened:
    """Leave this process no network that it does not need; return its own shared memory, opened, if it can have it."""
    lacking = separate(needs.network, closed_places(needs.root))
    return {} if lacking else {SHARED_MEMORY: READ | WRITE}


def own_folders(homes: Sequence[str], part: Part) -> Path:
    """Make the folders that a part of a job writes to; return its private one, empty."""
    private = STATE / "tmp" / job_name(homes, part.name)  # short: sockets in it have room for 108 characters
    shutil.rmtree(private, ignore_errors=True)
    for folder in (private, *written_folders(homes, part)):
        folder.mkdir(parents=True, exist_ok=True)
    return private


def written_folders(homes: Sequence[str], part: Part) -> list[Path]:
    """Return where each artefact is built, none of which can be replaced, and what outlives a kill is kept."""
    building = building_folder(homes, part.name)
    kept = [STATE / "scratch" / flat(home) for home in homes] if part.resumes else []
    return [*(building / flat(home) for home in homes), *kept]


def allow_list(needs: Needs, part: Part, homes: Sequence[str], reads: Sequence[str], private: Path) -> Opened:
    """Return what is open to a part of a job, and how."""
    inputs = [artefact(path) for path in reads]
    return allowed_to_all(needs) | merged(
        ([*inputs, *linked(inputs)], READ),
        ([private], RUN | WRITE),  # what it compiles there it may run: no more than it may do itself
        (written_folders(homes, part), READ | WRITE),
    )


def allowed_to_all(needs: Needs) -> Opened:
    """Return what is open to all that runs a study's code: Python and its packages, the system, the code itself."""
    closed = closed_places(needs.root)
    return merged(
        (beside([*map(Path, PROGRAMS), *python()], closed | needs.hidden), RUN),
        (around(needs.hidden, [*map(Path, PROGRAMS), *python(), *needs.sources], closed), Access.READ_DIR),
        (libraries(), RUN),
        (settings(needs.network), READ),
        (map(Path, MACHINE), READ),
        ([OWN_THREADS], CHANGE),
        (beside(devices(), closed), READ | WRITE),
        (beside(needs.sources, set(needs.hidden)), READ),
    )


def around(hidden: Iterable[Path], folders: Iterable[Path], closed: set[Path]) -> Iterator[Path]:
    """Yield the folders of which something is hidden: they can be listed, as imports do, if nothing is closed.

    What is hidden is files' content; that they are there is no secret.
    """
    listed = holding(hidden) - holding(closed)
    yield from (real for real in map(Path.resolve, folders) if real in listed)


def merged(*parts: tuple[Iterable[Path], Access]) -> Opened:
    """Return every path with all that is allowed below it."""
    allowed: Opened = {}
    for paths, access in parts:
        for path in paths:
            allowed[path] = allowed.get(path, Access(0)) | access
    return allowed


def linked(inputs: Iterable[Path]) -> Iterator[Path]:
    """Yield what the links among declared files lead to: DVC may keep their content in its cache."""
    for path in inputs:
        files = path.rglob("*") if path.is_dir() else [path]
        yield from (file.resolve() for file in files if file.is_symlink())


def move_in(private: Path | None) -> None:
    """Make a folder, or none, this process's home and place of temporary files, and forget a person's variables."""
    for name in list(os.environ):
        if not name.startswith(KEPT):
            del os.environ[name]
    place = str(private.absolute()) if private else "/nowhere"
    os.environ.update(HOME=place, TMPDIR=place)
    tempfile.tempdir = None
