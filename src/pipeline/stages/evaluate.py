"""Evaluate: each finished run on the held-out split, which no other step reads."""

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
    """Return the module of the run's model, and that of the measure where it is not accuracy."""
    return (f"pipeline.science.models.{parameters['model']}", *measures.code(parameters.get("metric")))


def run(params: Params, home: Path, *, held_out: Path, run: Path) -> None:
    """Write predictions.safetensors {label, predicted int64 [n]} and evaluation.json {outcome, accuracy, n}.

    By a measure other than accuracy evaluation.json holds the score too.
    """
    import numpy as np

    from pipeline.io.files import read_json, write_json, write_tensors
    from pipeline.io.splits import read_held_out
    from pipeline.science.metrics import accuracy

    data, about = read_held_out(held_out)
    record = read_json(run / "run.json")
    finished = record["outcome"] == "finished"
    predicted = predictions(params, record, run, about, data["x"]) if finished else np.full(len(data["y"]), -1)
    write_tensors(home / "predictions.safetensors", {"label": data["y"], "predicted": predicted.astype(np.int64)})
    score = accuracy(predicted, data["y"]) if finished else 0.0
    told = {"outcome": record["outcome"], "accuracy": score, "n": len(data["y"])}
    if params.metric:
        told["score"] = measures.score(params.metric, predicted, data["y"], about["classes"]) if finished else 0.0
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
