import hashlib
import io
import re
import zipfile
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from pipeline.base.errors import DataError
from pipeline.science.skops_bytes import estimator_bytes, estimator_from_bytes, without_padding

NAMES = ("logistic", "neighbours", "forest", "svm", "boosting", "histogram")


class Stranger(BaseEstimator):  # type: ignore[misc]
    """An estimator that nobody said is trusted."""


def fitted(name: str) -> Any:
    estimators: dict[str, Any] = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
        "neighbours": make_pipeline(StandardScaler(), KNeighborsClassifier(3, weights="distance", algorithm="brute")),
        "forest": RandomForestClassifier(3, random_state=1),
        "svm": make_pipeline(StandardScaler(), SVC()),
        "boosting": GradientBoostingClassifier(n_estimators=3, random_state=1),
        "histogram": HistGradientBoostingClassifier(max_iter=3, random_state=1),
    }
    random = np.random.default_rng(0)
    x = random.normal(size=(60, 4))
    return estimators[name].fit(x, random.integers(0, 3, 60))


def digests() -> dict[str, str]:
    return {name: hashlib.sha256(estimator_bytes(fitted(name))).hexdigest() for name in NAMES}


def test_the_bytes_are_the_same_in_a_process_with_another_hash_seed_and_other_addresses(
    elsewhere: dict[str, Any],
) -> None:
    assert elsewhere["estimators"] == digests()


@pytest.mark.parametrize("name", NAMES)
def test_loading_gives_an_estimator_that_predicts_the_same_and_has_the_same_bytes(name: str) -> None:
    estimator = fitted(name)
    content = estimator_bytes(estimator)
    again = estimator_from_bytes(content)
    x = np.random.default_rng(1).normal(size=(30, 4))
    assert np.array_equal(
        again.predict_proba(x) if name != "svm" else again.predict(x),
        estimator.predict_proba(x) if name != "svm" else estimator.predict(x),
    )
    assert estimator_bytes(again) == content


def test_skops_alone_is_not_stable_and_another_model_has_other_bytes() -> None:
    estimator = fitted("forest")
    assert skops.io.dumps(fitted("forest")) != skops.io.dumps(estimator)
    other = RandomForestClassifier(3, random_state=2).fit([[0.0], [1.0], [2.0]], [0, 1, 1])
    assert estimator_bytes(other) != estimator_bytes(estimator)


def test_sets_and_what_is_shared_keep_their_meaning() -> None:
    shared = np.arange(3.0)
    estimator = fitted("logistic")
    estimator.notes_ = {
        "labels": {"b", "a", "c"},
        "first": shared,
        "second": shared,
        "numbers": {1: "x", 2: "y"},
    }
    notes = estimator_from_bytes(estimator_bytes(estimator)).notes_
    assert notes["labels"] == {"a", "b", "c"}
    assert notes["first"] is notes["second"]
    assert notes["numbers"] == {1: "x", 2: "y"}


def test_a_set_is_kept_in_the_order_of_its_members() -> None:
    one, other = set([0, 8]), set([8, 0])  # noqa: C405 (they collide, so that each keeps the order it was filled in)
    assert list(one) != list(other)
    kept = []
    for labels in (one, other):
        estimator = fitted("neighbours")
        estimator.notes_ = labels
        kept.append(estimator_bytes(estimator))
    assert kept[0] == kept[1]


def test_a_type_that_is_not_trusted_is_refused_by_name() -> None:
    with pytest.raises(DataError, match=r"Stranger.*TRUSTED"):
        estimator_from_bytes(estimator_bytes(Stranger()))


def test_garbage_between_the_fields_of_a_record_is_not_kept() -> None:
    record = np.dtype({"names": ["a", "b"], "formats": ["u1", "f8"], "offsets": [0, 8], "itemsize": 16})
    contents = []
    for filler in (0, 255):
        array = np.frombuffer(bytearray([filler]) * 32, dtype=record)  # a copy has whatever its memory held
        array["a"], array["b"] = 1, 2.5
        buffer = io.BytesIO()
        np.save(buffer, array)
        contents.append(buffer.getvalue())
    assert contents[0] != contents[1]
    assert without_padding(contents[0]) == without_padding(contents[1])


def test_the_archive_holds_no_time_and_no_address() -> None:
    with zipfile.ZipFile(io.BytesIO(estimator_bytes(fitted("forest")))) as archive:
        assert {file.date_time for file in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist() == sorted(archive.namelist())
        schema = archive.read("schema.json").decode()
    numbers = [int(number) for number in re.findall(r'"__id__":(\d+)', schema)]
    assert min(numbers) == 1
    assert max(numbers) == len(set(numbers))
