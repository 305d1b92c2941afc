import math

import numpy as np
import pandas as pd
import pytest

from pipeline.science.replication import metrics, outcome, replication
from pipeline.science.statistics import UNKNOWN, Interval

SCORES = {"close": [0.90, 0.91, 0.92, 0.91], "far": [0.80, 0.81, 0.80, 0.81], "wide": [0.80, 0.99, 0.85, 0.98]}


def runs() -> pd.DataFrame:
    """Return four seeds of three variants, a reference that was trained once, and one with a single seed."""
    rows = [(name, str(seed), score) for name, scores in SCORES.items() for seed, score in enumerate(scores)]
    rows += [("reference", "fixed", 0.33), ("single", "7", 0.91)]
    return pd.DataFrame(rows, columns=["variant", "seed", "held_out_accuracy"])


def compared(variant: str, published: float, minus: str | None = None) -> pd.Series:
    """Return the row that compares a variant with a published number within ± 0.02."""
    about = {"variant": variant, "minus": minus, "published": published, "tolerance": 0.02, "cite": "A (2020)"}
    return replication({"it": about}, runs()).iloc[0]


def test_a_result_close_to_the_published_one_replicates_and_says_by_which_interval() -> None:
    row = compared("close", 0.905)
    assert (row["outcome"], row["n"]) == ("replicates", 4)
    assert -0.02 < row["low"] < row["difference"] < row["high"] < 0.02
    assert row["p_equivalence"] < 0.05


def test_a_result_wholly_outside_the_tolerance_does_not_and_one_that_straddles_it_is_left_open() -> None:
    assert compared("far", 0.905)["outcome"] == "does not replicate"
    assert compared("wide", 0.905)["outcome"] == "inconclusive"
    assert compared("close", 0.93)["outcome"] == "inconclusive"


def test_a_result_that_no_seed_varies_is_judged_by_itself_and_a_single_seed_by_nothing() -> None:
    assert compared("reference", 0.32)["outcome"] == "replicates"
    assert compared("reference", 0.36)["outcome"] == "does not replicate"
    assert compared("single", 0.91)["outcome"] == "inconclusive"


def test_a_difference_of_two_variants_is_compared_paired_by_seed() -> None:
    row = compared("close", 0.105, "far")
    assert row["ours"] == pytest.approx(0.105)
    assert row["outcome"] == "replicates"


@pytest.mark.parametrize(("low", "high"), [(-0.02, 0.0), (0.0, 0.02), (0.01, 0.03)])
def test_the_tolerance_itself_is_not_within_it(low: float, high: float) -> None:
    assert outcome(Interval(low, high), 0.02) == "inconclusive"
    assert outcome(UNKNOWN, 0.02) == "inconclusive"


def test_few_honest_replications_of_a_difference_at_the_tolerance_are_believed() -> None:
    studies = 400
    drawn = np.random.default_rng(0).normal(0.92, 0.01, (studies, 8))
    names = [f"study_{number}" for number in range(studies)]
    seeds = [str(seed) for seed in range(8)]
    table = pd.DataFrame({"variant": np.repeat(names, 8), "seed": seeds * studies, "held_out_accuracy": drawn.ravel()})
    about = {"minus": None, "published": 0.94, "tolerance": 0.02, "cite": ""}
    found = metrics(replication({name: {**about, "variant": name} for name in names}, table))
    error = math.sqrt(0.05 * 0.95 / studies)  # of a share seen in so many studies, where the level is 0.05
    assert list(found.values()).count("replicates") / studies <= 0.05 + 3 * error
