"""The rule of effects: findings alike in both directions, verdicts of claims, and the sentences that state both."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.science.effect_rule import EFFECT_CRITERIA, effect_rule, find_effect, judge_effect
from pipeline.science.verdicts import Evidence, Finding

POSITIVE = Evidence(
    complete=True, controls_passed=True, difference=0.03, p_corrected=0.01, population_low=0.012, population_high=0.048,
    equivalence_low=0.02, equivalence_high=0.04, alpha=0.05, margin=0.01,
)  # fmt: skip


def mirrored(seen: Evidence) -> Evidence:
    """Return what the same scores show of an effect taken the other way round."""
    return replace(
        seen,
        difference=-seen.difference,
        population_low=-seen.population_high,
        population_high=-seen.population_low,
        equivalence_low=-seen.equivalence_high,
        equivalence_high=-seen.equivalence_low,
    )


def test_an_effect_taken_the_other_way_round_is_negative() -> None:
    assert find_effect(POSITIVE) == "positive"
    assert find_effect(mirrored(POSITIVE)) == "negative"


@pytest.mark.parametrize(
    "weakness", [{"p_corrected": 0.06}, {"population_low": -0.001}, {"population_low": float("nan")}]
)
def test_an_effect_that_lacks_one_condition_is_inconclusive_in_both_directions(weakness: dict[str, float]) -> None:
    weak = replace(POSITIVE, **weakness)
    assert find_effect(weak) == find_effect(mirrored(weak)) == "inconclusive"


def test_a_negligible_effect_is_so_even_where_it_is_significant_and_a_failed_control_voids_all() -> None:
    small = replace(POSITIVE, equivalence_low=0.001, equivalence_high=0.009)
    assert find_effect(small) == find_effect(mirrored(small)) == "negligible"
    assert find_effect(replace(small, controls_passed=False)) == "invalid"


@given(low=st.floats(-0.1, 0.1), width=st.floats(0, 0.1), p=st.floats(0, 1), margin=st.floats(0.001, 0.1))
def test_every_finding_mirrors(low: float, width: float, p: float, margin: float) -> None:
    swapped = {"positive": "negative", "negative": "positive"}
    seen = replace(
        POSITIVE, difference=low + width / 2, population_low=low, population_high=low + width, p_corrected=p,
        equivalence_low=low, equivalence_high=low + width, margin=margin,
    )  # fmt: skip
    found = find_effect(seen)
    assert find_effect(mirrored(seen)) == swapped.get(found, found)


@pytest.mark.parametrize("claimed", ["positive", "negative", "negligible"])
def test_a_claim_of_an_effect_is_supported_by_what_it_says_alone(claimed: str) -> None:
    verdicts = {found: str(judge_effect(found, claimed)) for found in ("positive", "negative", "negligible")}
    assert verdicts == {**dict.fromkeys(verdicts, "not supported"), claimed: "supported"}
    assert judge_effect("inconclusive", claimed) == "inconclusive"
    assert judge_effect("invalid", claimed) == "invalid"


def test_the_rule_names_every_finding_once_a_look_with_the_level_of_its_intervals() -> None:
    rule = effect_rule(0.05, 0.01)
    assert len([line for line in rule if line.startswith("Effect ")]) == len(EFFECT_CRITERIA) == len(Finding)
    assert any("corrected p ≤ 0.05, and the whole 95 % interval" in line for line in rule)
    looks = effect_rule(0.05, 0.01, [0.01, 0.04])
    assert any(line.startswith("Look 1. Effect positive: corrected p ≤ 0.01") and "99 %" in line for line in looks)
    assert any(line.startswith("Look 2. Effect negligible: the 92 % t interval") for line in looks)
