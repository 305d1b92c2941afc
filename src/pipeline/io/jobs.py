"""A job: make each artefact of it, unless its withdrawn receipt has come true again, and sign.

An artefact is built in a folder of its own and moved into place whole, with its receipt still withdrawn;
when all of a job's artefacts are there their receipts are put up together. So a job that fails or is
killed keeps what it finished, and nothing half made is ever under a receipt.
"""

import contextlib
import json
import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pipeline.base.canonical import text_digest, value_digest
from pipeline.base.errors import PipelineError, ReceiptError, RunFailedError, refusal
from pipeline.io.bodies import Body, Maker, Task
from pipeline.io.files import emptied, write_json, write_text
from pipeline.io.holding import held
from pipeline.io.placing import handed_on, put, taken
from pipeline.io.receipts import RECEIPT, WITHDRAWN, Fields, Part, World, all_paths, rename, sealed
from pipeline.io.repeats import Before, Memory, compare
from pipeline.io.settling import Job
from pipeline.io.shelf import Shelf
from pipeline.io.workers import WorkerEndedError

STATE = Path(".pipeline")
JOURNAL = STATE / "journal.jsonl"
FAILURES = STATE / "failures.txt"
OBSERVED = Path("observed")


Open = Callable[[Part, Sequence[str], Sequence[str]], AbstractContextManager[Maker]]


