"""Tables reach every model; what encodes their columns is fitted on training rows alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from tests.study import MINIATURE

from pipeline.base.errors import ParameterError
from pipeline.base.params import Study, validated
from pipeline.science.fitting import Job, fit, predict
from pipeline.science.methods import check_methods
from pipeline.science.models import load
from pipeline.science.settings import Column, Compute, Shape
from pipeline.science.table_network import KNOTS, ColumnEncoder
from pipeline.science.training_data import TrainingData

COLUMNS = (
    Column(name="age", kind="numeric", missing=True),
    Column(name="town", kind="nominal", categories=("bath", "ely", "york", "zurich"), missing=True),
    Column(name="rank", kind="numeric"),
)
SHAPE = Shape(features=(3,), classes=2, columns=COLUMNS)
TRAINING = {"batch_size": 20, "steps": 30, "learning_rate": 0.01, "weight_decay": 0.01}
NOTHING_SEARCHED = {"trials": 1, "spaces": {"method": {}, "nearest_neighbours": {"neighbours": {"integer": [1, 9]}}}}
MODELS: dict[str, dict[str, Any]] = {
    "tabular_mlp": TRAINING,
    "gradient_boosting": {"learning_rate": 0.3, "trees": 10},
    "random_forest": {"max_features": "sqrt", "min_samples_leaf": 2, "trees": 5},
    "logistic_regression": {"inverse_regularisation": 1.0},
    "nearest_neighbours": {"neighbours": 3, "weights": "uniform"},
    "rbf_svm": {"inverse_regularisation": 1.0, "gamma": 0.1},
}


def rows(count: int, seed: int, categories: int = 4) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    random = np.random.default_rng(seed)
    x = np.column_stack(
        [random.normal(30, 9, count), random.integers(0, categories, count), random.integers(1, 6, count)]
    )
    y = ((x[:, 0] > 32) ^ (x[:, 1] == 1)).astype(np.int64)
    x[::11, 0], x[::13, 1] = np.nan, np.nan
    return x.astype(np.float32), y


VALIDATION_X, VALIDATION_Y = rows(80, 2)
DATA = TrainingData(*rows(200, 1, categories=3), VALIDATION_X)


def job(model: str, **settings: Any) -> Job:
    chosen = load(model).Settings.model_validate({**MODELS[model], **settings})
    return Job(model, chosen, SHAPE, 7, 1, Compute())


@pytest.mark.parametrize("model", MODELS)
def test_every_model_for_tables_learns_and_predicts_alike_from_what_is_kept(model: str) -> None:
    result = fit(job(model), DATA)
    predicted = predict(job(model), result.save().content, DATA.validation_x)
    assert np.array_equal(predicted, result.validation_predicted)
    assert result.costs.parameters > 0
    assert float(np.mean(fit(job(model), DATA).validation_predicted == VALIDATION_Y)) > 0.55


@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize("model", MODELS)
def test_a_column_without_a_value_among_the_training_rows_tells_nothing(model: str, column: int) -> None:
    empty = DATA.train_x.copy()
    empty[:, column] = np.nan
    result = fit(job(model), replace(DATA, train_x=empty))
    assert np.array_equal(predict(job(model), result.save().content, DATA.validation_x), result.validation_predicted)
    if model == "gradient_boosting":
        gone = DATA.validation_x.copy()
        gone[:, column] = np.nan
        assert np.array_equal(predict(job(model), result.save().content, gone), result.validation_predicted)


@pytest.mark.parametrize("model", MODELS)
def test_rows_that_are_not_trained_on_change_nothing_of_what_is_kept(model: str) -> None:
    far = np.where(np.isnan(DATA.validation_x), 0, 3) * np.float32([100, 1, 100])
    other = replace(DATA, validation_x=far.astype(np.float32))
    assert fit(job(model), DATA).save().sha256 == fit(job(model), other).save().sha256


def test_a_networks_statistics_are_those_of_its_training_rows_computed_anew() -> None:
    kept = fit(job("tabular_mlp", scaling="quantile"), DATA).save().content
    assert isinstance(kept, dict)
    age, rank = DATA.train_x[:, 0].astype(np.float64), DATA.train_x[:, 2].astype(np.float64)
    np.testing.assert_array_equal(kept["encoder.mean"], np.float32([np.nanmean(age), rank.mean()]))
    np.testing.assert_array_equal(kept["encoder.scale"], np.float32([np.nanstd(age), rank.std()]))
    np.testing.assert_array_equal(kept["encoder.median"], np.float32([np.nanmedian(age), np.median(rank)]))
    assert kept["encoder.seen_0"].tolist() == [1, 1, 1, 0]  # no training row is of zurich
    knots = kept["encoder.knots"].reshape(2, KNOTS)
    assert knots[0, [0, -1]].tolist() == np.float32([np.nanmin(age), np.nanmax(age)]).tolist()


def encoder(encoding: Any, scaling: Any = "standard") -> ColumnEncoder:
    made = ColumnEncoder(COLUMNS, scaling, encoding, 4)
    made.fit_columns(DATA.train_x)
    return made


def test_a_missing_number_is_the_median_and_flagged_and_a_category_not_seen_is_like_a_missing_one() -> None:
    x = torch.tensor([[torch.nan, 2, 3], [30, 3, 3], [30, torch.nan, 3], [30, 0, 3]])
    out = encoder("one_hot")(x)
    assert out.shape == (4, encoder("one_hot").width) == (4, 2 + 1 + 5)
    median = float(np.nanmedian(DATA.train_x[:, 0]))
    np.testing.assert_allclose(
        out[0, 0], (median - np.nanmean(DATA.train_x[:, 0])) / np.nanstd(DATA.train_x[:, 0]), rtol=1e-5
    )
    assert out[:, 2].tolist() == [1, 0, 0, 0]
    assert out[:, 3:].tolist() == [[0, 0, 0, 1, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 1, 0, 0, 0]]
    embedded = encoder("embedding")(x)
    assert embedded.shape == (4, 2 + 1 + 4)
    assert torch.equal(embedded[1, 3:], embedded[2, 3:])
    assert not torch.equal(embedded[2, 3:], embedded[3, 3:])


def test_ranks_have_about_mean_zero_and_variance_one_whatever_the_distribution() -> None:
    x = np.random.default_rng(0).lognormal(size=(5000, 1)).astype(np.float32)
    made = ColumnEncoder([Column(name="income", kind="numeric")], "quantile", "one_hot", 1)
    made.fit_columns(x)
    ranked = made(torch.from_numpy(x)).numpy()
    assert abs(ranked.mean()) < 0.01
    assert abs(ranked.std() - 1) < 0.02
    order = np.argsort(x[:, 0])
    assert (np.diff(ranked[order, 0]) >= 0).all()


def test_plain_arrays_are_a_table_of_numbers() -> None:
    shape = Shape(features=(2, 3), classes=2)
    network = load("tabular_mlp").build(load("tabular_mlp").Settings.model_validate(TRAINING), shape)
    network.fit_columns(np.ones((5, 6), dtype=np.float32))
    assert network(torch.zeros(5, 2, 3)).shape == (5, 2)


def test_augmentations_of_sequences_are_no_setting_of_a_network_on_tables() -> None:
    with pytest.raises(ValueError, match="augmentations are of sequences, not of tables"):
        load("tabular_mlp").Settings.model_validate({**TRAINING, "augmentation": ["roll"]})


def tabled(**changes: Any) -> Study:
    data = {"name": "table_file", "source": "data/source/rows.csv", "label": "bought", "sha256": "0" * 64}
    sizes = {name: MINIATURE["data"][name] for name in ("train", "validation", "held_out")}
    return validated(
        Study, {**MINIATURE, "data": {**data, **sizes, **changes.pop("data", {})}, **changes}, "params.yaml"
    )


def test_a_table_goes_to_estimators_and_to_networks_that_take_it() -> None:
    check_methods(tabled())
    with pytest.raises(ParameterError, match=r"method\.model: mlp takes no categories and no missing values"):
        check_methods(tabled(method={"model": "mlp", **TRAINING}, components={}, search=NOTHING_SEARCHED))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"label": None}, "data.label: is missing; name the column"),
        ({"name": "npz_file"}, "data.label: is not used by npz_file; remove it"),
        ({"name": "npz_file", "label": None, "nominal": ["town"]}, "data.nominal: is not used by npz_file; remove it"),
    ],
)
def test_what_is_said_of_columns_goes_with_a_table_file(data: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        check_methods(tabled(data=data))
