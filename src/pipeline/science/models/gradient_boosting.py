"""Baseline: gradient boosting on histograms, which splits categories and missing values as they are."""

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.science.settings import Count, Estimator, ModelCosts, Rate, Shape

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

SEED_VARIES = "features tried at each split"
READS_TABLES = True


class Settings(Estimator):
    """How many trees of how many leaves at most, the step, the smallest leaf, and the features tried at each split."""

    learning_rate: Rate
    trees: Count = 100
    leaves: Annotated[int, Field(ge=2)] = 31
    min_samples_leaf: Count = 20
    max_features: Annotated[float, Field(gt=0, le=1)] = 0.5


def build(settings: Settings, seed: int, shape: Shape) -> "HistGradientBoostingClassifier":
    """Return the classifier; nominal columns are split by sets of categories, trees are not stopped early."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    nominal = [at for at, column in enumerate(shape.columns or ()) if column.kind == "nominal"]
    estimator = HistGradientBoostingClassifier(
        learning_rate=settings.learning_rate,
        max_iter=settings.trees,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=settings.min_samples_leaf,
        max_features=settings.max_features,
        categorical_features=nominal or None,
        early_stopping=False,
        random_state=seed,
    )
    fill_where_fitted(estimator)
    return estimator


def fill_where_fitted(estimator: "HistGradientBoostingClassifier") -> None:
    """Let fitting see zeros in columns of which no training row has a value: scikit-learn's bins fail on none at all.

    No tree splits such a column, so that predictions need no filling, and what is kept is scikit-learn's alone.
    """
    fit = estimator.fit

    def fit_filled(x: NDArray[np.float32], y: NDArray[np.int64]) -> Any:
        del estimator.fit  # the method of the class is left, which is all that can be kept
        return fit(np.where(np.isnan(x).all(axis=0), np.float32(0), x), y)

    estimator.fit = fit_filled


def costs(estimator: "HistGradientBoostingClassifier", shape: Shape) -> ModelCosts:  # noqa: ARG001
    """Parameters: 2 an inner node (feature, threshold) and 1 a leaf; FLOPs: a tree's depth in comparisons, 1 to add."""
    trees = [tree.nodes for trees in estimator._predictors for tree in trees]  # nothing public tells their nodes
    parameters = sum(int((2 - nodes["is_leaf"]).sum()) for nodes in trees)
    return ModelCosts(parameters=parameters, flops_per_example=sum(int(nodes["depth"].max()) + 1 for nodes in trees))
