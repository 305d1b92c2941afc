"""What is concluded from an effect of components: a rule alike in both directions, stated once as data.

`find_effect` and the sentences of `effect_rule` read the table below. Light: imports no scipy.
"""

from collections.abc import Sequence

from pipeline.science.verdicts import CRITERIA, Criterion, Evidence, Finding, Verdict, check_rule, levels

WORDS = {Finding.BETTER: "positive", Finding.WORSE: "negative", Finding.EQUIVALENT: "negligible"}
LEFT_OPEN = {
    str(Finding.INVALID): Verdict.INVALID,
    str(Finding.INCONCLUSIVE): Verdict.INCONCLUSIVE,
}
ALIKE = {
    Finding.EQUIVALENT: Criterion(
        Finding.EQUIVALENT,
        "the {equivalence:g} % t interval of the effect over seeds, uncorrected, lies inside ±{margin:g}",
        lambda seen: -seen.margin < seen.equivalence_low and seen.equivalence_high < seen.margin,
    ),
    Finding.BETTER: Criterion(
        Finding.BETTER,
        "corrected p ≤ {alpha:g}, and the whole {population:g} % interval for new seeds and new items is above zero",
        lambda seen: seen.p_corrected <= seen.alpha and seen.difference > 0 and seen.population_low > 0,
    ),
    Finding.WORSE: Criterion(
        Finding.WORSE,
        "corrected p ≤ {alpha:g}, and the whole {population:g} % interval for new seeds and new items is below zero",
        lambda seen: seen.p_corrected <= seen.alpha and seen.difference < 0 and seen.population_high < 0,
    ),
}
EFFECT_CRITERIA = tuple(ALIKE.get(line.finding, line) for line in CRITERIA)


def find_effect(evidence: Evidence) -> str:
    """Return the first finding of EFFECT_CRITERIA whose condition holds, in the word that is used of effects."""
    return word(next(line.finding for line in EFFECT_CRITERIA if line.holds(evidence)))


def word(finding: Finding) -> str:
    """Return what a finding is called of an effect: positive, negative, negligible, inconclusive or invalid."""
    return WORDS.get(finding, str(finding))


def judge_effect(finding: str, claimed: str) -> Verdict:
    """Return what a finding does to the claim that an effect is positive, negative or negligible."""
    if finding == claimed:
        return Verdict.SUPPORTED
    return LEFT_OPEN.get(finding, Verdict.NOT_SUPPORTED)


def effect_rule(alpha: float, margin: float, looks: Sequence[float] = ()) -> list[str]:
    """Return the rule in plain sentences; `looks` are the levels of several looks at held-out, none where there is one.

    Raises ValueError as `check_rule` does.
    """
    check_rule(alpha, margin)
    return [
        "An effect of components is a weighted sum of the scores of variants trained with the same seed. Its p is that "
        "of the sign-flip test, corrected by Holm among effects of as many components. Its finding is the first of "
        "these that applies.",
        *(effect_criteria(alpha, margin, 95, 90) if not looks else ()),
        *(f"Look {n}. {said}" for n, of in enumerate(looks, 1) for said in effect_criteria(of, margin, *levels(of))),
    ]


def effect_criteria(alpha: float, margin: float, population: float, equivalence: float) -> list[str]:
    """Return the criteria in words, the levels of intervals in percent."""
    stated = {"alpha": alpha, "margin": margin, "population": population, "equivalence": equivalence}
    return [f"Effect {word(line.finding)}: {line.words}.".format(**stated) for line in EFFECT_CRITERIA]
