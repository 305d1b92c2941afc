"""One process of the self-test: fits what it is asked to, in that order, and says what each fit came to."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.io.confinement import close_code_in
from pipeline.io.workers import Answer, Worker
from pipeline.science.settings import Shape
from pipeline.science.trial_fits import Device, fit_digests, is_network
from pipeline.study_code import DATA_SETS, SOURCE_ROOT


def main() -> None:
    """Read what is asked from standard input; write {"fits": {"model on device": digests of each fit}, "cuda"}."""
    asked = json.load(sys.stdin)

    def begin() -> tuple[str, Answer]:
        return close_code_in(SOURCE_ROOT, DATA_SETS, Path(asked["folder"])), answered

    if asked["one_core"]:
        hold_to_one_core()
    with Worker(begin) as worker:
        print(json.dumps(worker.ask(asked)))


def hold_to_one_core() -> None:
    """Leave this process one core, where the system can: before any library counts them."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def answered(asked: dict[str, Any]) -> dict[str, Any]:
    """Fit each case on every device there is."""
    shape = Shape.model_validate(asked["shape"])
    cuda = cuda_device() if any(is_network(name) for name, _ in asked["cases"]) else None
    fits: dict[str, list[dict[str, str]]] = {}
    for name, settings in asked["cases"]:
        for device in devices(name, cuda):
            fits.setdefault(f"{name} on {device}", []).append(attempted(name, settings, shape, device))
    return {"fits": fits, "cuda": cuda or "no device here, so networks were tested on the CPU alone"}


def devices(name: str, cuda: str | None) -> Iterator[Device]:
    """Yield the devices that a model can be fitted on here; an estimator knows the CPU alone."""
    yield "cpu"
    if cuda and is_network(name):
        yield "cuda"


def cuda_device() -> str | None:
    """Return the name of the CUDA device, or None where none is usable."""
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def attempted(name: str, settings: dict[str, Any], shape: Shape, device: Device) -> dict[str, str]:
    """Return the digests of a fit, or why it failed."""
    try:
        return fit_digests(name, settings, shape, device)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {' '.join(str(error).split())}"}
