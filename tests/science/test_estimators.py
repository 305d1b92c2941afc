import numpy as np
import pytest

from pipeline.science.estimators import (
    estimator_costs,
    estimator_seed,
    fit_estimator,
    predict_from_bytes,
)
from pipeline.science.models import load
from pipeline.science.settings import ModelCosts, Shape
from pipeline.science.skops_bytes import estimator_bytes
from pipeline.science.training_data import TrainingData

SHAPE = Shape(features=(8,), classes=3)
STATED: dict[str, dict[str, object]] = {
    "logistic_regression": {"inverse_regularisation": 1.0},
    "nearest_neighbours": {"neighbours": 3, "weights": "distance"},
    "random_forest": {"max_features": 0.5, "min_samples_leaf": 2, "trees": 7},
    "rbf_svm": {"inverse_regularisation": 10.0, "gamma": 0.05},
}


def blobs(examples: int, name: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(name)
    y = random.integers(0, 3, examples)
    centres = np.eye(3, 8) * 3
    return (centres[y] + random.normal(size=(examples, 8))).astype(np.float32), y.astype(np.int64)


VALIDATION_X, VALIDATION_Y = blobs(90, 1)
DATA = TrainingData(*blobs(120, 0), VALIDATION_X)


def fitted(model: str, seed: int = 3) -> tuple[object, ModelCosts, bytes, np.ndarray, float]:
    module = load(model)
    result = fit_estimator(module.build(module.Settings.model_validate(STATED[model]), seed), DATA)
    costs = module.costs(result.estimator, SHAPE)
    return (
        result.estimator,
        costs,
        estimator_bytes(result.estimator),
        result.validation_predicted,
        float(np.mean(result.validation_predicted == VALIDATION_Y)),
    )


@pytest.mark.parametrize("model", sorted(STATED))
def test_an_estimator_learns_repeats_and_predicts_the_same_from_its_bytes(model: str) -> None:
    _, _, content, predicted, score = fitted(model)
    assert score > 0.8
    assert predicted.dtype == np.int64
    assert content == fitted(model)[2]
    assert np.array_equal(predict_from_bytes(content, DATA.validation_x), predicted)


@pytest.mark.parametrize("model", sorted(STATED))
def test_a_seed_changes_a_model_exactly_when_its_header_says_so(model: str) -> None:
    assert (fitted(model, 3)[2] != fitted(model, 4)[2]) == bool(load(model).SEED_VARIES)


def test_costs_are_those_counted_by_hand() -> None:
    assert fitted("logistic_regression")[1] == ModelCosts(parameters=27, flops_per_example=2 * 8 + 2 * 8 * 3)
    assert fitted("nearest_neighbours")[1] == ModelCosts(parameters=120 * 8, flops_per_example=2 * 8 + 3 * 120 * 8)


def test_the_costs_of_a_forest_follow_its_trees() -> None:
    estimator, costs, *_ = fitted("random_forest")
    trees = [member.tree_ for member in estimator.estimators_]  # type: ignore[attr-defined]
    leaves = sum(int((tree.children_left == -1).sum()) for tree in trees)
    inner = sum(int((tree.children_left != -1).sum()) for tree in trees)
    assert costs.parameters == 2 * inner + 3 * leaves
    deepest = sum(tree.max_depth for tree in trees)
    assert 7 * 3 < costs.flops_per_example <= deepest + 7 * 3


def test_the_costs_of_a_support_vector_machine_follow_its_support_vectors() -> None:
    estimator, costs, *_ = fitted("rbf_svm")
    vectors = len(estimator[-1].support_vectors_)  # type: ignore[index]
    assert costs.parameters == vectors * 8 + vectors * 2 + 3
    assert costs.flops_per_example == 2 * 8 + vectors * (3 * 8 + 2) + 2 * vectors * 2


def test_a_run_sees_every_training_row_once() -> None:
    costs = estimator_costs(ModelCosts(parameters=1, flops_per_example=2), DATA)
    assert (costs.examples_seen, costs.bytes_seen, costs.training_flops) == (120, 120 * 8 * 4, None)


def test_seeds_for_scikit_learn_are_derived_by_name_and_fit_32_bits() -> None:
    seeds = [estimator_seed(study, seed) for study in (1, 2) for seed in range(50)]
    assert len(set(seeds)) == 100
    assert max(seeds) < 2**32
