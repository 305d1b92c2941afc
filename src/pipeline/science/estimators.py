"""Baselines from scikit-learn: fitted once, in one thread, with a seed derived by name."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.base.seeds import derive
from pipeline.science.settings import ModelCosts, RunCosts
from pipeline.science.skops_bytes import estimator_from_bytes
from pipeline.science.training_data import TrainingData


class Classifier(Protocol):
    """What a scikit-learn classifier can do."""

    def fit(self, x: NDArray[Any], y: NDArray[Any]) -> Any:
        """Fit x [n, features] to y [n]."""

    def predict(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return labels [n]."""


@dataclass(frozen=True)
class EstimatorResult:
    """A fitted estimator, and what it predicts on validation."""

    estimator: Classifier
    validation_predicted: NDArray[np.int64]


def estimator_seed(study_seed: int, seed: int) -> int:
    """Return the 32-bit seed that scikit-learn takes, derived by name."""
    return derive(study_seed, "estimator", seed) & 0xFFFFFFFF


def fit_estimator(estimator: Classifier, data: TrainingData) -> EstimatorResult:
    """Fit an estimator on the training rows, flattened."""
    estimator.fit(flat(data.train_x), data.train_y)
    return EstimatorResult(estimator, predict_estimator(estimator, data.validation_x))


def predict_estimator(estimator: Classifier, x: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return labels int64 [n] of x [n, *features]."""
    return np.asarray(estimator.predict(flat(x)), dtype=np.int64)


def predict_from_bytes(model: bytes, x: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return labels int64 [n] of a saved estimator; raise DataError where it holds an untrusted type."""
    return predict_estimator(estimator_from_bytes(model), x)


def estimator_costs(model: ModelCosts, data: TrainingData) -> RunCosts:
    """Return the costs of a run that sees each training row once; a solver's own FLOPs are not known."""
    return RunCosts(
        parameters=model.parameters,
        flops_per_example=model.flops_per_example,
        training_flops=None,
        examples_seen=len(data.train_y),
        bytes_seen=data.train_x.nbytes,
    )


def flat(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return x [n, *features] as [n, features]."""
    return x.reshape(len(x), -1)
