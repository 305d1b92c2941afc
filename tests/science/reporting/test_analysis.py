from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.base.errors import DataError
from pipeline.science.reporting.analysis import Analysis, checked, parsed_study, with_validation_interval
from pipeline.science.statistics import summary


def test_what_the_step_that_analyses_makes_goes_with_its_status(
    plain: Analysis, exploratory: Analysis, factorial: Analysis, folded: Analysis, crossed: Analysis
) -> None:
    for analysis in (plain, exploratory, factorial, folded, crossed):
        assert checked(analysis) is analysis


@pytest.mark.parametrize("name", ["runs", "controls", "probes", "contrasts", "differences"])
def test_an_analysis_that_lacks_a_table_is_refused_by_its_name(plain: Analysis, name: str) -> None:
    tables = {key: table for key, table in plain.tables.items() if key != name}
    with pytest.raises(DataError, match=f"analysis/tables: no {name}; make the analysis again"):
        checked(replace(plain, tables=tables))


def test_nothing_of_held_out_is_let_pass_in_an_exploratory_study(exploratory: Analysis, factorial: Analysis) -> None:
    evaluated = exploratory.tables["runs"].assign(held_out_accuracy=[0.5, *[np.nan] * (len(
        exploratory.tables["runs"]) - 1)])  # fmt: skip
    held = {
        "a score": {"tables": {**exploratory.tables, "runs": evaluated}},
        "contrasts": {"tables": {**exploratory.tables, "contrasts": factorial.tables["contrasts"]}},
        "effects": {"tables": {**exploratory.tables, "effects": factorial.tables["effects"]}},
        "predictions": {"held_out_items": 400},
    }
    for changes in held.values():
        with pytest.raises(DataError, match="an exploratory study holds held-out results"):
            checked(replace(exploratory, **changes))


def test_a_study_that_states_no_status_there_is_is_refused(plain: Analysis) -> None:
    with pytest.raises(DataError, match=r"analysis/study.json: status: .*; make the analysis again"):
        parsed_study({**plain.study.model_dump(), "status": "confirmed"})


def test_the_interval_of_validation_is_that_over_seeds(plain: Analysis) -> None:
    runs = plain.tables["runs"]
    expected = summary(runs.loc[runs["variant"] == "full", "validation_accuracy"].to_numpy())
    row = plain.variants.iloc[0]
    assert (row["validation_low"], row["validation_high"]) == pytest.approx((expected.low, expected.high))


def test_over_folds_the_interval_of_validation_is_the_corrected_one() -> None:
    table = pd.DataFrame({"n": [6, 6], "validation_mean": [0.5, 0.5], "validation_sd": [0.01, 0.0]})
    plain, folded = (with_validation_interval(table, folds) for folds in (0, 3))
    ratio = (folded["validation_high"] - 0.5)[0] / (plain["validation_high"] - 0.5)[0]
    assert ratio == pytest.approx(np.sqrt(1 + 6 / 2))
    assert np.isnan(folded["validation_low"][1])


def test_levels_of_intervals_follow_from_whether_there_are_several_looks(plain: Analysis, factorial: Analysis) -> None:
    assert plain.levels == ("95 %", "90 %")
    assert factorial.levels == ("1 − alpha", "1 − 2 alpha")
    assert (plain.split, plain.after_a_look, plain.folds) == ("held_out", False, 0)
    assert "full_at_20" not in set(factorial.compared["variant"]) < set(factorial.variants["variant"])
