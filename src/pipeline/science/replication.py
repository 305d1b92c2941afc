"""Held-out results beside published numbers: within a stated tolerance, outside it, or not to be told."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pandas as pd

from pipeline.science.conclusions import held_out
from pipeline.science.statistics import Interval, Scores, differences, equivalence_p, finite, t_interval

CONFIDENCE = 0.90  # the interval that two one-sided tests at 5 % go by (Schuirmann 1987)
FIXED = "fixed"


class Outcome(StrEnum):
    """What a comparison with a published number shows."""

    REPLICATES = "replicates"
    DOES_NOT = "does not replicate"
    INCONCLUSIVE = "inconclusive"


def replication(stated: Mapping[str, Mapping[str, Any]], runs: pd.DataFrame) -> pd.DataFrame:
    """Return one row a published number: ours, the difference with its 90 % interval, and what that shows.

    Each row is judged by itself, at 5 %: where all must replicate, all rows must say so.
    """
    return pd.DataFrame([row(name, about, runs) for name, about in stated.items()])


def row(name: str, about: Mapping[str, Any], runs: pd.DataFrame) -> dict[str, Any]:
    """Return one row; differences are ours minus the published number, in fractions."""
    ours = results(runs, about)
    fixed = set(runs.loc[runs["variant"].isin([about["variant"], about["minus"]]), "seed"]) == {FIXED}
    beside = differences(ours, about["published"])
    interval = Interval(float(beside[0]), float(beside[0])) if fixed else t_interval(beside, CONFIDENCE)
    return {
        "result": name,
        "variant": about["variant"],
        "minus": about["minus"] or "",
        "n": len(ours),
        "fixed": fixed,
        "ours": float(ours.mean()),
        "published": about["published"],
        "difference": float(beside.mean()),
        "low": interval.low,
        "high": interval.high,
        "tolerance": about["tolerance"],
        "p_equivalence": equivalence_p(beside, about["tolerance"]),
        "outcome": str(outcome(interval, about["tolerance"])),
        "cite": about["cite"],
    }


def results(runs: pd.DataFrame, about: Mapping[str, Any]) -> Scores:
    """Return a variant's held-out accuracies by seed, or, paired by seed, how much they are above another's."""
    mine = finite(held_out(runs, about["variant"]))
    if about["minus"] is None:
        return mine
    return differences(mine, held_out(runs, about["minus"]))


def outcome(interval: Interval, tolerance: float) -> Outcome:
    """Return what the 90 % interval of a difference shows: inside ± tolerance, wholly outside, or neither.

    An interval that is not known, as with a single seed, shows nothing.
    """
    if -tolerance < interval.low and interval.high < tolerance:
        return Outcome.REPLICATES
    if interval.low >= tolerance or interval.high <= -tolerance:
        return Outcome.DOES_NOT
    return Outcome.INCONCLUSIVE


def metrics(table: pd.DataFrame) -> dict[str, str]:
    """Return the outcome of each comparison by name."""
    return {str(row["result"]): str(row["outcome"]) for row in table.to_dict("records")}
