from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.science.sign_flips import exact_p

from pipeline.science.conclusions import Rule
from pipeline.science.sequential import Look, at_each_look, decided, interim, looks
from pipeline.science.statistics import sign_flip_p
from pipeline.science.verdicts import Evidence, find

SEEDS = range(10, 22)
ITEMS = 200
FAMILIES = {"ablation": {"claim": "superiority", "members": ["other"]}}
STATED = [{"seeds": 8, "alpha": 0.02}, {"seeds": 12, "alpha": 0.03}]


def evaluated(difference: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return runs and predictions of two variants whose held-out accuracies differ, seed by seed, by so much."""
    scores = {"full": 0.5 + difference / 2, "other": 0.5 - difference / 2}
    seeds = [str(seed) for seed in SEEDS]
    runs = pd.concat(
        pd.DataFrame({"variant": name, "seed": seeds, "held_out_accuracy": own}) for name, own in scores.items()
    )
    right = {name: np.arange(ITEMS) < np.round(ITEMS * own[:, None]) for name, own in scores.items()}
    predictions = pd.concat(
        pd.DataFrame(
            {
                "variant": name,
                "seed": np.repeat(seeds, ITEMS),
                "item": np.tile(np.arange(ITEMS), len(seeds)),
                "correct": own.ravel(),
            }
        )
        for name, own in right.items()
    )
    return runs, predictions


def finding(difference: np.ndarray, found: list[Look]) -> Any:
    """Return the row of the one contrast that stands after all looks."""
    tables = [table for table, _ in at_each_look(*evaluated(difference), FAMILIES, found)]
    return decided(interim(tables, found)).iloc[0]


def test_one_look_is_at_all_seeds_with_the_usual_levels() -> None:
    (only,) = looks([10, 11], None, 0.05, 0.01)
    assert only == Look(("10", "11"), Rule(0.05, 0.01, 0.95, 0.90))


def test_only_looks_whose_seeds_are_there_are_judged_each_at_its_own_level_with_intervals_to_match() -> None:
    (first,) = looks(list(SEEDS)[:8], STATED, 0.05, 0.01)
    assert first.seeds == tuple(map(str, range(10, 18)))
    assert (first.rule.alpha, first.rule.confidence, first.rule.equivalence_confidence) == (0.02, 0.98, 0.96)
    assert len(looks(SEEDS, STATED, 0.05, 0.01)) == 2
    assert [look.seeds for look in looks([10, 11], STATED, 0.05, 0.01)] == [("10", "11")]


def test_what_the_first_look_decides_stands_whatever_later_seeds_show() -> None:
    effect = np.linspace(0.3, 0.4, len(SEEDS))
    effect[8:] = -0.9
    row = finding(effect, looks(SEEDS, STATED, 0.05, 0.01))
    assert (row["finding"], row["look"], row["n"], row["alpha"]) == ("better", 1, 8, 0.02)


def test_what_the_first_look_leaves_open_the_second_decides_at_its_own_level() -> None:
    effect = np.linspace(0.3, 0.4, len(SEEDS))
    effect[:2] = -0.05
    row = finding(effect, looks(SEEDS, STATED, 0.05, 0.01))
    assert (row["finding"], row["look"], row["n"], row["alpha"]) == ("better", 2, 12, 0.03)


def test_an_interval_is_wider_where_its_look_has_a_smaller_level() -> None:
    effect = np.linspace(0.3, 0.4, len(SEEDS))
    strict, usual = (
        at_each_look(*evaluated(effect), FAMILIES, [Look(tuple(map(str, SEEDS)), rule)])[0][0].iloc[0]
        for rule in (Rule(0.01, 0.01, 0.99, 0.98), Rule(0.05, 0.01))
    )
    for name in ("", "population_", "equivalence_"):
        assert strict[f"{name}low"] < usual[f"{name}low"] < usual[f"{name}high"] < strict[f"{name}high"]


def findings(drawn: np.ndarray, look: Look) -> pd.DataFrame:
    """Return what one look finds in each study, a variant each; the population interval is a t interval over seeds."""
    own = drawn[:, : len(look.seeds)]
    n, p = own.shape[1], exact_p(own)
    low = own.mean(1) - stats.t.isf((1 - look.rule.confidence) / 2, n - 1) * own.std(1, ddof=1) / np.sqrt(n)
    found = [
        find(
            Evidence(
                complete=True,
                controls_passed=True,
                difference=mean,
                p_corrected=p_of,
                population_low=low_of,
                equivalence_low=np.nan,
                equivalence_high=np.nan,
                alpha=look.rule.alpha,
                margin=0.01,
            )
        )
        for mean, p_of, low_of in zip(own.mean(1), p, low, strict=True)
    ]
    names = {"family": "ablation", "claim": "superiority", "variant": range(len(own))}
    return pd.DataFrame({**names, "finding": [str(each) for each in found]})


def false_findings(found: list[Look], studies: int) -> float:
    """Return how often a study without an effect finds one, by the rule of some looks."""
    drawn = np.random.default_rng(1).normal(size=(studies, len(SEEDS)))
    stands = decided(interim([findings(drawn, look) for look in found], found))
    return float(stands["finding"].isin(["better", "worse"]).mean())


def test_the_p_of_the_simulation_is_that_of_the_analysis() -> None:
    drawn = np.random.default_rng(2).normal(size=(3, 8))
    assert exact_p(drawn) == pytest.approx([sign_flip_p(row) for row in drawn])


@pytest.mark.slow
def test_all_looks_together_find_what_is_not_there_no_more_often_than_alpha() -> None:
    studies = 2000
    rate = false_findings(looks(SEEDS, STATED, 0.05, 0.01), studies)
    assert 0.02 < rate <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / studies)


@pytest.mark.slow
def test_the_simulation_notices_looks_that_each_take_the_whole_of_alpha() -> None:
    studies = 2000
    peeking = [Look(tuple(map(str, SEEDS[:n])), Rule(0.05, 0.01)) for n in (6, 8, 10, 12)]
    assert false_findings(peeking, studies) > 0.05 + 4 * np.sqrt(0.05 * 0.95 / studies)
