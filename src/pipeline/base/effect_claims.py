"""Effects of components as a study names them, and claims of them: checked for sense.

A claim of an effect states one of the families below, and in `requires` the effect: a component, components joined by
`_x_` for an interaction, or `all_together`.
"""

from collections.abc import Sequence
from itertools import combinations

from pipeline.base.errors import ParameterError, nearest
from pipeline.base.params import PARAMS, Ablation, StatedClaim, Study

CLAIMED = {"positive_effects": "positive", "negative_effects": "negative", "negligible_effects": "negligible"}
ALL, ANY = "all", "any"  # of the contrasts of a family
JOINT = " × "
TOGETHER = "all together"


def effects_of(components: Sequence[str], design: Ablation) -> dict[str, int]:
    """Return {effect: of how many components it speaks} of a design; leave-one-out has none, only contrasts."""
    if design == "leave_one_out":
        return {}
    if design == "add_one_in":
        return {**dict.fromkeys(components, 1), TOGETHER: len(components)}
    sizes = range(1, len(components) + 1)
    return {JOINT.join(named): size for size in sizes for named in combinations(components, size)}


def key_of(effect: str) -> str:
    """Return how params.yaml spells an effect."""
    return effect.replace(JOINT, "_x_").replace(" ", "_")


def is_of_effects(claim: StatedClaim) -> bool:
    """Tell whether a claim is one of effects."""
    return claim.family in CLAIMED


def check_names(study: Study) -> None:
    """Raise ParameterError where a family of contrasts has the name of what is claimed of effects."""
    for name in study.families:
        if name in CLAIMED:
            problem = "is what a claim names to speak of effects of components"
            raise ParameterError(PARAMS, f"families.{name}", problem, "give the family another name")


def check_required(key: str, claim: StatedClaim, names: Sequence[str], what: str) -> None:
    """Raise ParameterError where `all` or `any`, which speaks of a family, is the name of a component or a variant."""
    if claim.requires in (ALL, ANY) and claim.requires in names:
        problem = f"'{claim.requires}' is the name of a {what}, and means {claim.requires} of a family"
        raise ParameterError(PARAMS, f"{key}.requires", problem, f"rename the {what}")


def check_effect_claim(key: str, claim: StatedClaim, study: Study) -> None:
    """Raise ParameterError where a claim names no effect of this study, or two that are spelled alike."""
    keys = [key_of(effect) for effect in effects_of(list(study.components), study.ablation)]
    if not keys:
        problem = f"'{claim.family}' speaks of effects, and ablation: {study.ablation} has none"
        raise ParameterError(PARAMS, f"{key}.family", problem, "state ablation: factorial or add_one_in")
    check_required(key, claim, keys, "component")
    if keys.count(claim.requires) > 1:
        problem = f"'{claim.requires}' names {keys.count(claim.requires)} effects"
        raise ParameterError(PARAMS, f"{key}.requires", problem, "rename a component")
    if claim.requires not in keys:
        problem = f"'{claim.requires}' is no effect of these components"
        raise ParameterError(PARAMS, f"{key}.requires", problem, nearest(claim.requires, keys))
