"""Performs a job of the run at work: with what it may read, where it computes, and what is known of it before."""

import contextlib
import functools
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from pipeline.base.params import PARAMS
from pipeline.io import gpus
from pipeline.io.attempts import attempted
from pipeline.io.dvc import Cache
from pipeline.io.environment import LOCK
from pipeline.io.interim import LOOK
from pipeline.io.jobs import Closed, Performer
from pipeline.io.looks import LOOKS, note_before
from pipeline.io.manifest import readable_manifest
from pipeline.io.plans import PLAN
from pipeline.io.repeats import Memory
from pipeline.io.runs import SettledJob, settled_job
from pipeline.io.shelf import Shelf
from pipeline.workflow import SOURCE_ROOT, Workflow, look, make

TOLD_THE_PLAN = ("analyse",)  # by what Git has committed
NETWORKED = ("fetch",)
OPENS_HELD_OUT = "evaluate"
COMPUTES = ("select", "train", "evaluate")  # on the device of the study


def perform(output: str, say: Any, log: Path) -> None:
    """Perform the job that makes a receipt, as the run at work settled it."""
    told = settled_job(output)
    recorded = (readable_manifest() or {"artefacts": {}})["artefacts"]
    shelf = shelf_in(told.cache, recorded) if told.cache else None
    confine = functools.partial(confined_to, told.job.step)
    homes = [str(Path(path).parent) for path in told.job.outputs]
    with attempted(told.job.step, homes, log) as note, accelerator(told, say):
        memory = Memory(recorded, shelf)
        Performer(told.job, look, make, say, confine, None if told.anew else shelf, memory, note).perform()


def accelerator(told: SettledJob, say: Any) -> AbstractContextManager[object]:
    """Hold a GPU for a job that computes on one, before anything loads torch; nothing for another."""
    if told.job.step in COMPUTES and Workflow.load().study.compute.device == "cuda":
        return gpus.held(told.jobs_per_gpu, say, allocation=told.allocation)
    return contextlib.nullcontext()


def confined_to(
    step: str, homes: Sequence[str], missing: Sequence[str], reads: Sequence[str]
) -> AbstractContextManager[Closed]:
    """Close to this process, for good, what a step's job does not need to make what is missing from what it reads."""
    from pipeline.io.confinement import Needs, confined

    root = SOURCE_ROOT.parent
    if step == OPENS_HELD_OUT:
        note_before(look(), step, missing)
    sources = (SOURCE_ROOT, root / LOCK, Path(PARAMS), PLAN, LOOK, LOOKS)
    needs = Needs(step, root, sources, history=step in TOLD_THE_PLAN, network=step in NETWORKED)
    return confined(needs, homes, missing, reads)


def shelf_in(cache: Path, recorded: Mapping[str, Any]) -> Shelf:
    """Return what a cache of DVC keeps, the artefacts of a manifest included."""
    return Shelf(Cache(cache), {home: about["objects"] for home, about in recorded.items()})
