from typing import Any

import pandas as pd
import pytest

from pipeline.science.claims import claims, verdict_of
from pipeline.science.conclusions import Rule
from pipeline.science.rule_in_words import rule_in_words
from pipeline.science.sequential import Look
from pipeline.science.verdicts import Verdict

RULE = Rule(0.05, 0.01)
LOOK = Look(("10",), RULE)
FAMILIES = {"ablation": "superiority"}


def row(variant: str, p: float, corrected: float, difference: float = 0.1, finding: str = "") -> dict[str, Any]:
    """Return what a contrast shows, its verdict by the corrected p."""
    found = finding or ("better" if corrected <= 0.05 and difference > 0 else "inconclusive")
    return {
        "family": "ablation",
        "variant": variant,
        "claim": "superiority",
        "difference": difference,
        "population_low": difference - 0.05,
        "equivalence_low": difference - 0.04,
        "equivalence_high": difference + 0.04,
        "p": p,
        "p_corrected": corrected,
        "finding": found,
        "verdict": {"better": "supported", "worse": "not supported"}.get(found, found),
    }


def judged(requires: str, *rows: dict[str, Any]) -> Any:
    """Return the one claim over some contrasts."""
    table = pd.DataFrame(rows)
    stated = {"helps": {"sentence": "All parts help.", "family": "ablation", "requires": requires}}
    return claims(stated, [table], [LOOK], table).iloc[0]


def test_a_claim_of_all_contrasts_is_tested_without_correction_each_at_alpha() -> None:
    found = judged("all", row("a", 0.04, 0.08), row("b", 0.001, 0.002))
    assert (found["verdict"], found["supporting"], found["contrasts"]) == ("supported", 2, 2)
    assert judged("any", row("a", 0.04, 0.08))["verdict"] == "inconclusive"
    assert judged("a", row("a", 0.04, 0.08), row("b", 0.001, 0.002))["verdict"] == "inconclusive"
    assert judged("b", row("a", 0.04, 0.08), row("b", 0.001, 0.002))["verdict"] == "supported"


def test_one_contrast_that_does_not_hold_takes_a_claim_of_all_down() -> None:
    assert judged("all", row("a", 0.001, 0.002), row("b", 0.2, 0.2))["verdict"] == "inconclusive"
    assert judged("all", row("a", 0.001, 0.002), row("b", 0.001, 0.002, -0.1, "worse"))["verdict"] == "not supported"
    assert judged("all", row("a", 0.001, 0.002), row("b", 0.001, 0.002, 0.1, "invalid"))["verdict"] == "invalid"


def test_a_claim_of_all_stands_by_what_each_contrast_showed_at_the_first_look_that_decides_it() -> None:
    first, second = (Look(("10",), Rule(alpha, 0.01)) for alpha in (0.01, 0.04))
    tables = [pd.DataFrame([row("a", p, p), row("b", q, q)]) for p, q in ((0.005, 0.03), (0.6, 0.03))]
    stated = {"helps": {"sentence": "All parts help.", "family": "ablation", "requires": "all"}}
    assert claims(stated, tables, [first, second], tables[1]).iloc[0]["verdict"] == "supported"
    assert claims(stated, tables[:1], [first], tables[0]).iloc[0]["verdict"] == "inconclusive"


@pytest.mark.parametrize(("requires", "verdict"), [("all", Verdict.NOT_SUPPORTED), ("any", Verdict.SUPPORTED)])
def test_all_takes_the_worst_verdict_and_any_the_best(requires: str, verdict: Verdict) -> None:
    assert verdict_of(requires, [Verdict.SUPPORTED, Verdict.INCONCLUSIVE, Verdict.NOT_SUPPORTED]) is verdict


def test_the_plan_states_each_sentence_with_its_rule_and_each_look_with_its_level() -> None:
    claim = {"sentence": "All parts help.", "family": "ablation", "requires": "all"}
    stated = {"alpha": 0.05, "margin": 0.01, "metric": "accuracy", "claims": {"helps": claim}}
    (said,) = [line for line in rule_in_words(stated, None, FAMILIES) if "All parts help." in line]
    assert "every contrast of ablation supports it at alpha 0.05 by itself" in said
    looks = rule_in_words(stated, [{"seeds": 8, "alpha": 0.01}, {"seeds": 12, "alpha": 0.04}], FAMILIES)
    assert any(line.startswith("Look 1. Better: corrected p ≤ 0.01") and "99 % interval" in line for line in looks)
    assert any("8 seeds at alpha 0.01, then 12 seeds at alpha 0.04" in line for line in looks)
