"""A job: make each artefact of it, unless its withdrawn receipt has come true again, and sign.

An artefact is built in a folder of its own and moved into place whole, with its receipt still withdrawn;
when all of a job's artefacts are there their receipts are put up together. So a job that fails or is
killed keeps what it finished, and nothing half made is ever under a receipt.
"""

import contextlib
import json
import resource
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import HASHED, LOADED
from pipeline.base.canonical import text_digest, value_digest
from pipeline.base.errors import PipelineError, ReceiptError, RunFailedError
from pipeline.io.files import write_json, write_text
from pipeline.io.holding import held
from pipeline.io.machine import machine_class
from pipeline.io.placing import emptied, put
from pipeline.io.receipts import RECEIPT, WITHDRAWN, Fields, Step, World, all_paths, rename, sealed
from pipeline.io.settling import Job

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


@dataclass(frozen=True)
class Closed:
    """How a process is confined, in words, and what tells of an error whether that was the cause."""

    fact: str
    refusal: Callable[[Exception], str | None] = lambda error: None  # noqa: ARG005


Make = Callable[[Step, Task], None]
Confine = Callable[[Sequence[str], Sequence[str]], AbstractContextManager[Closed]]
Missing = dict[str, dict[str, list[str]]]


class Performer:
    """Performs one job."""

    def __init__(
        self, job: Job, look: Callable[[], World], make: Make, say: Callable[[str], None], confine: Confine
    ) -> None:
        """`look` looks at sources, parameters and files anew; `make` runs a step's function.

        `confine` closes to this process, for good, all that making some homes from some inputs does not need.
        """
        self.job = job
        self.look = look
        self.make = make
        self.say = say
        self.confine = confine
        self.closed = Closed("not enforced: nothing was made")
        self.world = look()
        self.step = self.world.steps[job.step]

    def perform(self) -> None:
        """Make or put back every artefact; raise RunFailedError naming the runs that failed, the others kept.

        All that looks further than an artefact's own inputs comes first: a body sees what it declares and no more.
        """
        reads = {str(Path(output).parent): self.job.reads(index) for index, output in enumerate(self.job.outputs)}
        with held(reads):
            missing = {home: own for home, own in reads.items() if not self._returned(home, own)}
            failed = {home: reason for home, own in missing.items() if (reason := self._untrue(own))}
            failed |= self._make({home: own for home, own in missing.items() if home not in failed})
            if failed:
                raise RunFailedError(failed)
            for home in reads:
                with contextlib.suppress(FileNotFoundError):  # another process that made it too was first
                    rename(home, WITHDRAWN, RECEIPT)

    def _returned(self, home: str, reads: dict[str, list[str]]) -> bool:
        if returned := self._comes_true(home, reads):
            journal("returned", home)
        return returned

    def _make(self, missing: Missing) -> dict[str, str]:
        """Make artefacts, confined to what they declare; return which failed and why."""
        if not missing:
            return {}
        inputs = sorted({path for reads in missing.values() for path in all_paths(reads)})
        failed: dict[str, str] = {}
        with self.confine(list(missing), inputs) as self.closed:
            for number, (home, reads) in enumerate(missing.items(), start=1):
                failed.update(self._one(home, reads, f"{number} of {len(missing)}"))
        return failed

    def _one(self, home: str, reads: dict[str, list[str]], count: str) -> dict[str, str]:
        try:
            started = time.monotonic()
            self._build(home, reads)
            self.say(f"{home} made in {time.monotonic() - started:.1f} s ({count})")
        except PipelineError as error:
            return {home: str(error).removeprefix(f"{home}: ")}
        except Exception as error:
            traceback.print_exc()
            return {home: self.closed.refusal(error) or f"{type(error).__name__}: {error}"}
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

    def _build(self, home: str, reads: dict[str, list[str]]) -> None:
        start = self.world.describe(self.step, home, reads)
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
        observed = {"artefact": home, "receipt": receipt, "confinement": self.closed.fact, **spent.facts}
        write_json(OBSERVED / "artefacts" / f"{flat(home)}.json", observed)
        shutil.rmtree(scratch.parent, ignore_errors=True)
        journal("made", home)

    def _untrue(self, reads: dict[str, list[str]]) -> str | None:
        for path in all_paths(reads):
            if Path(path).name == RECEIPT:
                try:
                    self.world.check(str(Path(path).parent))
                except ReceiptError as error:
                    return f"will not build on what is not true: {error}"
        return None

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
