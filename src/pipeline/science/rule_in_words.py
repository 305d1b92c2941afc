"""The whole rule that a study is judged by, in words: as the plan prints it and the report repeats it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pipeline.base.effect_claims import ALL, ANY, CLAIMED
from pipeline.science import measures
from pipeline.science.effect_rule import effect_rule
from pipeline.science.resampled_words import words_of
from pipeline.science.verdicts import OF_SEEDS, Claim, decision_rule

NO_CONTRAST = "Nothing is contrasted: no variant is said to be better or worse than another."


def rule_in_words(
    claim: Mapping[str, Any],
    looks: Sequence[Mapping[str, Any]] | None,
    families: Mapping[str, str],
    effects: bool = False,
    resampling: Mapping[str, Any] | None = None,
    counted: int | None = None,
) -> list[str]:
    """Return the decision rule of a study, of its looks and of its claims, a sentence each.

    `claim` is the section `study` of params.yaml, `looks` what seeds.looks states, `families` what each family claims;
    `effects`: whether those of components are judged; `resampling` what data.resampling states;
    `counted` how many final seeds count, where these are not all.
    """
    words = words_of(resampling, counted) if resampling else OF_SEEDS
    level = "the alpha of a look" if looks else f"alpha {claim['alpha']:g}"
    stated = claim["alpha"], claim["margin"], [look["alpha"] for look in looks or ()]
    claimed = {Claim(each) for each in families.values()}
    return [
        *(decision_rule(*stated, claimed, words) if claimed else [NO_CONTRAST]),
        *(effect_rule(*stated) if effects else ()),
        *measure_sentences(claim["metric"], of_items=resampling is None),
        *(look_sentences(looks) if looks else ()),
        *(rule_of(name, of, level, families) for name, of in (claim.get("claims") or {}).items()),
    ]


def measure_sentences(metric: str, of_items: bool) -> list[str]:
    """Return by which measure is judged, and what its intervals are for; nothing for accuracy.

    `of_items`: whether some intervals are for new items; over folds all are for new rows, whatever the measure.
    """
    if not measures.stated(metric):
        return []
    measure = measures.load(metric)
    if measures.is_over_items(measure):
        return [f"The measure is {measure.WORDS}, a mean over items."]
    if not of_items:
        return [f"The measure is {measure.WORDS}, of the rows that a fold holds out."]
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
        "At each look a family, or the effects of as many components, is corrected and judged at that look's alpha, "
        "with intervals of 1 − alpha, and of "
        "1 − 2 alpha for equivalence; the finding of the first look that is not inconclusive stands.",
    ]


def rule_of(name: str, claim: Mapping[str, Any], level: str, families: Collection[str]) -> str:
    """Return in a sentence what a claim says and when it stands."""
    return f"Claim {name}: “{claim['sentence']}” It stands where {needed(claim, level, families)}."


def needed(claim: Mapping[str, Any], level: str, families: Collection[str]) -> str:
    """Return what a claim rests on, in words."""
    family, requires = claim["family"], claim["requires"]
    if family in CLAIMED and family not in families:
        return f"the effect {requires} is {CLAIMED[family]}, corrected among effects of as many components"
    if requires == ALL:
        return f"every contrast of {family} supports it at {level} by itself, uncorrected (an intersection-union test)"
    if requires == ANY:
        return f"one or more contrasts of {family} support it, corrected within the family"
    return f"the contrast with {requires} supports it, corrected within {family}"
