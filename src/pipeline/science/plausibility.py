"""Whether held-out scores are too good to be honest: a tripwire by effect, whatever way labels were seen.

Validation rows and those held-out rows that were drawn, not published as a test set, were dealt at random from the same
rows. To a model that saw neither they are alike, so that which of all its right answers fall among the held-out rows is
chance: hypergeometric, whatever the data. What is chosen by validation scores does better there, never worse.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.science.control_runs import IMPLAUSIBLE, LEVEL
from pipeline.science.controls import Control

Record = Mapping[str, Any]


def run_p(right: int, rows: int, right_validation: int, validation: int) -> float:
    """Return the probability that so many or more of all right answers fall among the held-out rows.

    `right` of `rows` held-out answers and `right_validation` of `validation` ones are right.
    """
    return float(stats.hypergeom.sf(right - 1, rows + validation, right + right_validation, rows))


def variant_p(ps: Sequence[float]) -> float:
    """Return a p of several runs on the same rows, valid whatever their dependence: by the middle run, or by the least.

    Half of so many p values lie at or below some value at most twice as often as one does (Rüger 1978), and any of them
    at most as often as they are many (Bonferroni): twice the smaller of the two, as there are two.
    """
    middle, least = sorted(ps)[(len(ps) - 1) // 2], min(ps)
    return min(1.0, 2 * min(2 * middle, len(ps) * least)) if len(ps) > 1 else least


def plausibility(trained: Sequence[Record], evaluated: Sequence[Record], validation: int) -> pd.DataFrame:
    """Return one row a variant that was evaluated on rows drawn like the `validation` ones, accuracies as fractions.

    `trained` are the records of runs, `evaluated` those of their evaluations. `implausible` are variants whose p is at
    most LEVEL; `telling` those whose p could be, with as many right answers, did more of them fall among held-out rows.
    """
    reached = {(run["variant"], run["seed"]): run["validation_accuracy"] for run in trained}
    found: dict[str, list[tuple[float, float, int, float, float]]] = {}
    for each in evaluated:
        rows, right, mine = each["drawn"]["n"], each["drawn"]["right"], reached[each["variant"], each["seed"]]
        if rows:
            seen = round(mine * validation)
            most = min(rows, right + seen)
            ps = run_p(right, rows, seen, validation), run_p(most, rows, right + seen - most, validation)
            found.setdefault(each["variant"], []).append((right / rows, mine, rows, *ps))
    return pd.DataFrame([row(variant, runs) for variant, runs in found.items()], columns=COLUMNS)


COLUMNS = ["variant", "n", "items", "held_out", "validation", "difference", "sd", "p", "telling", "implausible"]


def row(variant: str, runs: Sequence[tuple[float, float, int, float, float]]) -> dict[str, Any]:
    """Return what is said of one variant: from (accuracy, validation accuracy, items, p, least p) of its runs."""
    held_out, validation, items, ps, least = zip(*runs, strict=True)
    p = variant_p(ps)
    return {
        "variant": variant,
        "n": len(runs),
        "items": int(np.median(items)),
        "held_out": float(np.mean(held_out)),
        "validation": float(np.mean(validation)),
        "difference": float(np.mean(held_out) - np.mean(validation)),
        "sd": float(np.std(held_out, ddof=1)) if len(runs) > 1 else float("nan"),
        "p": p,
        "telling": variant_p(least) <= LEVEL,
        "implausible": p <= LEVEL,
    }


def control(table: pd.DataFrame) -> Control:
    """Return the control that fails where a variant is implausible, by the one whose p is least.

    It does not apply, and its p is 1, where no variant could be told from an honest one.
    """
    if not table["telling"].any():
        unknown = float("nan")
        return Control(IMPLAUSIBLE, 0, 0, unknown, unknown, unknown, unknown, 1.0, LEVEL)
    told = table[table["telling"].astype(bool)]
    worst = told.iloc[int(told["p"].to_numpy().argmin())]
    return Control(
        control=IMPLAUSIBLE,
        n=int(worst["n"]),
        against=0,
        mean=float(worst["held_out"]),
        sd=float(worst["sd"]),
        expected=float(worst["validation"]),
        difference=float(worst["difference"]),
        p=float(worst["p"]),
        alpha=LEVEL,
    )
