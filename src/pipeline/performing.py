"""Performs a job of the run at work: with what it may read, where it computes, and what is known of it before."""

import contextlib
import functools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.io import gpus
from pipeline.io.attempts import attempted
from pipeline.io.bodies import Maker
from pipeline.io.carried import carried
from pipeline.io.dvc import Cache
from pipeline.io.jobs import Performer, artefact
from pipeline.io.looks import note_before
from pipeline.io.manifest import readable_manifest
from pipeline.io.receipts import Fields, Part
from pipeline.io.repeats import Memory
from pipeline.io.runs import SettledJob, settled_job
from pipeline.io.shelf import Shelf
from pipeline.study_code import DATA_SETS, SOURCE_ROOT
from pipeline.workflow import Workflow, look, make

if TYPE_CHECKING:
    from pipeline.io.confinement import Needs

NETWORKED = ("fetch",)
OF_DATA_SETS = ("fetch", "prepare", "resample")  # steps that a data set's module is chosen for
OPENS_HELD_OUT = "evaluate"


def perform(output: str, say: Any, log: Path) -> None:
    """Perform the job that makes a receipt, as the run at work settled it."""
    told = settled_job(output)
    recorded = (readable_manifest() or {"artefacts": {}})["artefacts"]
    shelf = shelf_in(told.cache, recorded) if told.cache else None
    makers = functools.partial(makers_of, told, say)
    homes = [str(Path(path).parent) for path in told.job.outputs]
    with attempted(told.job.step, homes, log) as note:
        memory = Memory(recorded, shelf)
        Performer(told.job, look, makers, say, None if told.anew else shelf, memory, note).perform()


@contextlib.contextmanager
def makers_of(told: SettledJob, say: Any, part: Part, missing: Sequence[str], reads: Sequence[str]) -> Iterator[Maker]:
    """Yield who makes a part of what is missing of a job, from what that reads, with all else closed.

    A GPU is held first, and only where what is missing computes on one: what comes back needs none.
    """
    from pipeline.io.confinement import confined

    world = look()
    step = world.steps[told.job.step]
    computes = part.name == step.parts[0].name  # what follows scores
    if computes and step.name == OPENS_HELD_OUT:
        note_before(world, step.name, missing, artefact(told.job.reads(0)["labels"][0]))
    device = accelerator(told, missing, say) if computes else contextlib.nullcontext()
    with device, confined(needs_of(step.name), step, part, make, missing, reads) as maker:
        yield maker


def needs_of(step: str) -> "Needs":
    """Return what the jobs of a step run on: only one that fetches has a network, few reach what carries data."""
    from pipeline.io.confinement import Needs

    hidden = frozenset() if step in OF_DATA_SETS else carried(DATA_SETS)
    return Needs(step, SOURCE_ROOT.parent, (SOURCE_ROOT,), network=step in NETWORKED, hidden=hidden)


def accelerator(told: SettledJob, missing: Sequence[str], say: Any) -> AbstractContextManager[object]:
    """Hold a GPU for a job that computes on one, before anything loads torch; nothing for another."""
    if takes_gpu(Workflow.load(), told.job.step, missing):
        return gpus.held(told.jobs_per_gpu, say, allocation=told.allocation)
    return contextlib.nullcontext()


def takes_gpu(workflow: Workflow, step: str, homes: Iterable[str]) -> bool:
    """Tell whether a job that makes some artefacts computes on a GPU."""
    if workflow.study.compute.device != "cuda":
        return False
    made = workflow.steps()[step]
    return any(on_gpu(made.parameters(made.values(home) or {}), workflow.facts.networks) for home in homes)


def on_gpu(parameters: Fields, networks: Collection[str]) -> bool:
    """Tell whether what is made under some parameters computes on a GPU: a network does, if the study asks for it."""
    return parameters.get("device") == "cuda" and parameters["model"] in networks


def shelf_in(cache: Path, recorded: Mapping[str, Any]) -> Shelf:
    """Return what a cache of DVC keeps, the artefacts of a manifest included."""
    return Shelf(Cache(cache), {home: about["objects"] for home, about in recorded.items()})
