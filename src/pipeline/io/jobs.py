"""A job: make each artefact of it, unless its withdrawn receipt has come true again, and sign.

An artefact is built in a folder of its own and moved into place whole, with its receipt still withdrawn;
when all of a job's artefacts are there their receipts are put up together. So a job that fails or is
killed keeps what it finished, and nothing half made is ever under a receipt.
"""

import contextlib
import errno
import fcntl
import json
import resource
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import HASHED, LOADED
from pipeline.base.canonical import text_digest, value_digest
from pipeline.base.errors import PipelineError, ReceiptError, RunFailedError, refusal
from pipeline.io.files import emptied, write_json, write_text
from pipeline.io.machine import machine_class
from pipeline.io.receipts import RECEIPT, WITHDRAWN, Fields, Step, World, rename, sealed
from pipeline.io.settling import Job
from pipeline.io.shelf import Shelf

STATE = Path(".pipeline")
JOURNAL = STATE / "journal.jsonl"
FAILURES = STATE / "failures.txt"
OBSERVED = Path("observed")
MAXRSS_PER_MB = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts bytes, Linux kilobytes


@dataclass(frozen=True)
class Task:
    """What a step's function gets: where to write, what to read, and a folder that outlives a kill."""

    home: Path
    scratch: Path
    parameters: Fields
    inputs: dict[str, list[Path]]


Make = Callable[[Step, Task], None]


class Performer:
    """Performs one job."""

    def __init__(
        self, job: Job, look: Callable[[], World], make: Make, say: Callable[[str], None], shelf: Shelf | None = None
    ) -> None:
        """`look` looks at sources, parameters and files anew; `make` runs a step's function; `shelf` keeps what was."""
        self.job = job
        self.look = look
        self.make = make
        self.say = say
        self.shelf = shelf
        self.world = look()
        self.step = self.world.steps[job.step]

    def perform(self) -> None:
        """Make or put back every artefact; raise RunFailedError naming the runs that failed, the others kept."""
        homes = [str(Path(output).parent) for output in self.job.outputs]
        failed: dict[str, str] = {}
        for index, home in enumerate(homes):
            with held(home):
                failed.update(self._one(index, home, f"{index + 1} of {len(homes)}"))
        if failed:
            raise RunFailedError(failed)
        for home in homes:
            with contextlib.suppress(FileNotFoundError):  # another process that made it too was first
                rename(home, WITHDRAWN, RECEIPT)

    def _one(self, index: int, home: str, count: str) -> dict[str, str]:
        reads = self.job.reads(index)
        if self._comes_true(home, reads):
            journal("returned", home)
            return {}
        try:
            started = time.monotonic()
            self._refuse_untrue(home, reads)
            start = self.world.describe(self.step, home, reads)
            if self._brought_back(home, start):
                journal("returned", home)
                self.say(f"{home} brought back from DVC's cache ({count})")
                return {}
            self._build(home, start, reads)
            self.say(f"{home} made in {time.monotonic() - started:.1f} s ({count})")
        except PipelineError as error:
            return {home: str(error).removeprefix(f"{home}: ")}
        except Exception as error:
            with contextlib.suppress(OSError):  # the disk may be full
                traceback.print_exc()
            refused = refusal(error) if isinstance(error, OSError) else None
            return {home: refused or f"{type(error).__name__}: {error}"}
        return {}

    def _comes_true(self, home: str, reads: dict[str, list[str]]) -> bool:
        for name in (WITHDRAWN, RECEIPT):
            with contextlib.suppress(ReceiptError):
                stated = self.world.check(home, name)
                if stated["step"] != self.step.name or asked(stated["reads"]) != asked(reads):
                    continue
                if name == RECEIPT:
                    rename(home, RECEIPT, WITHDRAWN)
                return True
        return False

    def _brought_back(self, home: str, start: Fields) -> bool:
        """Tell whether DVC's cache keeps what would be made now, which is then in its place, its receipt withdrawn."""
        if self.shelf is None:
            return False
        building = emptied(STATE / "building" / flat(home))
        receipt = self.shelf.bring_back(home, start, building)
        if receipt is None:
            return False
        write_text(building / WITHDRAWN, receipt)
        put(building, Path(home))
        self.world.digests.pop(home, None)
        return True

    def _build(self, home: str, start: Fields, reads: dict[str, list[str]]) -> None:
        if wrong := self.world.environment.differences(start["environment"]):
            raise PipelineError(f"{home}: the environment is not the locked one: {'; '.join(wrong)}; run `make setup`")
        building = emptied(STATE / "building" / flat(home))
        scratch = STATE / "scratch" / flat(home) / value_digest(start)[:16]
        shown = self.world.closure(self.step, start["parameters"]).modules
        self._refuse_other_code(home, shown)
        spent = Meter()
        with only_modules(f"{self.step.entry.partition('.')[0]}.science.", shown) as hidden:
            inputs = {name: [artefact(path) for path in paths] for name, paths in reads.items()}
            self.make(self.step, Task(building, scratch, start["parameters"], inputs))
            if loaded := hidden():
                raise PipelineError(
                    f"{home}: {self.step.name} loaded {loaded[0]}, which its imports do not show; import it"
                )
        spent.stop()
        receipt = self._sign(home, building, start, reads)
        write_json(OBSERVED / "artefacts" / f"{flat(home)}.json", {"artefact": home, "receipt": receipt, **spent.facts})
        shutil.rmtree(scratch.parent, ignore_errors=True)
        journal("made", home)

    def _refuse_untrue(self, home: str, reads: dict[str, list[str]]) -> None:
        for path in (path for paths in reads.values() for path in paths):
            if Path(path).name == RECEIPT:
                try:
                    self.world.check(str(Path(path).parent))
                except ReceiptError as error:
                    raise ReceiptError(f"{home}: will not build on what is not true: {error}") from None

    def _refuse_other_code(self, home: str, shown: Collection[str]) -> None:
        """What runs must be what is hashed, both of what is loaded and of what will be: scratch is kept by its hash."""
        HASHED.clear()
        HASHED.update((name, module.digest) for name in shown if (module := self.world.sources.module(name)))
        for name in sorted(HASHED.keys() & LOADED.keys()):
            if HASHED[name] != LOADED[name]:
                raise PipelineError(f"{home}: {name} changed while it was being made; run snakemake again")

    def _sign(self, home: str, building: Path, start: Fields, reads: dict[str, list[str]]) -> str:
        """Put an artefact in its place, its receipt withdrawn; return the receipt's sha256."""
        end = self.look().describe(self.step, home, reads)
        if start != end:
            parts = ", ".join(key for key in start if start[key] != end[key])
            shutil.rmtree(building)
            shutil.rmtree(STATE / "scratch" / flat(home), ignore_errors=True)  # it may rest on either
            raise PipelineError(f"{home}: {parts} changed while it was being made; run snakemake again")
        self.world.digests.pop(building.as_posix(), None)
        end["files"] = self.world.files(building.as_posix())
        text = sealed(end)
        write_text(building / WITHDRAWN, text)
        put(building, Path(home))
        self.world.digests.pop(home, None)
        return text_digest(text)


