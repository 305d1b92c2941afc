"""Tables for estimators that take numbers alone: imputed and one-hot, by what the training rows hold."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.science.settings import Column

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def encoded(estimator: Any, columns: Sequence[Column]) -> "Pipeline":
    """Return an estimator behind the encoding of a table's columns; both are fitted together, on training rows alone.

    A missing number becomes the median, with a column that says so. A nominal column becomes one column for each
    category, or missing value, among the training rows; any other category is zero in all of them.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    numeric = [at for at, column in enumerate(columns) if column.kind == "numeric"]
    nominal = [at for at, column in enumerate(columns) if column.kind == "nominal"]
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    parts = [("numeric", imputer, numeric), ("nominal", one_hot, nominal)]
    return make_pipeline(ColumnTransformer([part for part in parts if part[2]]), estimator)


def width(pipeline: "Pipeline", columns: int) -> int:
    """Return how many numbers a fitted encoding makes of a row."""
    return int(pipeline[0].transform(np.zeros((1, columns), dtype=np.float32)).shape[1])
