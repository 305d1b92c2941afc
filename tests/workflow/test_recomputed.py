"""Every number of a factorial with baselines, claims and published numbers, worked out again by other means."""

import itertools
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
from tests.known import make
from tests.recomputation import KEYS, disagreements, expected
from tests.study import Study, made_once

pytestmark = pytest.mark.slow
OFF = {"minus_deep": ("deep",), "minus_coarse": ("coarse",), "none": ("deep", "coarse")}
Rows = Mapping[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return made_once(tmp_path_factory, "known", make)


@pytest.fixture(scope="module")
def tables(known: Study) -> dict[str, pd.DataFrame]:
    return {
        name: pd.read_csv(known.folder / "results" / "tables" / f"{name}.csv", na_values=[""], keep_default_na=False)
        for name in KEYS
    }


@pytest.fixture(scope="module")
def again(known: Study) -> Rows:
    return expected(known.folder, known.params(), OFF)


def test_every_table_says_what_its_runs_and_predictions_say(tables: dict[str, pd.DataFrame], again: Rows) -> None:
    assert {name: bool(rows) for name, rows in again.items()} == dict.fromkeys(KEYS, True)
    assert list(disagreements(tables, again)) == []


def test_any_number_that_were_another_would_be_noticed(tables: dict[str, pd.DataFrame], again: Rows) -> None:
    for name, rows in again.items():
        for column in sorted(set(itertools.chain.from_iterable(rows)) - set(KEYS[name])):
            planted = tables[name].copy()
            place = planted[planted[column].notna()].index[0]
            value = planted.loc[place, column]
            planted[column] = planted[column].astype(object)
            planted.loc[place, column] = f"not {value}" if isinstance(value, str) else (
                not value if planted[column].isin([True, False]).all() else value + max(1e-4 * abs(value), 1e-6)
            )  # fmt: skip
            assert list(disagreements({**tables, name: planted}, again)), (name, column)


def test_metrics_repeat_the_tables(known: Study, again: Rows) -> None:
    metrics = json.loads((known.folder / "results" / "metrics.json").read_text())
    assert metrics["claims"] == {row["claim"]: row["verdict"] for row in again["claims"]}
    assert metrics["replication"] == {row["result"]: row["outcome"] for row in again["replication"]}
    full = next(row for row in again["variants"] if row["variant"] == "full")
    for split in ("held_out", "validation"):
        assert metrics[split]["mean"] == pytest.approx(full[f"{split}_mean"], abs=5e-7)
        assert metrics[split]["sd"] == pytest.approx(full[f"{split}_sd"], abs=5e-7)
    one = [row["verdict"] for row in again["contrasts"] if row["family"] == "every"]
    assert metrics["verdict"]["every"] == f"supported {int(one[0] == 'supported')} of 1"
    assert metrics["controls"]["p"] == pytest.approx({row["control"]: row["p"] for row in again["controls"]}, abs=5e-7)
