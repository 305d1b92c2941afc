"""Evaluate: each finished run on the held-out split, which no other step reads.

First its model predicts, from inputs alone; then, in a process that loads no model, the predictions are scored.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from pipeline.base.design import stated_variant
from pipeline.base.params import Device, Frozen, Precision, Study, is_unset
from pipeline.science import measures

if TYPE_CHECKING:
    import numpy as np

HOME = "evaluations/{variant}/{replicate}"
PREDICTIONS = "predictions.safetensors"


class Params(Frozen):
    """Which model predicts, in which precision and where; by which measure it is scored besides accuracy, if any."""

    model: str
    device: Device
    threads: int
    precision: Precision
    metric: Annotated[str | None, Field(exclude_if=is_unset)] = None


def parameters(study: Study, values: Mapping[str, str]) -> Params:
    """Return what evaluate is told of one run."""
    variant = stated_variant(study, values["variant"])
    if variant is None:
        raise KeyError(values["variant"])
    metric = measures.stated(study.study.metric)
    return Params(model=str(variant.settings["model"]), metric=metric, **study.compute.model_dump())


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the run's model."""
    return (f"pipeline.science.models.{parameters['model']}",)


def run(params: Params, home: Path, *, held_out: Path, run: Path) -> None:
    """Write predictions.safetensors {predicted int64 [n]}, -1 where the run diverged."""
    import numpy as np

    from pipeline.io.files import read_json, write_tensors
    from pipeline.io.splits import read_held_out

    x, about = read_held_out(held_out)
    record = read_json(run / "run.json")
    finished = record["outcome"] == "finished"
    predicted = predictions(params, record, run, about, x) if finished else np.full(len(x), -1)
    write_tensors(home / PREDICTIONS, {"predicted": predicted.astype(np.int64)})


def score(params: Params, home: Path, *, run: Path, labels: Path) -> None:
    """Add the labels to predictions.safetensors {label, predicted int64 [n]}; write evaluation.json.

    It holds {outcome, accuracy, n}, {n, right} of those rows that were drawn like validation, the digest of all
    held-out rows and, by another measure than accuracy, the score.
    """
    import numpy as np

    from pipeline.io.files import read_json, read_tensors, write_json, write_tensors
    from pipeline.io.splits import read_drawn, read_labels
    from pipeline.science.scoring import scored

    label, about = read_labels(labels)
    predicted = read_tensors(home / PREDICTIONS)["predicted"].astype(np.int64)
    outcome = read_json(run / "run.json")["outcome"]
    reached = scored(params.metric, outcome, predicted, label, about["classes"])
    drawn = read_drawn(labels)
    right = int(np.count_nonzero((predicted == label)[drawn]))
    told = {
        "outcome": outcome,
        "accuracy": reached.accuracy,
        "n": len(label),
        "drawn": {"n": int(np.count_nonzero(drawn)), "right": right},
        "rows": about["rows"],
    }
    if reached.score is not None:
        told["score"] = reached.score
    write_tensors(home / PREDICTIONS, {"label": label, "predicted": predicted})
    write_json(home / "evaluation.json", told)


def predictions(
    params: Params, record: Mapping[str, Any], run: Path, about: Mapping[str, Any], x: "np.ndarray[Any, Any]"
) -> "np.ndarray[Any, Any]":
    """Return labels int64 [n] of x [n, *features] from a run's saved model."""
    from pipeline.io.files import read_tensors
    from pipeline.science.fitting import Job, predict
    from pipeline.science.models import load
    from pipeline.science.settings import Compute, Shape

    settings = load(params.model).Settings(**record["settings"])
    shape = Shape.of(about)
    compute = Compute(device=params.device, precision=params.precision)
    job = Job(params.model, settings, shape, 0, record["seed"], compute)
    saved = run / "model.skops"
    return predict(job, saved.read_bytes() if saved.exists() else read_tensors(run / "model.safetensors"), x)
