"""Contrasts judged at one look at held-out, or at several that were stated beforehand, each at a level of its own.

A family is tested at every look at that look's level, over all seeds up to it; the finding that stands is that of the
first look at which there is one. By Bonferroni's inequality the chance of any false finding under the null is at most
the sum of the levels, whatever the correlation of the looks (Pocock 1977 and O'Brien & Fleming 1979 are sharper, for
normal scores; this holds for exact tests of few seeds).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.science.conclusions import Record, Rule, contrasts
from pipeline.science.one_claim import judged_as_one
from pipeline.science.resampled import Resampled
from pipeline.science.verdicts import Finding

OPEN = (str(Finding.INCONCLUSIVE), str(Finding.INVALID))
KEY = ["family", "variant"]


@dataclass(frozen=True)
class Look:
    """The seeds that one look judges, by name, and its rule."""

    seeds: tuple[str, ...]
    rule: Rule


def looks(
    final: Sequence[int],
    stated: Sequence[Mapping[str, Any]] | None,
    alpha: float,
    margin: float,
    controls_passed: bool = True,
    folds: Resampled | None = None,
) -> list[Look]:
    """Return the looks at some final seeds: one at alpha, or those stated that have no more seeds than these.

    Where even the first has more, for seeds that do not count, it is the first with fewer.

    Intervals match the level of the look: 1 - alpha, and for equivalence 1 - 2 alpha. One look alone has 95 and 90 %.
    `folds`: the design of repeated cross-validation, which has one look, where the final seeds are folds.
    """
    names = tuple(map(str, final))
    if stated is None:
        return [Look(names, Rule(alpha, margin, controls_passed=controls_passed, folds=folds))]
    return [
        Look(names[: look["seeds"]], rule_of(look["alpha"], margin, controls_passed))
        for look in [look for look in stated if look["seeds"] <= len(names)] or stated[:1]
    ]


def rule_of(alpha: float, margin: float, controls_passed: bool) -> Rule:
    """Return the rule of a look, its intervals at the levels that match its alpha."""
    return Rule(alpha, margin, 1 - alpha, 1 - 2 * alpha, controls_passed)


def at_each_look(
    runs: pd.DataFrame, predictions: pd.DataFrame, families: Mapping[str, Record], found: Sequence[Look]
) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Return (contrasts, differences) of every look, over the runs of its seeds and those that have none."""
    return [
        contrasts(of_seeds(runs, look.seeds), of_seeds(predictions, look.seeds), families, look.rule) for look in found
    ]


def of_seeds(table: pd.DataFrame, seeds: Sequence[str]) -> pd.DataFrame:
    """Return the rows of some seeds, and of fixed references."""
    return table[table["seed"].isin([*seeds, "fixed"])]


def interim(tables: Sequence[pd.DataFrame], found: Sequence[Look]) -> pd.DataFrame:
    """Return the contrasts of all looks, one below the other, with the number and the level of the look."""
    numbered = [
        table.assign(look=number, alpha=look.rule.alpha)
        for number, (table, look) in enumerate(zip(tables, found, strict=True), start=1)
    ]
    return pd.concat(numbered, ignore_index=True)


def decided(table: pd.DataFrame) -> pd.DataFrame:
    """Return, of the contrasts of all looks, each as of the first look that decides it, else as of the last.

    A family that is one claim is judged anew by these findings: its null is that of a single contrast, whose chance of
    a finding at any look is bounded as above.
    """
    return judged_as_one(first_decided(table, KEY))


def first_decided(table: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """Return, of what several looks show, each as of the first look that decides it, else as of the last."""
    rows = []
    for _, mine in table.groupby(key, sort=False):
        decisive = mine[~mine["finding"].isin(OPEN)]
        rows.append((decisive if len(decisive) else mine.iloc[-1:]).iloc[0])
    return pd.DataFrame(rows).reset_index(drop=True)
