"""From scores to contrasts, findings, verdicts and the few numbers that DVC compares."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.base.design import FULL
from pipeline.science.controls import failed
from pipeline.science.crossed import crossed_interval
from pipeline.science.one_claim import claims, judged_as_one
from pipeline.science.resampled import Resampled, over_folds
from pipeline.science.statistics import OVER_SEEDS, Contrast, contrast, differences, holm
from pipeline.science.tables import scores_of
from pipeline.science.verdicts import Claim, Evidence, Finding, Verdict, find, judge, summarise

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """The level of a family, the margin of equivalence, the levels of both intervals, and whether controls passed.

    `folds`: the design of repeated cross-validation, None where runs are independent seeds.
    """

    alpha: float
    margin: float
    confidence: float = 0.95
    equivalence_confidence: float = 0.90
    controls_passed: bool = True
    folds: Resampled | None = None


def contrasts(
    runs: pd.DataFrame, predictions: pd.DataFrame, families: Mapping[str, Record], rule: Rule
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (contrasts, differences): one row a contrast, and one row a contrast and seed."""
    rows, by_seed = [], []
    for name, family in families.items():
        as_one = Claim(family["claim"]) is Claim.SUPERIORITY_TO_EVERY
        tests = 1 if as_one else len(family["members"])
        found = {other: compare(runs, other, rule, tests) for other in family["members"]}
        uncorrected = [found[other].p for other in found]
        corrected = uncorrected if as_one else holm(uncorrected)
        for (other, result), p in zip(found.items(), corrected, strict=True):
            rows.append(row(name, family, other, result, p, population(predictions, other, result, rule), rule))
            by_seed.append(per_seed(runs, name, other))
    return judged_as_one(pd.DataFrame(rows)), pd.concat(by_seed, ignore_index=True)


def population(predictions: pd.DataFrame, other: str, result: Contrast, rule: Rule) -> tuple[float, float]:
    """Return the interval of a contrast for new seeds and new items; over folds, whose items are new, its interval."""
    if rule.folds is not None:
        return result.low, result.high
    return crossed_interval(correctness(predictions, FULL), correctness(predictions, other), rule.confidence)


def compare(runs: pd.DataFrame, other: str, rule: Rule, contrasts: int) -> Contrast:
    """Return the contrast of the full method with a variant, over seeds or over folds."""
    return contrast(
        held_out(runs, FULL).to_numpy(),
        held_out(runs, other).to_numpy(),
        margin=rule.margin,
        alpha=rule.alpha,
        contrasts=contrasts,
        confidence=rule.confidence,
        equivalence_confidence=rule.equivalence_confidence,
        inference=over_folds(rule.folds) if rule.folds else OVER_SEEDS,
    )


def held_out(runs: pd.DataFrame, variant: str) -> "pd.Series[float]":
    """Return a variant's held-out scores by seed, seeds in order."""
    mine = runs[runs["variant"] == variant].sort_values("seed")
    return pd.Series(scores_of(mine, "held_out").to_numpy(dtype=np.float64), index=mine["seed"].to_list())


def correctness(predictions: pd.DataFrame, variant: str) -> NDArray[np.float64]:
    """Return what each item counts, by accuracy whether it is right: float64 [seeds, items], seeds in order."""
    mine = predictions[predictions["variant"] == variant]
    values = "score" if "score" in predictions else "correct"
    return mine.pivot_table(index="seed", columns="item", values=values, aggfunc="first").to_numpy(dtype=np.float64)


def row(
    name: str,
    family: Record,
    other: str,
    result: Contrast,
    corrected: float,
    population: tuple[float, float],
    rule: Rule,
) -> dict[str, Any]:
    """Return one row of the contrasts table, verdict included."""
    evidence = Evidence(
        complete=True,
        controls_passed=rule.controls_passed,
        difference=result.difference,
        p_corrected=corrected,
        population_low=population[0],
        equivalence_low=result.equivalence_low,
        equivalence_high=result.equivalence_high,
        alpha=rule.alpha,
        margin=rule.margin,
    )
    finding: Finding = find(evidence)
    verdict: Verdict = judge(finding, Claim(family["claim"]))
    return {
        "family": name,
        "claim": family["claim"],
        "reference": FULL,
        "variant": other,
        "n": result.n,
        "paired": result.paired,
        "difference": result.difference,
        "sd": result.sd,
        "low": result.low,
        "high": result.high,
        "population_low": population[0],
        "population_high": population[1],
        "p": result.p,
        "p_corrected": corrected,
        "p_wilcoxon": result.p_wilcoxon,
        "d_z": result.d_z,
        "wins": result.wins,
        "losses": result.losses,
        "ties": result.ties,
        "margin": rule.margin,
        "equivalence_low": result.equivalence_low,
        "equivalence_high": result.equivalence_high,
        "p_equivalence": result.p_equivalence,
        "minimum_detectable_effect": result.minimum_detectable_effect,
        "finding": str(finding),
        "verdict": str(verdict),
        **({"folds": rule.folds.folds} if rule.folds else {}),
    }


def per_seed(runs: pd.DataFrame, family: str, other: str) -> pd.DataFrame:
    """Return a contrast's differences, one row a seed; against a fixed reference, a seed of the side that has some."""
    full, theirs = held_out(runs, FULL), held_out(runs, other)
    return pd.DataFrame(
        {
            "family": family,
            "variant": other,
            "seed": list(full.index if len(full) >= len(theirs) else theirs.index),
            "difference": differences(full.to_numpy(), theirs.to_numpy()),
        }
    )


def metrics(tables: Mapping[str, pd.DataFrame], status: str) -> dict[str, Any]:
    """Return the few numbers that are compared across experiments, rounded to six digits; `status` is the study's."""
    variants = tables["variants"]
    full = variants[variants["variant"] == FULL].iloc[0]
    found: dict[str, Any] = {"validation": score(full, "validation"), "status": status}
    if "controls" in tables:
        found["controls"] = of_controls(tables["controls"])
    if "plausibility" in tables:
        found["implausible"] = implausible(tables["plausibility"])
    if not math.isnan(full["held_out_mean"]):
        found["held_out"] = score(full, "held_out")
    if "contrasts" in tables:
        contrasts = tables["contrasts"]
        found["verdict"] = {
            name: summarise([Verdict(verdict) for verdict in family["verdict"]])
            for name, family in claims(contrasts).groupby("family", sort=False)
        }
    if "looks" in tables:
        found["look"] = int(tables["looks"]["look"].max())
    if "claims" in tables:
        found["claims"] = dict(zip(tables["claims"]["claim"], tables["claims"]["verdict"], strict=True))
    return found


def implausible(plausibility: pd.DataFrame) -> list[str]:
    """Return the variants whose held-out scores are too good to be honest."""
    return [str(name) for name in plausibility.loc[plausibility["implausible"].astype(bool), "variant"]]


def of_controls(controls: pd.DataFrame) -> dict[str, Any]:
    """Return the p of each control, and whether they passed or which failed."""
    lost = failed(controls)
    values = {str(name): round(float(p), 6) for name, p in zip(controls["control"], controls["p"], strict=True)}
    return {"outcome": f"failed: {', '.join(lost)}" if lost else "passed", "p": values}


def score(row: "pd.Series[Any]", split: str) -> dict[str, Any]:
    """Return {mean, sd, n} of one split; sd is None with one run."""
    sd = float(row[f"{split}_sd"])
    return {
        "mean": round(float(row[f"{split}_mean"]), 6),
        "sd": None if math.isnan(sd) else round(sd, 6),
        "n": int(row["n"]),
    }
