"""The sentences that a study claims, each judged by the contrasts it rests on.

A claim that needs all contrasts of a family is an intersection-union test: it stands where each stands at alpha, with
no correction (Berger 1982). One that needs any of them, or one by name, reads them singly, corrected by Holm.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pipeline.base.effect_claims import ALL, ANY, CLAIMED, key_of
from pipeline.science.conclusions import Record
from pipeline.science.effect_rule import judge_effect
from pipeline.science.sequential import KEY, Look
from pipeline.science.verdicts import Claim, Evidence, Finding, Verdict, find, judge

COLUMNS = ["claim", "sentence", "family", "requires", "contrasts", "supporting", "verdict", "rests_on"]


def claims(
    stated: Mapping[str, Record],
    by_look: Sequence[pd.DataFrame],
    looks: Sequence[Look],
    decided: pd.DataFrame,
    effects: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return one row a claim: the sentence, what it needs, how many contrasts support it, its verdict.

    `by_look` has the contrasts of each look, `decided` those whose finding stands, `effects` the effects of components
    whose finding stands, where there are any.
    """
    alone = verdicts_alone(by_look, looks)
    contrasts = {(row["family"], row["variant"]): Verdict(row["verdict"]) for row in decided.to_dict("records")}
    read_singly = {**verdicts_of_effects(effects), **contrasts}
    rows = []
    for name, claim in stated.items():
        source = alone if claim["requires"] == ALL else read_singly
        found = {variant: verdict for (family, variant), verdict in source.items() if family == claim["family"]}
        if claim["requires"] not in (ALL, ANY):
            found = {claim["requires"]: found[claim["requires"]]}
        supporting = sum(verdict is Verdict.SUPPORTED for verdict in found.values())
        verdict = verdict_of(claim["requires"], list(found.values()))
        rests = ", ".join(f"{variant}: {each}" for variant, each in found.items())
        told = (
            name,
            claim["sentence"],
            claim["family"],
            claim["requires"],
            len(found),
            supporting,
            str(verdict),
            rests,
        )
        rows.append(dict(zip(COLUMNS, told, strict=True)))
    return pd.DataFrame(rows, columns=COLUMNS)


def verdicts_of_effects(effects: pd.DataFrame | None) -> dict[tuple[str, str], Verdict]:
    """Return {(what is claimed of effects, effect): verdict}, p corrected among effects of as many components."""
    rows = [] if effects is None else effects.to_dict("records")
    return {
        (family, key_of(row["effect"])): judge_effect(row["finding"], claimed)
        for family, claimed in CLAIMED.items()
        for row in rows
    }


def verdicts_alone(by_look: Sequence[pd.DataFrame], looks: Sequence[Look]) -> dict[tuple[str, str], Verdict]:
    """Return {(family, contrast): verdict} at alpha without correction, as of the first look that decides it."""
    found: dict[tuple[str, str], Verdict] = {}
    settled: set[tuple[str, str]] = set()
    for table, look in zip(by_look, looks, strict=True):
        for row in table.to_dict("records"):
            key = tuple(row[part] for part in KEY)
            if key in settled:
                continue
            finding = finding_alone(row, look)
            found[key[0], key[1]] = judge(finding, Claim(row["claim"]))
            if finding not in (Finding.INCONCLUSIVE, Finding.INVALID):
                settled.add((key[0], key[1]))
    return found


def finding_alone(row: Mapping[Any, Any], look: Look) -> Finding:
    """Return what a contrast shows by its own p; one that is invalid stays so."""
    valid = row["finding"] != str(Finding.INVALID)
    return find(
        Evidence(
            complete=valid,
            controls_passed=valid,
            difference=row["difference"],
            p_corrected=row["p"],
            population_low=row["population_low"],
            equivalence_low=row["equivalence_low"],
            equivalence_high=row["equivalence_high"],
            alpha=look.rule.alpha,
            margin=look.rule.margin,
        )
    )


def verdict_of(requires: str, verdicts: Sequence[Verdict]) -> Verdict:
    """Return a claim's verdict: of all, the worst there is; of any, the best."""
    worst_first = (Verdict.INVALID, Verdict.NOT_SUPPORTED, Verdict.INCONCLUSIVE, Verdict.SUPPORTED)
    best_first = (Verdict.SUPPORTED, Verdict.INVALID, Verdict.INCONCLUSIVE, Verdict.NOT_SUPPORTED)
    return min(verdicts, key=(best_first if requires == ANY else worst_first).index)