class Performer:
    """Performs one job."""

    def __init__(
        self,
        job: Job,
        look: Callable[[], World],
        makers: Open,
        say: Callable[[str], None],
        shelf: Shelf | None = None,
        memory: Memory | None = None,
        note: Callable[[str, str], None] = lambda event, home: None,  # noqa: ARG005
    ) -> None:
        """`look` looks at sources, parameters and files anew.

        `makers` yields who makes a part of some artefacts from inputs: for each part another process, so that none
        holds what only a later one may see.

        `shelf` keeps what may be brought back; `memory` knows what was made before, to compare with; `note` is told of
        every artefact that is made or returned.
        """
        self.job = job
        self.look = look
        self.makers = makers
        self.say = say
        self.shelf = shelf
        self.memory = memory or Memory()
        self.note = note
        self.failed: dict[str, str] = {}
        self.signed: dict[str, dict[str, str]] = {}  # files of what was made
        self.named: set[str] = set()  # distributions that bodies may import
        self.at_work: dict[Part, Maker] = {}
        self.world = look()
        self.step = self.world.steps[job.step]

    def perform(self) -> None:
        """Make or put back every artefact; raise RunFailedError naming the runs that failed, the others kept.

        A body sees what its job declares and no more; what looks further, and what signs, is no body.
        """
        reads = {str(Path(output).parent): self.job.reads(index) for index, output in enumerate(self.job.outputs)}
        counts = {home: f"{number} of {len(reads)}" for number, home in enumerate(reads, start=1)}
        starts: dict[str, Fields] = {}
        with held(reads):
            for home, own in reads.items():
                with self._noting(home):
                    if (start := self._start(home, own, counts[home])) is not None:
                        starts[home] = start
            if starts:
                self._make(starts, reads, counts)
                self._refuse_changed()
            if self.failed:
                raise RunFailedError(self.failed)
            for home in reads:
                with contextlib.suppress(FileNotFoundError):  # another process that made it too was first
                    rename(home, WITHDRAWN, RECEIPT)

    @contextlib.contextmanager
    def _noting(self, home: str) -> Iterator[None]:
        """Note why an artefact fails, so that the others are made."""
        try:
            yield
        except WorkerEndedError as error:
            if error.signal:
                raise  # as this process would have ended: it is tried again, or told as killed
            self.failed[home] = str(error)
        except PipelineError as error:
            self.failed[home] = str(error).removeprefix(f"{home}: ")
        except Exception as error:
            with contextlib.suppress(OSError):  # the disk may be full
                traceback.print_exc()
            refused = refusal(error) if isinstance(error, OSError) else None
            self.failed[home] = refused or f"{type(error).__name__}: {error}"

    def _start(self, home: str, reads: dict[str, list[str]], count: str) -> Fields | None:
        """Return what an artefact is to be made from, or None where it is back without work."""
        if self._comes_true(home, reads):
            self._note("returned", home)
            return None
        self._refuse_untrue(home, reads)
        start = self.world.describe(self.step, home, reads)
        if self._brought_back(home, start):
            self._note("returned", home)
            self.say(f"{home} brought back from DVC's cache ({count})")
            return None
        return start

    def _make(
        self, starts: Mapping[str, Fields], reads: Mapping[str, dict[str, list[str]]], counts: Mapping[str, str]
    ) -> None:
        self.named = {name for start in starts.values() for name in start["environment"]}
        before = {home: self.memory.recall(home, noted(home)) for home in starts}
        homes = list(starts)
        try:
            with contextlib.ExitStack() as stack:
                for part in self.step.parts:
                    inputs = sorted({path for home in homes for path in part.opens(reads[home])})
                    self.at_work[part] = stack.enter_context(self.makers(part, homes, inputs))
                for home, start in starts.items():
                    with self._noting(home):
                        began = time.monotonic()
                        self._build(homes, home, start, reads[home], before[home])
                        self.say(f"{home} made in {time.monotonic() - began:.1f} s ({counts[home]})")
        finally:
            for part in self.step.parts:
                shutil.rmtree(building_folder(homes, part.name), ignore_errors=True)

    def _refuse_changed(self) -> None:
        """Fail what is not as it was signed, now that no body is left that had a file of it open."""
        for home, files in self.signed.items():
            self.world.forget(home)
            if self.world.files(home) != files:
                self.failed[home] = "was changed by its step after it was signed; it must not go on when it has ended"
                shutil.rmtree(home)

    def _note(self, event: str, home: str) -> None:
        journal(event, home)
        self.note(event, home)

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
            shutil.rmtree(building, ignore_errors=True)
            return False
        write_text(building / WITHDRAWN, receipt)
        put(building, Path(home))
        self.world.forget(home)
        return True

    def _build(
        self, homes: Sequence[str], home: str, start: Fields, reads: dict[str, list[str]], before: Before
    ) -> None:
        if wrong := self.world.environment.differences(start["environment"]):
            raise PipelineError(f"{home}: the environment is not the locked one: {'; '.join(wrong)}; run `make setup`")
        scratch = STATE / "scratch" / flat(home) / value_digest(start)[:16]
        building = Path()
        spent: Fields = {}
        for number, (part, maker) in enumerate(self.at_work.items()):
            place = emptied(building_folder(homes, part.name) / flat(home)) / flat(home)
            if number:
                building = handed_on(home, building, place)
            else:
                (building := place).mkdir()
            inputs = {name: [artefact(path) for path in paths] for name, paths in part.inputs(reads).items()}
            task = Task(building, scratch, start["parameters"], inputs, part.name)
            found = maker.make(self._body(home, start, part, task))
            spent = spent or {**found, "confinement": maker.confinement}  # what scoring costs is left out
        end = self._sign(home, building, start, reads)
        made = {"artefact": home, "receipt": text_digest(sealed(end)), "files": end["files"]}
        write_json(noted(home), {**spent, **made})
        if said := compare(before, end, spent["machine"]):
            self.say(said)
        shutil.rmtree(scratch.parent, ignore_errors=True)
        self._note("made", home)

    def _body(self, home: str, start: Fields, part: Part, task: Task) -> Body:
        """Return a task with the code that it may load: what runs must be what is hashed, for scratch is kept by it.

        A closure may be known without a look at its modules, so they are looked at first and then the closure again.
        """
        modules = self.world.sources.closure(*part.roots(start["parameters"])).modules
        sources = {name: digest for name in modules if (digest := self.world.sources.digest(name))}
        if self.look().identity(self.step, start["parameters"])[0] != start["code"]:
            raise PipelineError(f"{home}: its code changed while it was being made; run snakemake again")
        return Body(task, sources, modules, self.named)

    def _refuse_untrue(self, home: str, reads: dict[str, list[str]]) -> None:
        for path in all_paths(reads):
            if Path(path).name == RECEIPT:
                try:
                    self.world.check(str(Path(path).parent))
                except ReceiptError as error:
                    raise ReceiptError(f"{home}: will not build on what is not true: {error}") from None

    def _sign(self, home: str, building: Path, start: Fields, reads: dict[str, list[str]]) -> Fields:
        """Put an artefact in its place, its receipt withdrawn; return what the receipt states."""
        building = taken(home, building, STATE / "signing" / flat(home))
        end = self.look().describe(self.step, home, reads)
        if start != end:
            parts = ", ".join(key for key in start if start[key] != end[key])
            shutil.rmtree(building)
            shutil.rmtree(STATE / "scratch" / flat(home), ignore_errors=True)  # it may rest on either
            raise PipelineError(f"{home}: {parts} changed while it was being made; run snakemake again")
        self.world.forget(building.as_posix())
        end["files"] = self.world.files(building.as_posix())
        write_text(building / WITHDRAWN, sealed(end))
        put(building, Path(home))
        self.world.forget(home)
        self.signed[home] = end["files"]
        return end


def asked(reads: Any) -> dict[str, list[str]]:
    """Return which paths are read, digests left out."""
    return {name: sorted(paths) for name, paths in reads.items()}


def artefact(path: str) -> Path:
    """Return what a step opens for an input: an artefact's directory, or the raw file itself."""
    return Path(path).parent if Path(path).name == RECEIPT else Path(path)


def flat(home: str) -> str:
    """Return a home as one file name."""
    return home.replace("/", "__")


def building_folder(homes: Sequence[str], part: str) -> Path:
    """Return the folder in which a part of a job builds some artefacts: what has left it is out of its reach."""
    return STATE / "building" / job_name(homes, part)


def job_name(homes: Sequence[str], part: str) -> str:
    """Return a short name for a part of the job of some artefacts."""
    return text_digest(f"{part} {homes[0]}")[:8]


def noted(home: str) -> Path:
    """Return where what was observed of an artefact is kept."""
    return OBSERVED / "artefacts" / f"{flat(home)}.json"


def journal(event: str, home: str) -> None:
    """Append one line on what a job did: an artefact made, or put back without work."""
    JOURNAL.parent.mkdir(parents=True, exist_ok=True)
    with JOURNAL.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"event": event, "artefact": home}) + "\n")
