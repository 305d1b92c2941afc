"""The whole rule that a study is judged by, in words: as the plan prints it and the report repeats it."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.base.interim import ALL, ANY
from pipeline.science import measures
from pipeline.science.verdicts import decision_rule


def rule_in_words(claim: Mapping[str, Any], looks: Sequence[Mapping[str, Any]] | None, as_one: bool) -> list[str]:
    """Return the decision rule of a study, of its looks and of its claims, a sentence each.

    `claim` is the section `study` of params.yaml, `looks` what seeds.looks states; `as_one`: whether some family is
    judged as one claim.
    """
    level = "the alpha of a look" if looks else f"alpha {claim['alpha']:g}"
    return [
        *decision_rule(claim["alpha"], claim["margin"], [look["alpha"] for look in looks or ()], as_one),
        *measure_sentences(claim["metric"]),
        *(look_sentences(looks) if looks else ()),
        *(rule_of(name, of, level) for name, of in (claim.get("claims") or {}).items()),
    ]


def measure_sentences(metric: str) -> list[str]:
    """Return by which measure is judged, and what its intervals are for; nothing for accuracy."""
    if not measures.stated(metric):
        return []
    measure = measures.load(metric)
    if measures.is_over_items(measure):
        return [f"The measure is {measure.WORDS}, a mean over items."]
    return [
        f"The measure is {measure.WORDS}, which is no mean over items: of new items nothing is known, and every "
        "interval that is said to be for new seeds and new items is for new seeds alone."
    ]


def look_sentences(stated: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the rule of several looks in words; none for one look."""
    parts = ", then ".join(f"{look['seeds']} seeds at alpha {look['alpha']:g}" for look in stated)
    return [
        f"Held-out is looked at {len(stated)} times: {parts}. No seed beyond the open look is evaluated, and a look is "
        "recorded before the next is opened.",
        "At each look a family is corrected and judged at that look's alpha, with intervals of 1 − alpha, and of "
        "1 − 2 alpha for equivalence; the finding of the first look that is not inconclusive stands.",
    ]


def rule_of(name: str, claim: Mapping[str, Any], level: str) -> str:
    """Return in a sentence what a claim says and when it stands."""
    needs = {
        ALL: f"every contrast of {claim['family']} supports it at {level} by itself, uncorrected "
        "(an intersection-union test)",
        ANY: f"one or more contrasts of {claim['family']} support it, corrected within the family",
    }
    single = f"the contrast with {claim['requires']} supports it, corrected within {claim['family']}"
    return f"Claim {name}: “{claim['sentence']}” It stands where {needs.get(claim['requires'], single)}."
