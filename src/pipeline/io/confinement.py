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

from pipeline.base.canonical import text_digest
from pipeline.io.history import git_places, git_program, trust_as_before
from pipeline.io.jobs import OBSERVED, STATE, Closed, artefact, flat
from pipeline.io.places import (
    MACHINE,
    OWN_THREADS,
    PROGRAMS,
    beside,
    closed_places,
    devices,
    libraries,
    python,
    settings,
)
from pipeline.io.refusals import refusal
from pipeline.io.sandbox import CHANGE, ENFORCED, NEWEST, READ, RENAMES_SINCE, RUN, WRITE, Access, newest, restrict

PLACE = Access.REFER | Access.MAKE_DIR | Access.REMOVE_DIR  # to move a finished folder into place, and no more
PERSONAL = (  # by which libraries find a person's settings, which no receipt names
    "MATPLOTLIBRC", "MPLCONFIGDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
)  # fmt: skip
Opened = dict[Path, Access]


@dataclass(frozen=True)
class Needs:
    """What a step's jobs run on: the repository's root, code and settings; Git's history, the network if stated."""

    step: str
    root: Path
    sources: tuple[Path, ...]
    history: bool = False
    network: bool = False


@contextmanager
def confined(
    needs: Needs, homes: Sequence[str], missing: Sequence[str], reads: Sequence[str], limit: int = NEWEST
) -> Iterator[Closed]:
    """Close to this process, for good, all that a job of `homes` does not need to make the missing ones from inputs.

    Meanwhile it has a home and a temporary folder of its own, so that no personal setting moves a byte. `limit` is the
    highest version of Landlock to make use of.
    """
    started = time.monotonic()
    private = own_folders(missing)
    allowed = allow_list(needs, homes, missing, reads, private, renames=min(limit, newest()) >= RENAMES_SINCE)
    if needs.history:
        trust_as_before()
    move_in(private)
    with pinned(OWN_THREADS):
        fact = restrict(allowed, needs.network, limit)
        print(f"confinement: {fact} ({len(allowed)} paths, {1000 * (time.monotonic() - started):.0f} ms)")
        try:
            yield Closed(fact, lambda error: refusal(error, needs.step) if fact.startswith(ENFORCED) else None)
        finally:
            shutil.rmtree(private, ignore_errors=True)


@contextmanager
def pinned(path: Path) -> Iterator[None]:
    """Hold a place open where there is one: the kernel makes those of /proc anew, and a rule is of the one it names."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC) if path.is_dir() else None
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def own_folders(homes: Sequence[str]) -> Path:
    """Make the folders that a job writes to; return its private one, empty."""
    private = STATE / "tmp" / text_digest(homes[0])[:8]  # short: sockets in it have room for 108 characters
    shutil.rmtree(private, ignore_errors=True)
    for folder in (private, OBSERVED, *building(homes), *(Path(home).parent for home in homes)):
        folder.mkdir(parents=True, exist_ok=True)
    return private


def building(homes: Iterable[str]) -> list[Path]:
    """Return where artefacts are built, and where what outlives a kill is kept."""
    return [STATE / part / flat(home) for home in homes for part in ("building", "scratch")]


def allow_list(
    needs: Needs,
    homes: Sequence[str],
    missing: Sequence[str],
    reads: Sequence[str],
    private: Path,
    renames: bool = True,
) -> Opened:
    """Return what is open to a job, and how; without `renames` artefacts are copied into place."""
    parents = {Path(home).parent for home in missing}
    inputs = [artefact(path) for path in reads]
    closed = closed_places(needs.root)
    return merged(
        (beside([*map(Path, PROGRAMS), *python()], closed), RUN),
        (libraries(), RUN),
        (settings(needs.network), READ),
        (map(Path, MACHINE), READ),
        ([OWN_THREADS], CHANGE),
        (beside(devices(), closed), READ | WRITE),
        (git_places() if needs.history else [], READ),
        (beside(git_program(), closed) if needs.history else [], RUN),
        ([*needs.sources, STATE / "closures.json"], READ),
        ([*inputs, *linked(inputs)], READ),
        ([private], RUN | WRITE),  # what it compiles there it may run: no more than it may do itself
        (building(missing), READ | WRITE),
        ([STATE, OBSERVED, *map(Path, homes)], WRITE),
        (parents, PLACE),
        ([parent for parent in parents if not (renames and moves_from(parent))], WRITE),
    )


def merged(*parts: tuple[Iterable[Path], Access]) -> Opened:
    """Return every path with all that is allowed below it."""
    allowed: Opened = {}
    for paths, access in parts:
        for path in paths:
            allowed[path] = allowed.get(path, Access(0)) | access
    return allowed


def moves_from(parent: Path) -> bool:
    """Tell whether a folder can be moved there from where it is built; else it is copied (a link to another disk)."""
    return parent.stat().st_dev == STATE.stat().st_dev


def linked(inputs: Iterable[Path]) -> Iterator[Path]:
    """Yield what the links among declared files lead to: DVC may keep their content in its cache."""
    for path in inputs:
        files = path.rglob("*") if path.is_dir() else [path]
        yield from (file.resolve() for file in files if file.is_symlink())


def move_in(private: Path) -> None:
    """Make a folder this process's home and place of temporary files."""
    for name in PERSONAL:
        os.environ.pop(name, None)
    os.environ.update(HOME=str(private.absolute()), TMPDIR=str(private.absolute()))
    tempfile.tempdir = None
