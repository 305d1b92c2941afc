"""A job of training whose process is killed again and again, what it left damaged; run in the folder of a study.

`python -m tests.workflow.interrupted` makes what the runs of `full` read, then those runs in one job. Each
attempt is a process of its own, forked where the libraries are loaded already, and ended by SIGKILL at a random
moment; the last one is left to end by itself. Prints, as JSON, what lay there after each kill.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.waiting import wait_until

from pipeline.io.bodies import Here
from pipeline.io.jobs import STATE, Performer
from pipeline.io.settling import Job
from pipeline.workflow import Workflow, look, make

SPLITS, CHOICE = "data/splits/receipt.json", "choices/full/receipt.json"
LABELS = "data/validation_labels/receipt.json"
EARLIER = Path("earlier.safetensors")
MOST = 150


def jobs() -> list[Job]:
    """Return the jobs before training, as the Snakefile has them, and that of training last."""
    workflow = Workflow.load()
    raw = ("data/raw/receipt.json",)
    runs = tuple(f"runs/{run}/receipt.json" for run in workflow.runs if run.variant == "full")

    def each(path: str) -> tuple[str, ...]:
        return (path,) * len(runs)

    return [
        Job("fetch", raw, {"source": tuple(workflow.sources)}),
        Job(
            "prepare",
            (SPLITS, LABELS, *(f"data/{name}/receipt.json" for name in ("held_out", "held_out_labels"))),
            {"raw": raw},
        ),
        Job("select", (CHOICE,), {"splits": (SPLITS,), "labels": (LABELS,)}),
        Job("train", runs, {"each_splits": each(SPLITS), "each_labels": each(LABELS), "each_choice": each(CHOICE)}),
    ]


def fork(job: Job) -> int:
    """Perform a job in a forked process and return its id."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            open_wide = contextlib.nullcontext(Here(look().steps[job.step], make))
            Performer(job, look, lambda *places: open_wide, lambda line: None).perform()
            code = 0
        finally:
            os._exit(code)
    return process


def ended(process: int) -> int:
    """Wait for a process and return its exit status, minus the signal's number where one ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    path.write_bytes(content)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def garbage(path: Path) -> None:
    path.write_bytes(random.Random(0).randbytes(5000))


def foreign(path: Path) -> None:
    """Put the whole checkpoint of an earlier seed in its place."""
    shutil.copy(EARLIER, path)


def kept(path: Path) -> None:
    """Leave a checkpoint as it is, and keep the first one there is."""
    if not EARLIER.exists():
        shutil.copy(path, EARLIER)


DAMAGES: tuple[Callable[[Path], None], ...] = (kept, flipped, kept, truncated, kept, garbage, foreign)


def has_saved(process: int, count: int) -> bool:
    """Wait until a process was seen to write so many checkpoints; tell whether it is still at work then."""
    times = {newest()}

    def ended_or_saved() -> str:
        if os.waitpid(process, os.WNOHANG)[0]:
            return "ended"
        times.add(newest())
        return "saved" if len(times) > count else ""

    return wait_until(ended_or_saved, f"{count} checkpoints", every=0.001) == "saved"


def newest() -> int:
    """Return when the newest checkpoint was written, in nanoseconds, 0 where there is none."""
    while True:
        with contextlib.suppress(FileNotFoundError):  # a folder went while this looked into it: look again
            return max([0, *(path.stat().st_mtime_ns for path in STATE.glob("scratch/*/*/checkpoint.safetensors"))])


def kill_again_and_again(job: Job) -> list[dict[str, Any]]:
    """Start a job and kill it, once for each damage, then let it end; return what each kill left."""
    moments, told = random.Random(1), []
    for damage in DAMAGES:
        process = fork(job)
        if not has_saved(process, moments.randrange(MOST)):
            break
        time.sleep(moments.uniform(0, 0.005))  # so that the kill comes anywhere between two checkpoints
        os.kill(process, signal.SIGKILL)
        code = ended(process)
        told.append({"code": code, "damage": damage.__name__, **what_lies_there()})
        for checkpoint in STATE.glob("scratch/*/*/checkpoint.safetensors"):
            damage(checkpoint)
    if ended(fork(job)):
        sys.exit("the last attempt failed")
    return told


def what_lies_there() -> dict[str, Any]:
    """Return the finished runs, and how many checkpoints and torn files there are."""
    return {
        "finished": sorted(path.parent.as_posix() for path in Path().glob("runs/*/*/receipt.withdrawn.json")),
        "checkpoints": len(list(STATE.glob("scratch/*/*/checkpoint.safetensors"))),
        "torn": len(list(Path().rglob(".*.tmp"))),
    }


def load_libraries(train: Job) -> None:
    """Load what training loads and look at the sources once, so that a forked process starts at once.

    Nothing is differentiated here: torch refuses to in a process forked after that.
    """
    import torch

    from pipeline.io import checkpoints  # noqa: F401
    from pipeline.science import costs, fitting, training  # noqa: F401
    from pipeline.science.models import mlp
    from pipeline.science.optimiser import AdamW
    from pipeline.science.settings import Shape

    torch.set_num_threads(1)
    settings = mlp.Settings(batch_size=1, steps=1, learning_rate=1.0, weight_decay=0.0)
    shape = Shape(features=(2,), classes=2)
    costs.prediction_flops(mlp.build(settings, shape), shape)
    AdamW([torch.zeros(1)], 0.0).step([torch.zeros(1)], 1.0)
    world, home = look(), str(Path(train.outputs[0]).parent)
    world.describe(world.steps[train.step], home, {})


def main() -> None:
    """Make everything, training last: once undisturbed, then with kills in between."""
    *before, train = jobs()
    load_libraries(train)
    for job in before:
        if ended(fork(job)):
            sys.exit(f"{job.step} failed")
    if ended(fork(train)):
        sys.exit("train failed")
    Path("runs").rename("undisturbed")
    (STATE / "journal.jsonl").unlink()
    print(json.dumps(kill_again_and_again(train)))


if __name__ == "__main__":
    main()
