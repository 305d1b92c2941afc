"""The decision rule: findings in their order, verdicts of claims, and the sentences that state both."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.science.verdicts import (
    CRITERIA,
    Claim,
    Evidence,
    Finding,
    Verdict,
    decision_rule,
    find,
    judge,
    judge_as_one,
    required_seeds,
    summarise,
)

CLEARLY_BETTER = Evidence(
    complete=True,
    controls_passed=True,
    difference=0.03,
    p_corrected=0.01,
    population_low=0.012,
    equivalence_low=0.02,
    equivalence_high=0.04,
    alpha=0.05,
    margin=0.01,
)
NEGLIGIBLE = replace(CLEARLY_BETTER, difference=0.004, equivalence_low=0.001, equivalence_high=0.007)
CLEARLY_WORSE = replace(
    CLEARLY_BETTER, difference=-0.03, population_low=-0.05, equivalence_low=-0.04, equivalence_high=-0.02
)
UNKNOWN = float("nan")
ANY_SCORE = st.floats(-1, 1) | st.just(UNKNOWN)


def test_a_significant_upward_difference_above_zero_in_the_population_is_better():
    assert find(CLEARLY_BETTER) is Finding.BETTER


def test_a_significant_downward_difference_is_worse():
    assert find(CLEARLY_WORSE) is Finding.WORSE


@pytest.mark.parametrize("fault", [{"complete": False}, {"controls_passed": False}])
@pytest.mark.parametrize("evidence", [CLEARLY_BETTER, NEGLIGIBLE, CLEARLY_WORSE])
def test_a_missing_run_or_a_failed_control_comes_before_every_other_finding(evidence, fault):
    assert find(replace(evidence, **fault)) is Finding.INVALID


def test_a_negligible_difference_is_equivalent_even_when_it_is_significant():
    assert find(NEGLIGIBLE) is Finding.EQUIVALENT
    assert find(replace(NEGLIGIBLE, margin=0.007)) is Finding.BETTER


@pytest.mark.parametrize(
    "weakness",
    [
        {"p_corrected": 0.0501},
        {"population_low": -0.001},
        {"population_low": 0.0},
        {"population_low": UNKNOWN},
    ],
)
def test_an_upward_difference_that_lacks_one_condition_is_inconclusive(weakness):
    assert find(replace(CLEARLY_BETTER, **weakness)) is Finding.INCONCLUSIVE


def test_a_corrected_p_equal_to_alpha_is_enough():
    assert find(replace(CLEARLY_BETTER, p_corrected=0.05)) is Finding.BETTER
    assert find(replace(CLEARLY_WORSE, p_corrected=0.05)) is Finding.WORSE
    assert find(replace(CLEARLY_WORSE, p_corrected=0.0501)) is Finding.INCONCLUSIVE


def test_an_interval_that_touches_the_margin_is_not_inside_it():
    assert find(replace(NEGLIGIBLE, equivalence_high=0.01, p_corrected=1.0)) is Finding.INCONCLUSIVE


def test_evidence_of_one_seed_alone_is_inconclusive():
    lone = replace(CLEARLY_BETTER, p_corrected=1.0, population_low=UNKNOWN)
    assert find(replace(lone, equivalence_low=UNKNOWN, equivalence_high=UNKNOWN)) is Finding.INCONCLUSIVE


def by_the_book(e: Evidence) -> Finding:
    """The rule as RIGOUR words it, written out a second time."""
    if not e.complete or not e.controls_passed:
        return Finding.INVALID
    if max(abs(e.equivalence_low), abs(e.equivalence_high)) < e.margin:
        return Finding.EQUIVALENT
    if e.p_corrected <= e.alpha and e.difference > 0:
        return Finding.BETTER if e.population_low > 0 else Finding.INCONCLUSIVE
    return Finding.WORSE if e.p_corrected <= e.alpha and e.difference < 0 else Finding.INCONCLUSIVE


@given(
    evidence=st.builds(
        Evidence,
        complete=st.booleans(),
        controls_passed=st.booleans(),
        difference=st.floats(-1, 1),
        p_corrected=st.floats(0, 1),
        population_low=ANY_SCORE,
        equivalence_low=st.floats(-1, 0.1),
        equivalence_high=st.floats(0.1, 1),
        alpha=st.floats(0.001, 0.2),
        margin=st.floats(0.001, 1),
    )
)
def test_every_evidence_has_the_finding_that_the_written_rule_gives(evidence):
    assert find(evidence) is by_the_book(evidence)


def test_rules_in_another_order_would_be_noticed():
    swapped = [CRITERIA[2], CRITERIA[1]]
    found = next(line.finding for line in swapped if line.holds(NEGLIGIBLE))
    assert found is not by_the_book(NEGLIGIBLE)


def test_a_superiority_claim_is_supported_by_better_alone():
    verdicts = {finding: judge(finding, Claim.SUPERIORITY) for finding in Finding}
    assert verdicts == {
        Finding.BETTER: Verdict.SUPPORTED,
        Finding.WORSE: Verdict.NOT_SUPPORTED,
        Finding.EQUIVALENT: Verdict.NOT_SUPPORTED,
        Finding.INCONCLUSIVE: Verdict.INCONCLUSIVE,
        Finding.INVALID: Verdict.INVALID,
    }


def test_an_equivalence_claim_is_supported_by_equivalent_alone():
    verdicts = {finding: judge(finding, Claim.EQUIVALENCE) for finding in Finding}
    assert verdicts == {
        Finding.EQUIVALENT: Verdict.SUPPORTED,
        Finding.BETTER: Verdict.NOT_SUPPORTED,
        Finding.WORSE: Verdict.NOT_SUPPORTED,
        Finding.INCONCLUSIVE: Verdict.INCONCLUSIVE,
        Finding.INVALID: Verdict.INVALID,
    }


def test_a_claim_may_be_named_by_its_word():
    assert judge(Finding.BETTER, Claim("superiority")) == "supported"


def test_a_family_is_summed_up_by_how_many_claims_are_supported():
    verdicts = [Verdict.SUPPORTED, Verdict.INCONCLUSIVE, Verdict.SUPPORTED, Verdict.SUPPORTED]
    assert summarise(verdicts) == "supported 3 of 4"
    assert summarise([Verdict.NOT_SUPPORTED, Verdict.INVALID]) == "supported 0 of 2, invalid 1"


def test_the_sentences_name_every_finding_in_the_order_in_which_it_is_decided():
    rule = "\n".join(decision_rule(0.05, 0.01))
    places = [rule.index(f"\n{finding.capitalize()}: ") for finding in Finding]
    assert places == sorted(places)


def test_the_sentences_carry_the_level_and_the_margin_of_the_study():
    rule = " ".join(decision_rule(0.01, 0.005))
    assert rule.count("corrected p ≤ 0.01") == 2
    assert "inside ±0.005" in rule
    assert "{" not in rule


def test_the_sentences_say_what_each_finding_does_to_each_claim():
    rule = decision_rule(0.05, 0.01)
    assert rule[-2:] == [
        "A claim of superiority is supported by the finding better, not supported by equivalent or worse; "
        "inconclusive and invalid leave it open.",
        "A claim of equivalence is supported by the finding equivalent, not supported by better or worse; "
        "inconclusive and invalid leave it open.",
    ]


@pytest.mark.parametrize(
    ("contrasts", "seeds"),
    [(1, 6), (2, 7), (3, 7), (4, 8), (6, 8), (7, 9), (12, 9), (13, 10), (25, 10)],
)
def test_the_seeds_required_at_five_percent_grow_with_the_family(contrasts, seeds):
    assert required_seeds(contrasts, 0.05) == seeds


@given(contrasts=st.integers(1, 60), alpha=st.floats(0.0005, 0.5))
def test_the_required_seeds_reach_alpha_and_one_fewer_does_not(contrasts, alpha):
    seeds = required_seeds(contrasts, alpha)
    assert contrasts * 2 / 2**seeds <= alpha
    assert contrasts * 2 / 2 ** (seeds - 1) > alpha


@pytest.mark.parametrize(("contrasts", "alpha"), [(0, 0.05), (1, 0.0), (1, 1.0), (1, UNKNOWN)])
def test_a_family_or_level_that_cannot_be_is_refused(contrasts, alpha):
    with pytest.raises(ValueError, match="need at least one"):
        required_seeds(contrasts, alpha)


@pytest.mark.parametrize(("alpha", "margin"), [(0.0, 0.01), (1.0, 0.01), (0.05, 0.0), (0.05, -0.01)])
def test_a_rule_that_could_never_or_always_hold_is_refused(alpha, margin):
    with pytest.raises(ValueError, match="alpha must lie"):
        decision_rule(alpha, margin)
    with pytest.raises(ValueError, match="alpha must lie"):
        replace(CLEARLY_BETTER, alpha=alpha, margin=margin)


def test_the_rule_is_read_without_importing_anything_heavy():
    script = "import sys, pipeline.science.verdicts; print({'scipy', 'pandas', 'numpy'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PYTHONPATH": "src"}
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        (["better", "better", "better"], "supported"),
        (["better", "inconclusive", "better"], "inconclusive"),
        (["better", "worse", "inconclusive"], "not supported"),
        (["better", "equivalent", "better"], "not supported"),
        (["invalid", "worse", "better"], "invalid"),
        (["better"], "supported"),
    ],
)
def test_one_claim_over_all_members_is_as_good_as_its_weakest_contrast(findings, verdict):
    assert judge_as_one([Finding(finding) for finding in findings]) == verdict
    assert judge_as_one([Finding(finding) for finding in reversed(findings)]) == verdict


def test_a_claim_over_no_member_is_refused():
    with pytest.raises(ValueError, match="no contrast"):
        judge_as_one([])


def test_the_rule_of_one_claim_is_stated_where_one_is_made():
    usual, as_one = decision_rule(0.05, 0.01), decision_rule(0.05, 0.01, claimed=[*Claim])
    assert len(as_one) == len(usual) + 1
    assert as_one[-1].startswith("A claim of superiority to every member is one claim")
    assert "but not within one that is judged as one claim" in " ".join(as_one)


def test_the_rule_of_a_claim_that_no_family_makes_is_left_out():
    rule = " ".join(decision_rule(0.05, 0.01, claimed=[Claim.EQUIVALENCE]))
    assert "A claim of equivalence is supported by" in rule
    assert "A claim of superiority" not in rule
