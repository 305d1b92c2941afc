"""What the jobs of the last run did: one file for each attempt at a job, written by that attempt alone, never hashed.

An attempt that was killed has no end: that is how it is known. Files of their own need no lock on a shared disk.
"""

import contextlib
import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.base.errors import RunFailedError
from pipeline.io.jobs import STATE
from pipeline.io.processes import is_still_at_work

ATTEMPTS = STATE / "attempts"
Note = Callable[[str, str], None]


@dataclass
class Attempt:
    """One attempt at a job. `made` maps finished artefacts to seconds, `failed` others to why they failed."""

    step: str
    homes: list[str]
    log: str
    host: str
    process: int
    began: float
    slurm_job: str | None = None
    made: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    ended: bool = False
    last: float = 0.0

    @property
    def missing(self) -> list[str]:
        """What it has not made."""
        return [home for home in self.homes if home not in self.made]

    @property
    def current(self) -> str:
        """The artefact that it is at, or was at when it ended."""
        return next((home for home in self.missing if home not in self.failed), self.homes[-1])

    def is_dead(self) -> bool:
        """Tell whether its process is known to be no more, though it never said so: only where it ran here."""
        here = self.host == socket.gethostname()
        return here and not self.ended and not is_still_at_work(self.process, since=self.began)


class Notes:
    """The file of one attempt, open for its life, so that a process that has confined itself can still write to it."""

    def __init__(self, path: Path) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666)
        self.waiting = b""  # what a full disk had no room for yet

    def write(self, **event: Any) -> None:
        """Add an event; a full disk is no error here: the job itself says so."""
        self.waiting += json.dumps({**event, "at": time.time()}).encode() + b"\n"
        with contextlib.suppress(OSError):
            while self.waiting:
                self.waiting = self.waiting[os.write(self.file, self.waiting) :]

    def close(self) -> None:
        """Let go of the file, emptied where it lacks how the attempt ended: it would tell of a job that was killed."""
        with contextlib.suppress(OSError):
            if self.waiting:
                os.ftruncate(self.file, 0)
        with contextlib.suppress(OSError):
            os.close(self.file)


@contextlib.contextmanager
def attempted(step: str, homes: Sequence[str], log: Path) -> Iterator[Note]:
    """Note that a job begins and how it ends; yield what notes an event of an artefact: made, or returned."""
    ATTEMPTS.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(Notes(ATTEMPTS / f"{time.time_ns()}-{secrets.token_hex(4)}.jsonl")) as notes:
        notes.write(
            event="began",
            step=step,
            homes=list(homes),
            log=str(log),
            host=socket.gethostname(),
            process=os.getpid(),
            slurm_job=os.environ.get("SLURM_JOB_ID"),
        )
        try:
            yield lambda event, home: notes.write(event=event, home=home)
        except RunFailedError as error:
            notes.write(event="failed", reasons=error.failed)
            raise
        except BaseException as error:
            notes.write(event="failed", reasons=dict.fromkeys(homes, str(error) or type(error).__name__))
            raise
        notes.write(event="ended")


def attempts(over: dict[str, Attempt] | None = None) -> list[Attempt]:
    """Return every attempt of the run at work, or else of the last one, the earliest first.

    Those that ended are kept in `over`, and not read again.
    """
    known = {} if over is None else over
    paths = sorted(ATTEMPTS.glob("*.jsonl"))
    found = {path.name: known.get(path.name) or read(path) for path in paths}
    known.update({name: attempt for name, attempt in found.items() if attempt and attempt.ended})
    return [attempt for attempt in found.values() if attempt is not None]


def read(path: Path) -> Attempt | None:
    """Return what one attempt has noted; None where it has noted nothing yet."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:  # a new run has begun
        return None
    attempt = None
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:  # torn by a kill
            continue
        if event["event"] == "began":
            told = {name: event[name] for name in ("step", "homes", "log", "host", "process", "slurm_job")}
            attempt = Attempt(began=event["at"], last=event["at"], **told)
        elif attempt is not None:
            take(attempt, event)
    return attempt


def take(attempt: Attempt, event: dict[str, Any]) -> None:
    """Add an event to what is known of an attempt."""
    if "home" in event:
        attempt.made[event["home"]] = event["at"] - attempt.last if event["event"] == "made" else 0.0
        attempt.failed.pop(event["home"], None)
    else:
        attempt.ended = True
        attempt.failed = event.get("reasons", {})
    attempt.last = event["at"]


def standing(found: Sequence[Attempt]) -> dict[str, Attempt]:
    """Return the last attempt at each artefact."""
    return {home: attempt for attempt in found for home in attempt.homes}
