"""Fitting and predicting, whatever the model: a network takes the training path, the others their own fit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from pipeline.science.models import load, reads_tables
from pipeline.science.settings import Compute, ModelCosts, Program, RunCosts, Shape, Training
from pipeline.science.training_data import TrainingData

if TYPE_CHECKING:
    from pipeline.science.checkpoints import CheckpointStore


@dataclass(frozen=True)
class Saved:
    """What is kept of a model, tensors by name or an estimator's bytes, and its sha256."""

    content: "dict[str, NDArray[Any]] | bytes"
    sha256: str


@dataclass(frozen=True)
class Fitted:
    """A run's outcome, what it predicts on validation, and its learning curve: (step, training loss) of each point.

    `predicted_along` int64 [points, n] are its predictions at each point of the curve. `save` gives what is kept of its
    model, which a search never asks for.
    """

    outcome: str
    validation_predicted: NDArray[np.int64]
    costs: RunCosts
    save: Callable[[], Saved]
    diverged_at_step: int | None = None
    weight_chain: list[tuple[int, str]] = field(default_factory=list)
    curve: Sequence[tuple[int, float]] = ()
    predicted_along: Sequence[NDArray[np.int64]] = ()


@dataclass(frozen=True)
class Job:
    """What is fitted: a model by name under typed settings, by which seeds, where."""

    model: str
    settings: BaseModel
    shape: Shape
    study_seed: int
    seed: int | None
    compute: Compute
    streams: Mapping[str, int] = field(default_factory=dict)  # seeds of those that do not follow the run's


def fit(job: Job, data: TrainingData, checkpoints: "CheckpointStore | None" = None) -> Fitted:
    """Fit a model and return what it came to; the same bytes wherever and however often it was interrupted.

    Raises ValueError where it does not predict one whole number for each validation row.
    """
    if isinstance(job.settings, Training):
        found = fit_network(job, job.settings, data, checkpoints)
    elif isinstance(job.settings, Program):
        found = fit_program(job, job.settings, data)
    else:
        found = fit_estimator(job, data)
    predicted, rows = found.validation_predicted, len(data.validation_x)
    if predicted.shape != (rows,) or predicted.dtype.kind != "i":
        raise ValueError(f"{job.model} predicts {predicted.dtype} {predicted.shape} for {rows} rows, no label for each")
    return found


def fit_program(job: Job, settings: Program, data: TrainingData) -> Fitted:
    """Let a program in another language train, and predict validation."""
    from pipeline.science.programs import fit_program as train
    from pipeline.science.programs import program_seed

    seed = program_seed(job.study_seed, job.seed or 0)
    result = train(load(job.model), settings, job.shape, seed, data)
    return Fitted(
        outcome="finished",
        validation_predicted=result.validation_predicted,
        costs=result.costs,
        save=lambda: Saved(result.content, result.sha256),
    )


def fit_network(job: Job, settings: Training, data: TrainingData, checkpoints: "CheckpointStore | None") -> Fitted:
    """Train a network; one whose seed varies nothing is not possible here."""
    from pipeline.science.costs import run_costs
    from pipeline.science.initialisation import Seeds
    from pipeline.science.training import fit as train

    module = load(job.model)
    seeds = Seeds.of(job.study_seed, job.seed or 0, job.streams)
    network = module.build(settings, job.shape)
    if reads_tables(module):
        network.fit_columns(data.train_x.reshape(len(data.train_x), -1))
    result = train(network, settings, data, seeds, job.compute, checkpoints)
    return Fitted(
        outcome=result.outcome,
        validation_predicted=result.validation_predicted,
        costs=run_costs(module.build, settings, job.shape),
        save=lambda: Saved(result.tensors, result.weights_sha256),
        diverged_at_step=result.diverged_at_step,
        weight_chain=result.weight_chain,
        curve=list(result.curve),
        predicted_along=result.predicted_along,
    )


def fit_estimator(job: Job, data: TrainingData) -> Fitted:
    """Fit a scikit-learn estimator, on a table with the encoding of its columns where it takes numbers alone."""
    from pipeline.science.estimators import estimator_costs, estimator_seed, fit_estimator

    module, seed = load(job.model), estimator_seed(job.study_seed, job.seed or 0)
    estimator = module.build(job.settings, seed, *([job.shape] if reads_tables(module) else []))
    result = fit_estimator(behind_encoding(job, estimator), data)
    return Fitted(
        outcome="finished",
        validation_predicted=result.validation_predicted,
        costs=estimator_costs(model_costs(job, result.estimator), data),
        save=lambda: saved_estimator(result.estimator),
    )


def behind_encoding(job: Job, estimator: Any) -> Any:
    """Return an estimator behind the encoding of a table's columns, where there are any that it does not take."""
    if not needs_encoding(job):
        return estimator
    from pipeline.science.table_encoding import encoded

    return encoded(estimator, job.shape.columns or ())


def needs_encoding(job: Job) -> bool:
    """Tell whether a model is fitted to numbers that are made of a table."""
    return job.shape.columns is not None and not reads_tables(load(job.model))


def model_costs(job: Job, estimator: Any) -> ModelCosts:
    """Return what a fitted model costs; its encoding looks values up, and is not counted."""
    costs: ModelCosts
    if not needs_encoding(job):
        costs = load(job.model).costs(estimator, job.shape)
        return costs
    from pipeline.science.table_encoding import width

    shape = Shape(features=(width(estimator, job.shape.size),), classes=job.shape.classes)
    costs = load(job.model).costs(estimator[-1], shape)
    return costs


def saved_estimator(estimator: Any) -> Saved:
    """Return an estimator's canonical bytes."""
    import hashlib

    from pipeline.science.skops_bytes import estimator_bytes

    content = estimator_bytes(estimator)
    return Saved(content, hashlib.sha256(content).hexdigest())


def predict(job: Job, model: "Mapping[str, NDArray[Any]] | bytes", x: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return labels int64 [n] of x [n, *features] from a saved model."""
    if isinstance(model, bytes):
        from pipeline.science.estimators import predict_from_bytes

        return predict_from_bytes(model, x)
    if isinstance(job.settings, Program):
        from pipeline.science.programs import predict_program

        return predict_program(load(job.model), job.settings, job.shape, model, x)
    from pipeline.science.training import predict as predict_network

    return predict_network(load(job.model).build(job.settings, job.shape), dict(model), x, job.compute)
