from typing import Any

import pytest

from pipeline.base.errors import DataError
from pipeline.science.budgets import check_budgets


def trial(number: int, *validation: float, outcome: str = "finished") -> dict[str, Any]:
    outcomes = [outcome] * len(validation)
    return {"trial": number, "hyperparameters": {}, "validation": list(validation), "outcome": outcomes}


def choice(method: str, chosen: int, *trials: dict[str, Any]) -> dict[str, Any]:
    return {"method": method, "trial": chosen, "trials": list(trials)}


FULL = choice("full", 1, trial(0, 0.5, 0.7), trial(1, 0.8, 0.7), trial(2, 0.7, 0.8))
FIXED = choice("fixed", 0, trial(0, 0.6), trial(1, 0.5), trial(2, 0.6))
FITS = {"full": 2, "fixed": 1}


def test_equal_budgets_with_the_best_trial_taken_pass() -> None:
    check_budgets([FULL, FIXED], FITS, 3)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (choice("full", 1, *FULL["trials"], trial(3, 0.1, 0.1)), "made 4 trials, not the 3 of every other method"),
        (choice("full", 1, *FULL["trials"][:2]), "made 2 trials, not the 3"),
        (choice("full", 1, *FULL["trials"][:2], trial(1, 0.1, 0.1)), "made 3 trials, not the 3"),
        (choice("full", 1, trial(0, 0.5), *FULL["trials"][1:]), "trial 0 was fitted 1 times, not 2"),
        (choice("full", 1, *FULL["trials"][:2], trial(2, 0.1, 0.1, 0.1)), "trial 2 was fitted 3 times, not 2"),
        (choice("full", 2, *FULL["trials"]), "took trial 2, but the best is 1"),
        (choice("full", 0, trial(0, 0.9, 0.9, outcome="diverged"), *FULL["trials"][1:]), "took trial 0, but"),
    ],
)
def test_a_search_that_departs_from_its_budget_or_its_rule_is_named(made: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=f"choices/full: {said}.*; every method has the same budget: select it anew"):
        check_budgets([made, FIXED], FITS, 3)


@pytest.mark.parametrize("found", [[FULL], [FULL, FULL, FIXED], [FULL, {**FIXED, "method": "other"}], []])
def test_every_method_is_selected_once_and_no_other(found: list[dict[str, Any]]) -> None:
    with pytest.raises(DataError, match="but full, fixed are selected; run snakemake again"):
        check_budgets(found, FITS, 3)
