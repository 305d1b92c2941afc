"""A toy graph with real receipts: one artefact made from a file, and a pack of two that read it."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.base.errors import PipelineError
from pipeline.io.bodies import Here, Maker, Task
from pipeline.io.code import Sources
from pipeline.io.environment import Environment
from pipeline.io.files import write_json
from pipeline.io.jobs import JOURNAL, Performer
from pipeline.io.receipts import RECEIPT, Part, Step, World
from pipeline.io.settling import Graph, Job, Settled, Settling

FIRST = "data/first"
PACK = ("runs/a", "runs/b")
HOMES = (FIRST, *PACK)
TAKEN = ("source", "first", "shift", "run")  # by name, what their inputs are


def part(entry: str) -> tuple[Part]:
    """Return the one function by which a step makes its artefact."""
    return (Part(entry, lambda told: (), frozenset(TAKEN), resumes=True),)


def receipt(home: str) -> str:
    return f"{home}/{RECEIPT}"


@dataclass
class Toy:
    """A study of three artefacts in the working directory; `during` runs while each is made."""

    factor: int = 2
    shift: dict[str, int] = field(default_factory=lambda: {"a": 1, "b": 2})
    during: Callable[[Task], None] = lambda task: None

    def write(self) -> "Toy":
        """Write the sources, the lock and the raw files."""
        for name, text in {
            "app/__init__.py": "",
            "app/first.py": "def run(): return 1\n",
            "app/each.py": "from app.tool import add\n\ndef run(): return add(1)\n",
            "app/tool.py": "def add(x):\n    return x + 1\n",
            "requirements.lock": "packaging==0\n",
            "source.txt": "5",
            "a.txt": "10",
            "b.txt": "20",
        }.items():
            Path(name).parent.mkdir(exist_ok=True)
            Path(name).write_text(text)
        return self

    def _each(self, values: Mapping[str, str]) -> dict[str, Any]:
        if values["name"] not in self.shift:
            raise PipelineError(f"there is no run {values['name']}")
        return {"name": values["name"], "shift": self.shift[values["name"]]}

    def look(self) -> World:
        """Look at everything anew."""
        steps = {
            "first": Step("first", FIRST, lambda values: {"nested": {"factor": self.factor}}, part("app.first:run")),
            "each": Step("each", "runs/{name}", self._each, part("app.each:run")),
        }
        return World(steps, Sources(Path.cwd()), Environment(Path("requirements.lock")))

    def jobs(self) -> list[Job]:
        """Return the two jobs."""
        names = [home.rpartition("/")[2] for home in PACK]
        inputs = {"first": (receipt(FIRST),), "each_shift": tuple(f"{name}.txt" for name in names)}
        return [
            Job("first", (receipt(FIRST),), {"source": ("source.txt",)}),
            Job("each", tuple(map(receipt, PACK)), inputs),
        ]

    def make(self, step: Step, task: Task) -> None:
        """Write what is asked for."""
        self.during(task)
        read = [int(path.read_text()) for path in task.inputs.get("source", task.inputs.get("shift", []))]
        write_json(task.home / "value.json", {"parameters": task.parameters, "read": read})

    def settle(self, act: bool = True) -> Settled:
        """Settle the graph."""
        return Settling(Graph(self.jobs()), self.look(), act).settle()

    def perform(self, number: int) -> list[str]:
        """Perform one job and return what it said."""
        said: list[str] = []
        self.performer(self.jobs()[number], said.append).perform()
        return said

    def performer(self, job: Job, say: Callable[[str], None] = lambda line: None, **options: Any) -> Performer:
        """Return what performs a job, bodies in this process: what they do there, a test sees."""

        @contextmanager
        def makers(part: Part, missing: Sequence[str], reads: Sequence[str]) -> Iterator[Maker]:
            yield Here(self.look().steps[job.step], self.make)

        return Performer(job, self.look, makers, say, **options)

    def build(self) -> "Toy":
        """Perform the jobs that do not stand, as Snakemake would, and forget the journal of it."""
        for number, job in enumerate(self.jobs()):
            if not set(job.outputs) <= self.settle().standing:
                self.perform(number)
        return self

    def made(self) -> list[str]:
        """Return what was made, in order, since the last call."""
        lines = JOURNAL.read_text().splitlines() if JOURNAL.exists() else []
        JOURNAL.unlink(missing_ok=True)
        return [event["artefact"] for event in map(json.loads, lines) if event["event"] == "made"]
