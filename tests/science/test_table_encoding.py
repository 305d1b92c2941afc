import numpy as np
from sklearn.linear_model import LogisticRegression

from pipeline.science.settings import Column
from pipeline.science.table_encoding import encoded, width

COLUMNS = (
    Column(name="age", kind="numeric", missing=True),
    Column(name="town", kind="nominal", categories=("bath", "ely", "york"), missing=True),
)
X = np.array([[20, 0], [30, 1], [np.nan, 0], [60, np.nan]] * 5, dtype=np.float32)
Y = np.arange(20) % 2


def test_a_missing_number_is_the_training_median_and_flagged_and_a_category_not_seen_is_none() -> None:
    pipeline = encoded(LogisticRegression(), COLUMNS).fit(X, Y)
    shown = pipeline[0].transform(np.array([[np.nan, 0], [40, 2], [40, np.nan]], dtype=np.float32))
    assert shown.tolist() == [
        [30, 1, 1, 0, 0],  # the median, its flag, bath
        [40, 0, 0, 0, 0],  # york was in no training row
        [40, 0, 0, 0, 1],
    ]  # fmt: skip
    assert width(pipeline, 2) == 5


def test_a_table_of_one_kind_of_columns_is_encoded_too() -> None:
    assert width(encoded(LogisticRegression(), COLUMNS[:1]).fit(X[:, :1], Y), 1) == 2
    assert width(encoded(LogisticRegression(), COLUMNS[1:]).fit(X[:, 1:], Y), 1) == 3
