from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.science.conclusions import Rule, contrasts
from pipeline.science.effects import Effect, effects

SEEDS = ["9", "10", "99", "100", "101", "102"]
ITEMS = 8
Tables = tuple[pd.DataFrame, pd.DataFrame]


def evaluated(correct: dict[str, dict[str, int]]) -> Tables:
    """Return the tables of runs and predictions, where each run has its first so many items right."""
    runs = [
        {"variant": variant, "seed": seed, "held_out_accuracy": right / ITEMS}
        for variant, scores in correct.items()
        for seed, right in scores.items()
    ]
    predictions = [
        {"variant": variant, "seed": seed, "item": item, "correct": item < right}
        for variant, scores in correct.items()
        for seed, right in scores.items()
        for item in range(ITEMS)
    ]
    return pd.DataFrame(runs), pd.DataFrame(predictions)


def contrasted(full: dict[str, int], other: dict[str, int]) -> tuple[Any, dict[str, float]]:
    """Return the one contrast, and the difference of each seed."""
    families = {"ablation": {"claim": "superiority", "members": ["other"]}}
    found, by_seed = contrasts(*evaluated({"full": full, "other": other}), families, Rule(0.05, 0.01))
    return found.iloc[0], dict(zip(by_seed["seed"], by_seed["difference"], strict=True))


def test_seeds_are_paired_by_name_whatever_their_order_and_their_number_of_digits() -> None:
    full = dict(zip(SEEDS, [8, 7, 6, 5, 4, 3], strict=True))
    other = {seed: full[seed] - 1 - number for number, seed in reversed(list(enumerate(SEEDS[:3])))}
    other |= {seed: full[seed] - 2 for seed in SEEDS[3:]}
    row, by_seed = contrasted(full, other)
    assert by_seed == {seed: (full[seed] - other[seed]) / ITEMS for seed in SEEDS}
    assert row["difference"] == pytest.approx(np.mean(list(by_seed.values())))
    assert row["population_low"] < row["difference"] < row["population_high"]


@pytest.mark.parametrize("fixed", ["full", "other"])
def test_either_side_may_be_a_fixed_reference(fixed: str) -> None:
    seeded, reference = dict(zip(SEEDS, [8, 7, 6, 5, 4, 3], strict=True)), {"fixed": 4}
    sides = (reference, seeded) if fixed == "full" else (seeded, reference)
    row, by_seed = contrasted(*sides)
    sign = -1 if fixed == "full" else 1
    assert by_seed == {seed: sign * (right - 4) / ITEMS for seed, right in seeded.items()}
    assert row["n"] == len(SEEDS)
    assert not row["paired"]


def test_p_is_corrected_within_its_family_and_not_beyond_it() -> None:
    full = dict(zip(SEEDS, [8, 8, 8, 8, 8, 7], strict=True))
    scores = {name: {seed: full[seed] - less for seed in SEEDS} for name, less in (("a", 1), ("b", 2), ("c", 3))}
    families = {
        "two": {"claim": "superiority", "members": ["a", "b"]}, "one": {"claim": "equivalence", "members": ["c"]},
        "every": {"claim": "superiority_to_every", "members": ["a", "b", "c"]},
    }  # fmt: skip
    found, _ = contrasts(*evaluated({"full": full, **scores}), families, Rule(0.05, 0.01))
    least = 2 / 2 ** len(SEEDS)
    assert list(found["p"]) == [least] * 6
    assert list(found["p_corrected"]) == [2 * least] * 2 + [least] * 4  # one claim over all is tested at alpha


def test_a_failed_control_makes_every_finding_invalid_whatever_the_scores() -> None:
    full, other = dict.fromkeys(SEEDS, 8), dict.fromkeys(SEEDS, 1)
    families = {"ablation": {"claim": "superiority", "members": ["other"]}}
    tables = evaluated({"full": full, "other": other})
    verdicts = {
        passed: list(contrasts(*tables, families, Rule(0.05, 0.01, controls_passed=passed))[0]["verdict"])
        for passed in (True, False)
    }
    assert verdicts == {True: ["supported"], False: ["invalid"]}
    effect = [Effect("component", 1, {"full": 1.0, "other": -1.0})]
    found = {passed: effects(*tables, effect, Rule(0.05, 0.01, controls_passed=passed))[0] for passed in (True, False)}
    assert {passed: list(table["finding"]) for passed, table in found.items()} == {
        True: ["positive"],
        False: ["invalid"],
    }
