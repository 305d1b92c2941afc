"""Looks at held-out in several parts, stated beforehand, and the sentences a study claims: checked for sense."""

import math

from pipeline.base.design import members
from pipeline.base.effect_claims import (
    ALL,
    ANY,
    CLAIMED,
    check_effect_claim,
    check_names,
    check_required,
    is_of_effects,
)
from pipeline.base.errors import ParameterError, nearest
from pipeline.base.params import PARAMS, SeedLook, Study


def looks_of(study: Study) -> list[SeedLook]:
    """Return the looks at held-out that a study states; where it states none, one at all seeds and all of alpha."""
    return study.seeds.looks or [SeedLook(seeds=len(study.seeds.final), alpha=study.study.alpha)]


def at_look(study: Study, number: int) -> Study:
    """Return a study with those final seeds alone that are evaluated at a look, 1 the first."""
    if study.seeds.looks is None:
        return study
    first = study.seeds.final[: study.seeds.looks[number - 1].seeds]
    return study.model_copy(update={"seeds": study.seeds.model_copy(update={"final": first})})


def check_looks(study: Study) -> None:
    """Raise ParameterError where looks do not grow to all final seeds, or their levels do not sum to alpha."""
    looks, key = study.seeds.looks, "seeds.looks"
    if looks is None:
        return
    counts, alphas = [look.seeds for look in looks], [look.alpha for look in looks]
    if len(looks) < 2:
        raise ParameterError(PARAMS, key, "states no two looks", "state two or more, or leave it out")
    if counts != sorted(set(counts)) or counts[-1] != len(study.seeds.final):
        problem = f"{counts} do not grow to the {len(study.seeds.final)} final seeds"
        raise ParameterError(PARAMS, key, problem, "let each look have more seeds, the last all of them")
    if not math.isclose(math.fsum(alphas), study.study.alpha, rel_tol=1e-9):
        problem = f"levels sum to {math.fsum(alphas):g}, alpha is {study.study.alpha:g}"
        raise ParameterError(PARAMS, key, problem, "let the levels of all looks sum to study.alpha")


def check_claims(study: Study) -> None:
    """Raise ParameterError where a claim rests on a family, a contrast or an effect that there is not, or on two."""
    check_names(study)
    for name, claim in (study.study.claims or {}).items():
        key = f"study.claims.{name}"
        if is_of_effects(claim):
            check_effect_claim(key, claim, study)
            continue
        if claim.family not in study.families:
            known = [*study.families, *CLAIMED]
            raise ParameterError(
                PARAMS, f"{key}.family", f"nothing is named '{claim.family}'", nearest(claim.family, known)
            )
        named = members(study, study.families[claim.family])
        check_required(key, claim, named, "variant")
        valid = [ALL, ANY, *named]
        if claim.requires not in valid:
            problem = f"'{claim.requires}' is no contrast of {claim.family}"
            raise ParameterError(PARAMS, f"{key}.requires", problem, nearest(claim.requires, valid))
