"""Training on images against a loop by hand, and preparing them against copying their bytes: `make bench-images`.

Both sides of a pair take turns in one process and one thread. Training is compared by CPU seconds, on a GPU
(`python -m benchmarks.images --device cuda`: training alone) by wall seconds. So is preparing, since it waits for the
disk; the probes for leaks, which look at values, are timed apart.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # as jobs have it

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from pipeline.base.params import load_study
from pipeline.io.files import write_bytes
from pipeline.science import probes
from pipeline.science.datasets import digest, fashion_mnist
from pipeline.science.image_augmentation import augmented
from pipeline.science.initialisation import Seeds, initialise
from pipeline.science.models import image_network
from pipeline.science.settings import Compute, Shape
from pipeline.science.training import fit
from pipeline.science.training_data import TrainingData
from pipeline.stages import fetch, prepare

ROOT = Path(__file__).resolve().parent.parent
STUDY = ROOT / "studies" / "fashion-mnist" / "params.yaml"
REPEATS = 5
STEPS = 200
LEARNING_RATE, WEIGHT_DECAY = 0.01, 0.01
Images = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


def settings() -> image_network.Settings:
    """Return the study's method for fewer steps, validated once at the end."""
    stated = {name: value for name, value in load_study(STUDY).method.items() if name != "model"}
    searched = {"learning_rate": LEARNING_RATE, "weight_decay": WEIGHT_DECAY}
    return image_network.Settings.model_validate({**stated, **searched, "steps": STEPS, "curve_every": STEPS})


def network() -> nn.Module:
    """Return the study's network with its initial weights."""
    made = image_network.build(settings(), Shape(features=(28, 28), classes=10))
    initialise(made, Seeds.of(0, 1))
    return made


def by_hand(data: TrainingData, device: str) -> float:
    """Train as one would without this repository; return the accuracy on validation."""
    stated, model = settings(), network().to(device)
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, STEPS, anneal_strategy="linear")
    size, step = stated.batch_size, 0
    model.train()
    while step < STEPS:
        order = np.random.default_rng(step).permutation(len(data.train_y))
        images = torch.from_numpy(augmented(data.train_x[order], stated.augmentation, step)).to(device)
        labels = torch.from_numpy(data.train_y[order]).to(device)
        for x, y in list(zip(images.split(size), labels.split(size), strict=True))[: STEPS - step]:
            loss = F.cross_entropy(model(x), y, label_smoothing=stated.label_smoothing)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            step += 1
    model.eval()
    with torch.no_grad():
        predicted = [model(x).argmax(1) for x in torch.from_numpy(data.validation_x).to(device).split(1000)]
    return float((torch.cat(predicted).cpu().numpy() == data.validation_y).mean())


def by_pipeline(data: TrainingData, device: str) -> float:
    """Train by the path that every run takes; return the accuracy on validation."""
    compute = Compute.model_validate({"device": device})
    return fit(network(), settings(), data, Seeds.of(0, 1), compute).validation_accuracy


def training(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], device: str) -> dict[str, Any]:
    """Return examples a second of both, in turns, and the ratio."""
    clock = time.process_time if device == "cpu" else time.monotonic
    scaled = x[:15000] / np.float32(255)
    data = TrainingData(scaled[:10000], y[:10000], scaled[10000:], y[10000:15000])
    seconds: dict[str, list[float]] = {"pipeline": [], "by_hand": []}
    accuracy: dict[str, float] = {}
    for _ in range(REPEATS + 1):
        for name, train in (("pipeline", by_pipeline), ("by_hand", by_hand)):
            started = clock()
            accuracy[name] = train(data, device)
            seconds[name].append(clock() - started)
    seen = STEPS * settings().batch_size
    rates = {name: round(seen / statistics.median(spent[1:])) for name, spent in seconds.items()}  # the first warms up
    pairs = [theirs / ours for ours, theirs in zip(seconds["pipeline"][1:], seconds["by_hand"][1:], strict=True)]
    return {"examples_a_second": rates, "ratio": round(statistics.median(pairs), 3), "validation": accuracy}


def prepared(files: list[Path], folder: Path, sha256: str) -> None:
    """Run fetch and both parts of prepare as jobs do."""
    told = fetch.Params(name="fashion_mnist", seed=0, source="given", sha256=sha256)
    fetch.run(told, folder / "raw", source=files)
    sizes = {"name": "fashion_mnist", "train": 55000, "validation": 5000, "held_out": 10000, "study_seed": 0}
    for part in prepare.PARTS:
        prepare.run(prepare.Params.model_validate({"part": part, **sizes}), folder / part, raw=folder / "raw")


def copied(files: list[Path], folder: Path) -> None:
    """Read and write the same bytes: the files, all of them as one, and that again in two parts."""
    write_bytes(folder / "raw", b"".join(path.read_bytes() for path in files))
    for part, rows in (("splits", 60000), ("held_out", 10000)):
        write_bytes(folder / part, (folder / "raw").read_bytes()[: rows * (28 * 28 + 8)])


def preparing(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return median wall seconds of both, in turns, and the ratio; and those of the probes, which are left out."""
    looked, answers, spent = probes.probes, [], []

    def looked_once(*arguments: Any) -> Any:
        if not answers:
            started = time.monotonic()
            answers.append(looked(*arguments))
            spent.append(time.monotonic() - started)
        return answers[0]

    probes.probes = looked_once
    pairs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as name:
        files, sha256 = published(Path(name)), digest(x, y)
        for turn in range(REPEATS + 1):
            ours = wall(lambda turn=turn: prepared(files, Path(name) / f"ours-{turn}", sha256))
            pairs.append((ours, wall(lambda turn=turn: copied(files, Path(name) / f"theirs-{turn}"))))
    pairs = pairs[1:]  # the first warms up, and looks for leaks
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(mine / bare for mine, bare in pairs)
    return {
        "seconds": {"pipeline": round(ours, 2), "copied": round(theirs, 2)},
        "ratio": round(ratio, 2),
        "probes": round(spent[0], 1),
    }


def published(folder: Path) -> list[Path]:
    """Write the four files as they are published, unzipped, so that neither side unzips."""
    from pipeline.science.idx import unzipped

    for name in fashion_mnist.FILES:
        (folder / name).write_bytes(unzipped(fashion_mnist.packaged(name)))
    return [folder / name for name in fashion_mnist.FILES]


def wall(do: Callable[[], None]) -> float:
    """Return the wall seconds that something takes."""
    started = time.monotonic()
    do()
    return time.monotonic() - started


def main() -> None:
    """Print both pairs as JSON, on a GPU the first."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    device = parser.parse_args().device
    torch.set_num_threads(1)
    x, y = fashion_mnist.load(0)
    found = {"training": training(x, y, device)}
    if device == "cpu":
        found["preparing"] = preparing(x, y)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