def asked(reads: Any) -> dict[str, list[str]]:
    """Return which paths are read, digests left out."""
    return {name: sorted(paths) for name, paths in reads.items()}


def artefact(path: str) -> Path:
    """Return what a step opens for an input: an artefact's directory, or the raw file itself."""
    return Path(path).parent if Path(path).name == RECEIPT else Path(path)


def flat(home: str) -> str:
    """Return a home as one file name."""
    return home.replace("/", "__")


def put(building: Path, place: Path) -> None:
    """Move a folder into place whole, also onto another disk, such as one that `runs` is a link to."""
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        building.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = emptied(place.with_name(f".{place.name}.moving"))
        try:
            shutil.copytree(building, beside, dirs_exist_ok=True)
            beside.replace(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(building)


@contextlib.contextmanager
def only_modules(prefix: str, shown: Collection[str]) -> Iterator[Callable[[], list[str]]]:
    """Hide loaded modules that an artefact's code does not show; yield what tells which were loaded all the same.

    One that ran unshown, imported by a name put together at run time, could change without being noticed.
    """

    def loaded() -> list[str]:
        return sorted(name for name in sys.modules if name.startswith(prefix) and name not in shown)

    hidden = {name: sys.modules.pop(name) for name in loaded()}
    try:
        yield loaded
    finally:
        sys.modules.update(hidden)


@contextlib.contextmanager
def held(home: str) -> Iterator[None]:
    """Hold an artefact against another job that makes it, such as one a killed run left behind; waits for it."""
    path = STATE / "locks" / flat(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Meter:
    """What making an artefact cost on this machine: never hashed, never an input."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.monotonic(), time.process_time()
        self.facts: Fields = {}

    def stop(self) -> None:
        """Note the seconds since the start, the memory of this process so far, and the class of the machine."""
        self.facts = {
            "wall_seconds": round(time.monotonic() - self.wall, 3),
            "cpu_seconds": round(time.process_time() - self.cpu, 3),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MAXRSS_PER_MB, 1),
            "machine": machine_class(),
        }


def journal(event: str, home: str) -> None:
    """Append one line on what a job did: an artefact made, or put back without work."""
    JOURNAL.parent.mkdir(parents=True, exist_ok=True)
    with JOURNAL.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"event": event, "artefact": home}) + "\n")
