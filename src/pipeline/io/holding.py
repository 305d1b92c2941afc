"""Holding artefacts against another job that makes them, such as one that a killed run left behind."""

import contextlib
import fcntl
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

HELD = Path(".pipeline") / "held"


@contextlib.contextmanager
def held(homes: Iterable[str]) -> Iterator[None]:
    """Hold artefacts; wait for whoever holds one of them. A process's death lets go of them.

    One file is locked byte by byte, a byte an artefact: a job may make more artefacts than a process may open files.
    """
    HELD.parent.mkdir(parents=True, exist_ok=True)
    with HELD.open("a+b") as file:
        for place in sorted(map(byte_of, homes)):  # in one order for all, or two could wait for each other
            fcntl.lockf(file, fcntl.LOCK_EX, 1, place)
        yield


def byte_of(home: str) -> int:
    """Return the byte that stands for an artefact."""
    return int.from_bytes(hashlib.sha256(home.encode()).digest()[:6])
