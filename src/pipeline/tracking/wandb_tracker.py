"""W&B, offline: a run of W&B for each variant and seed and one for the study, in a folder that `wandb sync` sends."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.errors import TrackerError
from pipeline.tracking.facts import RunShown, StudyShown
from pipeline.tracking.folders import make_writable, refuse_results
from pipeline.tracking.words import NOT_KNOWN, OBSERVED, note, span

if TYPE_CHECKING:
    from wandb import Settings

WHOLE = "whole"  # a file beside what W&B wrote of a run, once that is finished
ID = 24  # digits of a key: a run that is sent again is the same run to W&B
SENT_BY = "WANDB_MODE"


def track(study: StudyShown, folder: Path, project: str) -> dict[str, Any]:
    """Write what a folder lacks of a study; return the folder, and which runs were added.

    Run ids follow from receipts. A run that is there and whole is left alone, an unfinished one is written anew.
    Raises TrackerError where W&B cannot write.
    """
    refuse_results(folder)
    make_writable(folder)  # else W&B would write to the system's temporary folder
    os.environ[SENT_BY] = "offline"
    from wandb.errors import Error

    added = []
    shown: list[RunShown | StudyShown] = [*study.runs, study]
    try:
        for of in shown:
            if not is_whole(folder, of.key[:ID]):
                write(of, study, folder, project or study.title)
                added.append(name_of(of))
    except Error as error:
        raise TrackerError(f"{folder}: W&B cannot write there: {str(error).splitlines()[0][:200]}") from None
    return {
        "runs": len(shown),
        "folder": str(folder / "wandb"),
        "added": added,
        "next": f"wandb sync {folder}/wandb/offline-run-*",
    }


def name_of(of: RunShown | StudyShown) -> str:
    """Return what a run of W&B is called."""
    return of.name if isinstance(of, RunShown) else of.title


def is_whole(folder: Path, run: str) -> bool:
    """Tell whether a run is there and whole; what is there of one that is not is removed."""
    there = list((folder / "wandb").glob(f"offline-run-*-{run}"))
    for each in there:
        if not (each / WHOLE).is_file():
            shutil.rmtree(each)
    return any(each.is_dir() for each in there)


def write(of: RunShown | StudyShown, study: StudyShown, folder: Path, project: str) -> None:
    """Write one run: config, history by step and summary."""
    import wandb

    run = wandb.init(
        mode="offline",
        dir=folder,
        project=valid_project(project),
        id=of.key[:ID],
        name=name_of(of),
        group=of.variant if isinstance(of, RunShown) else "study",
        job_type=of.role if isinstance(of, RunShown) else "study",
        tags=[study.tags["standing"].partition(":")[0][:64]],
        notes=note(study) if of is study else None,
        config=config(of, study),
        settings=quiet(),
    )
    place = Path(run.dir).parent
    if not place.resolve().is_relative_to(folder.resolve()):
        run.finish()
        raise TrackerError(
            f"{folder}: W&B wrote to {place} instead; unset what sends it there, or name another --folder"
        )
    if isinstance(of, RunShown):
        for step in sorted(of.curve):
            run.log(of.curve[step], step=step)
    run.summary.update(of.metrics)
    run.finish()
    (place / WHOLE).touch()


def config(of: RunShown | StudyShown, study: StudyShown) -> dict[str, Any]:
    """Return what a run was told, what it rests on, and the digest of each file of it."""
    common = {name: study.tags[name] for name in ("commit", "sources", "plan", "standing")}
    about: Mapping[str, Any] = {"variant": of.variant, "role": of.role} if isinstance(of, RunShown) else {}
    data = {each.name: each.digest for each in of.data} if isinstance(of, RunShown) else {}
    times = OBSERVED if (seen := span(of)) else NOT_KNOWN
    when = {"started": seen[0], "ended": seen[1]} if seen else {}
    return {
        **of.parameters,
        **about,
        "times": {"times": times, **when},
        "tags": {**common, **of.tags},
        "data": data,
        "study": study.key,
        "digests": of.digests,
    }


def quiet() -> "Settings":
    """Return settings with which W&B adds nothing of its own: what this machine does now is no fact of the run."""
    import wandb

    return wandb.Settings(
        console="off",
        silent=True,
        use_dot_wandb=False,
        disable_git=True,
        disable_code=True,
        disable_job_creation=True,
        x_disable_stats=True,
        x_disable_meta=True,
    )


def valid_project(name: str) -> str:
    """Return a name as W&B takes it for a project: without the signs that it refuses, at most 128 characters."""
    return "".join("-" if sign in "/\\#?%:" else sign for sign in name)[:128]
