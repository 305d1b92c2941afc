"""Bodies: a step's function, run on what its artefact declares and on code that is hashed, and what that cost."""

import contextlib
import json
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from pipeline import HASHED, LOADED
from pipeline.base.errors import PipelineError, refusal
from pipeline.io.hiding import only_distributions
from pipeline.io.loading import only_modules
from pipeline.io.metering import Meter
from pipeline.io.receipts import Fields, Step


@dataclass(frozen=True)
class Task:
    """What a step's function gets: where to write, what to read, and a folder that outlives a kill.

    `part` is the function's name, of those of its step.
    """

    home: Path
    scratch: Path
    parameters: Fields
    inputs: dict[str, list[Path]]
    part: str = "run"


@dataclass(frozen=True)
class Body:
    """A task with the sources that may be loaded, by digest, and what may be imported."""

    task: Task
    sources: Mapping[str, str]
    modules: Collection[str]
    distributions: Collection[str]

    def spelled(self) -> dict[str, Any]:
        """Return it as JSON has it, for a process that shares no memory."""
        told: dict[str, Any] = json.loads(json.dumps(asdict(self), default=plain))
        return told

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Body":
        """Return what was spelled."""
        task = told["task"]
        inputs = {name: [Path(path) for path in paths] for name, paths in task["inputs"].items()}
        read = Task(Path(task["home"]), Path(task["scratch"]), task["parameters"], inputs, task["part"])
        return cls(read, told["sources"], told["modules"], told["distributions"])


Make = Callable[[Step, Task], None]
Refused = Callable[[Exception], str | None]


class Maker(Protocol):
    """Who runs the bodies of a job, and how that one is confined, in words."""

    confinement: str

    def make(self, body: Body) -> Fields:
        """Run a body; return what it cost. Raises PipelineError in one line where it fails."""


class Here:
    """Runs bodies in this process, whatever is open to it."""

    confinement = "not enforced: made in a process that is open"

    def __init__(self, step: Step, make: Make, refused: Refused = lambda error: None) -> None:  # noqa: ARG005
        """`make` runs a step's function; `refused` tells of an error whether confinement was its cause."""
        self.step = step
        self.run = make
        self.refused = refused

    def make(self, body: Body) -> Fields:
        """Run a body; return what it cost. Raises PipelineError in one line where it fails."""
        refuse_other_code(body)
        device = str(body.task.parameters.get("device", "cpu"))
        package = f"{self.step.parts[0].entry.partition('.')[0]}.science."
        with self.failing(), Meter(device) as spent, only_modules(package, body.modules) as hidden:
            with only_distributions(body.distributions):
                self.run(self.step, body.task)
            if loaded := hidden():
                raise PipelineError(f"{self.step.name} loaded {loaded[0]}, which its imports do not show; import it")
        return spent.facts

    @contextlib.contextmanager
    def failing(self) -> Iterator[None]:
        """Tell whatever goes wrong in one line, with its traceback in the log."""
        try:
            yield
        except PipelineError:
            raise
        except Exception as error:
            with contextlib.suppress(OSError):  # the disk may be full
                traceback.print_exc()
            refused = self.refused(error) or (refusal(error) if isinstance(error, OSError) else None)
            raise PipelineError(refused or f"{type(error).__name__}: {error}") from error


def refuse_other_code(body: Body) -> None:
    """Raise PipelineError where a module that is loaded is not the one that is hashed, and let no other be loaded."""
    HASHED.clear()
    HASHED.update(body.sources)
    for name in sorted(HASHED.keys() & LOADED.keys()):
        if HASHED[name] != LOADED[name]:
            raise PipelineError(f"{name} changed while it was being made; run snakemake again")


def plain(value: Any) -> Any:
    """Return as JSON what JSON has no word for: paths, and sets in order."""
    return str(value) if isinstance(value, Path) else sorted(value)
