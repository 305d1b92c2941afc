"""The tripwire by effect: exact, silent about honest studies, loud where held-out labels were seen."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from pipeline.science.control_runs import IMPLAUSIBLE, LEVEL
from pipeline.science.controls import failed, judged
from pipeline.science.plausibility import control, plausibility, run_p, variant_p

VALIDATION = 60


def records(runs: dict[str, list[tuple[int, int, int]]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return runs and evaluations of (right in validation, right in held-out, held-out rows) for each variant."""
    names = [(variant, str(seed), *counts) for variant, own in runs.items() for seed, counts in enumerate(own)]
    trained = [
        {"variant": variant, "seed": seed, "validation_accuracy": seen / VALIDATION}
        for variant, seed, seen, _, _ in names
    ]
    evaluated = [
        {"variant": variant, "seed": seed, "drawn": {"n": rows, "right": right}}
        for variant, seed, _, right, rows in names
    ]
    return trained, evaluated


def table(**runs: list[tuple[int, int, int]]) -> pd.DataFrame:
    return plausibility(*records(runs), VALIDATION)


def test_p_is_the_share_of_ways_to_part_the_rows_that_have_so_many_right_answers_in_held_out() -> None:
    right = np.array([1, 1, 1, 1, 0, 0, 0])
    ways = [right[list(chosen)].sum() for chosen in combinations(range(7), 3)]
    for found in range(4):
        assert run_p(found, 3, 4 - found, 4) == pytest.approx(np.mean(np.array(ways) >= found))


def test_p_of_several_runs_is_that_of_the_middle_one_or_the_least_corrected_and_that_of_one_run_its_own() -> None:
    assert variant_p([0.2]) == 0.2
    assert variant_p([0.9, 0.1, 0.11]) == pytest.approx(4 * 0.11)
    assert variant_p([0.9, 0.01, 0.2]) == pytest.approx(2 * 3 * 0.01)
    assert variant_p([0.7, 0.9]) == 1.0


def test_labels_that_a_few_runs_know_are_told() -> None:
    found = table(knows=[(42, 100, 100), *[(42, 70, 100)] * 9])
    assert found["implausible"].all()


def test_a_variant_that_knows_held_out_labels_is_implausible_and_those_beside_it_are_not() -> None:
    found = table(honest=[(42, 71, 100), (40, 68, 100)], knows=[(41, 100, 100), (40, 100, 100), (42, 99, 100)])
    assert dict(zip(found["variant"], found["implausible"], strict=True)) == {"honest": False, "knows": True}
    row = found.set_index("variant").loc["knows"]
    assert (row["n"], row["items"], row["difference"]) == (3, 100, pytest.approx(299 / 300 - 123 / 180))
    one = control(found)
    assert (one.control, one.n, one.mean, one.alpha) == (IMPLAUSIBLE, 3, pytest.approx(299 / 300), LEVEL)
    assert not one.passed


def test_a_failed_tripwire_fails_as_the_other_controls_do() -> None:
    labels = np.arange(60) % 3
    shuffled = [
        {"variant": "control_shuffled_labels", "seed": str(seed), "outcome": "finished", "validation_accuracy": 0.3,
         "predicted": np.random.default_rng(seed).permutation(labels)}
        for seed in range(3)
    ]  # fmt: skip
    knows = control(table(knows=[(30, 100, 100)]))
    assert failed(judged(shuffled, [], labels, 3, [knows])[0]) == [IMPLAUSIBLE]
    assert failed(judged(shuffled, [], labels, 3, [control(table(honest=[(30, 52, 100)]))])[0]) == []


def test_where_too_few_errors_could_tell_a_variant_from_an_honest_one_that_is_said() -> None:
    found = table(knows=[(57, 100, 100)], honest=[(42, 70, 100)])
    assert dict(zip(found["variant"], found["telling"], strict=True)) == {"knows": False, "honest": True}
    assert not found["implausible"].any()
    assert np.isnan(control(table(knows=[(57, 100, 100)])).mean)
    assert control(found).expected == pytest.approx(42 / 60)


def test_it_does_not_apply_where_all_held_out_rows_were_published_for_testing() -> None:
    found = table(knows=[(30, 0, 0)])
    assert found.empty
    assert list(found) == list(table(knows=[(30, 50, 100)]))
    assert control(found).passed
    assert np.isnan(control(found).mean)


@pytest.mark.parametrize("accuracy", [0.5, 0.9, 0.99])
def test_honest_studies_are_called_implausible_no_more_often_than_the_level_says(accuracy: float) -> None:
    """At a level that 4000 studies can show: the best of 8 trials by validation, then 5 runs that share most errors."""
    random, level, studies = np.random.default_rng(1), 0.05, 4000
    alarms = dict.fromkeys(("one run", "five runs"), 0)
    for _ in range(studies):
        validation = random.binomial(VALIDATION, accuracy, 8).max()  # what a search picks, by these very rows
        right = random.binomial(100, accuracy)
        alarms["one run"] += run_p(int(right), 100, int(validation), VALIDATION) <= level
        hard = random.random(160) < 1.2 * (1 - accuracy)
        own = [hard & (random.random(160) < 1 / 1.2) for _ in range(5)]
        ps = [run_p(int((~lost[:100]).sum()), 100, int((~lost[100:]).sum()), VALIDATION) for lost in own]
        alarms["five runs"] += variant_p(ps) <= level
    most = level + 3 * np.sqrt(level * (1 - level) / studies)
    assert {name: count / studies for name, count in alarms.items() if count / studies > most} == {}


def test_the_level_is_that_of_five_standard_errors() -> None:
    assert stats.norm.isf(LEVEL) == pytest.approx(5)
