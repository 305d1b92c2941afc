"""The verb: what is true here goes to one tracker, and what is not is named."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.base.errors import TrackerError, nearest
from pipeline.io.jobs import STATE
from pipeline.io.runs import held, locked
from pipeline.tracking.facts import StudyShown
from pipeline.tracking.projection import projected

SHOWN = 12
TRACKING = STATE / "tracking"  # the lock of who sends: two would each take what the other began for left over


Filler = Callable[[StudyShown, "Asked"], dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """What to fill: a server's address, the name of an experiment or project, a folder; empty where not said."""

    tracker: str
    uri: str = ""
    experiment: str = ""
    folder: Path | None = None


def track(asked: Asked) -> dict[str, Any]:
    """Project what is true here; return where, what was added, and what was left out because it is not true.

    Raises TrackerError for a tracker there is not, or that does not take what it is given; PipelineError where
    nothing is true.
    """
    if asked.tracker not in FILLERS:
        raise TrackerError(f"nothing is named '{asked.tracker}'; {nearest(asked.tracker, FILLERS)}")
    with contextlib.ExitStack() as stack:
        with held():  # no longer: a server may be slow, and snakemake need not wait for it
            stack.enter_context(locked(TRACKING, "pipeline track"))
            study = projected()
        found = FILLERS[asked.tracker](study, asked)
    about = {"tracker": asked.tracker, "study": study.key, "runs": len(study.runs)}
    return {**about, **found, "left_out": study.left_out}


def to_mlflow(study: StudyShown, asked: Asked) -> dict[str, Any]:
    """Fill a server of MLflow."""
    from pipeline.tracking import mlflow_tracker

    return mlflow_tracker.track(study, asked.uri, asked.experiment)


def to_wandb(study: StudyShown, asked: Asked) -> dict[str, Any]:
    """Fill a folder of W&B."""
    from pipeline.tracking import wandb_tracker

    return wandb_tracker.track(study, asked.folder or Path("observed"), asked.experiment)


def to_dvclive(study: StudyShown, asked: Asked) -> dict[str, Any]:
    """Fill a folder of DVCLive."""
    from pipeline.tracking import dvclive_tracker

    return dvclive_tracker.track(study, asked.folder or Path("dvclive"))


FILLERS: dict[str, Filler] = {"mlflow": to_mlflow, "wandb": to_wandb, "dvclive": to_dvclive}


def render(found: Mapping[str, Any]) -> str:
    """Return what was tracked, for a terminal."""
    new = f"{len(found['added'])} of them new" if found["added"] else "nothing new"
    lines = [f"{found['tracker']}: {found['runs']} runs of study {found['study'][:12]} are there, {new}"]
    lines += [f"  {name}: {found[name]}" for name in ("experiment", "run", "folder", "next") if name in found]
    if left := found["left_out"]:
        lines.append("left out, since they are not true:")
        lines += [f"  {home}: {why}" for home, why in list(left.items())[:SHOWN]]
        lines += [f"  and {len(left) - SHOWN} more (--json lists all)"] if len(left) > SHOWN else []
    return "\n".join(lines)
