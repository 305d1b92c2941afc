"""Made-up choices, runs and evaluations on disk, as `analyse` reads them, for a study whose effects are known."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.base.design import FULL, Variant, methods, variants
from pipeline.base.params import Study
from pipeline.base.seeds import generator
from pipeline.io.files import write_json, write_tensors
from pipeline.science.control_runs import SHUFFLED, control_runs
from pipeline.science.methods import Run, runs
from pipeline.science.probes import Known, probes
from pipeline.science.splits import Splits
from pipeline.stages import analyse

ITEMS = 400
CLASSES = 3
PARAMETERS = 1000


@dataclass(frozen=True)
class Artefacts:
    """What the analysis of a study reads."""

    splits: Path
    labels: Path
    choices: list[Path]
    runs: list[Path]
    controls: list[Path]
    evaluations: list[Path]


def write_artefacts(home: Path, study: Study, accuracy: Callable[[Variant], float]) -> Artefacts:
    """Write every choice, run and evaluation of a study; each run has a share of items right near its accuracy."""
    found = variants(study)
    choices = [write_choice(home / "choices" / method, study, method) for method in methods(study)]
    trained, evaluated = [], []
    for run in runs(study):
        place = Path(run.variant) / run.replicate
        random = generator("synthetic", run.variant, run.seed or 0)
        share = accuracy(found[run.variant]) + 0.01 * float(random.normal())
        trained.append(write_run(home / "runs" / place, share))
        evaluated.append(write_evaluation(home / "evaluations" / place, share, random))
    controls = [
        write_control(home / "runs" / run.variant / run.replicate, run, accuracy) for run in control_runs(study)
    ]
    return Artefacts(
        write_splits(home / "splits"), write_labels(home / "labels"), choices, trained, controls, evaluated
    )


def write_splits(home: Path) -> Path:
    """Write what the probes found of rows without a leak."""
    random = generator("synthetic", "splits")
    rows = Splits(np.arange(0, 90, 3), np.arange(1, 90, 3), np.arange(2, 90, 3))
    found = probes(random.normal(size=(90, 2)), random.integers(0, CLASSES, 90), rows, Known(0, ()))
    write_json(home / "probes.json", found)
    return home


def write_labels(home: Path) -> Path:
    """Write validation labels of three classes."""
    write_tensors(home / "labels.safetensors", {"y": np.arange(ITEMS) % CLASSES})
    write_json(home / "about.json", {"classes": CLASSES, "rows": "5d" * 32})
    return home


def write_control(home: Path, run: Run, accuracy: Callable[[Variant], float]) -> Path:
    """Write a run of a control that passes: at chance on shuffled labels, else as right as the full method's runs."""
    random = generator("synthetic", run.variant, run.seed or 0)
    label = np.arange(ITEMS) % CLASSES
    share = accuracy(Variant(FULL, "method", FULL, {}, {}, FULL)) + 0.01 * float(random.normal())
    guessed = random.permutation(label)
    predicted = (
        guessed
        if run.variant == SHUFFLED
        else np.where(np.arange(ITEMS) < round(share * ITEMS), label, (label + 1) % CLASSES)
    )
    write_run(home, float(np.mean(predicted == label)))
    write_tensors(home / "validation.safetensors", {"predicted": predicted})
    return home


def write_choice(home: Path, study: Study, method: str) -> Path:
    """Write equally many trials for every method, and the choice of the best."""
    scores = [0.5 + 0.01 * number for number in range(study.search.trials)]
    trials = [
        {
            "trial": number, "hyperparameters": {"x": number}, "validation": [score] * len(study.seeds.selection),
            "outcome": ["finished"] * len(study.seeds.selection), "mean": score,
            "training_flops": 100, "examples_seen": 80,
        }
        for number, score in enumerate(scores)
    ]  # fmt: skip
    write_json(home / "trials.json", trials)
    best = trials[-1]
    chosen = {"trial": best["trial"], "hyperparameters": best["hyperparameters"], "validation_mean": best["mean"]}
    write_json(home / "choice.json", {"method": method, **chosen})
    return home


def write_run(home: Path, share: float) -> Path:
    """Write what a run says of itself."""
    costs = {"parameters": PARAMETERS, "flops_per_example": 10, "training_flops": 1000, "examples_seen": 80}
    record = {"outcome": "finished", "validation_accuracy": round(share, 3), "weights_sha256": "0" * 64}
    write_json(home / "run.json", {**record, "costs": {**costs, "bytes_seen": 320}})
    return home


def write_evaluation(home: Path, share: float, random: np.random.Generator) -> Path:
    """Write predictions of which a share is right, the easy items first but for chance."""
    label = np.zeros(ITEMS, dtype=np.int64)
    ease = np.linspace(0, 1, ITEMS) + 0.2 * random.normal(size=ITEMS)
    right = np.argsort(np.argsort(ease)) < round(share * ITEMS)
    write_tensors(home / "predictions.safetensors", {"label": label, "predicted": np.where(right, 0, 1)})
    told = {"outcome": "finished", "accuracy": float(right.mean()), "n": ITEMS}
    write_json(home / "evaluation.json", {**told, "drawn": {"n": ITEMS, "right": int(right.sum())}})
    return home


def write_analysis_of(home: Path, study: Study, artefacts: Artefacts, plan: str | None = "1d" * 32) -> Path:
    """Run the analysis of a study on its artefacts; return its folder."""
    analysis = home / "analysis"
    analyse.run(
        analyse.parameters(study, {}, plan), analysis,
        splits=artefacts.splits, labels=artefacts.labels, choices=artefacts.choices, runs=artefacts.runs,
        controls=artefacts.controls, evaluations=artefacts.evaluations if plan else [],
    )  # fmt: skip
    return analysis
