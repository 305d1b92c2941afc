"""What was done otherwise than planned before held-out was first opened, as far as the looks on record show it."""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.io.looks import (
    Configuration,
    evaluated_configuration,
    looks,
    name_of,
    nearest,
    opened_plans,
    seen,
    showed_the_same,
)
from pipeline.io.plans import changed_keys

SHOWN = 6
ORDER = "the order of seeds.final"
Deviations = dict[str, Any]


def deviations(plan: str, study: Mapping[str, Any], evaluations: Iterable[str]) -> Deviations | None:
    """Return how a study departs from what held-out was opened under, or None where it does not.

    `study` is what params.yaml states, `plan` its digest, `evaluations` one artefact of each variant. Nothing here
    depends on the order of looks, which a set does not have: each other configuration, and each other plan, counts.
    Which configurations are others is known only where every variant is evaluated; before that, none is named.
    """
    homes = list(evaluations)
    present = [evaluated_configuration(home) for home in homes]
    mine = {name_of(each): each for each in present if each is not None}
    found = {
        "configurations": {} if None in present else other_configurations(mine),
        "plans": other_plans(plan, study),
        "unplanned_seeds": unplanned_seeds(study),
        "dropped_seeds": dropped_seeds(study),
    }
    return found if any(found.values()) else None


def configurations_of(evaluations: Iterable[str]) -> dict[str, Configuration]:
    """Return {name: configuration} of evaluations that lie here."""
    found = (evaluated_configuration(home) for home in evaluations)
    return {name_of(each): each for each in found if each is not None}


def other_configurations(present: Mapping[str, Configuration]) -> dict[str, list[str]]:
    """Return {name: how it differs from the present one most like it} of each look by another configuration.

    One that differs in code alone, and of which every prediction on held-out has come out the same again, is none.
    """
    shown = seen()
    others = {
        name: each
        for name, each in looks().items()
        if name not in present and not showed_the_same(each, shown.get(name, []))
    }
    return {name: shortened(nearest(each, present.values())) for name, each in others.items()}


def other_plans(plan: str, study: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return {digest: keys that were changed since} of each other plan that held-out was opened under.

    The order of final seeds is one of them: a first look takes the first seeds, and crossed streams their k-th one.
    """
    others = {digest: stated for digest, stated in opened_plans().items() if digest != plan}
    return {
        digest[:12]: [*changed_keys(stated, study), *([ORDER] if is_reordered(stated, study) else [])]
        for digest, stated in sorted(others.items())
    }


def is_reordered(plan: Mapping[str, Any], study: Mapping[str, Any]) -> bool:
    """Tell whether final seeds that a plan stated do not come first, in its order, before seeds that were added."""
    now = study["seeds"]["final"]
    stayed = [seed for seed in plan["seeds"]["final"] if seed in now]
    return bool(now[: len(stayed)] != stayed)


def unplanned_seeds(study: Mapping[str, Any]) -> list[int]:
    """Return the final seeds that some plan under which held-out was opened did not state."""
    plans = list(opened_plans().values())
    return [seed for seed in study["seeds"]["final"] if any(seed not in plan["seeds"]["final"] for plan in plans)]


def dropped_seeds(study: Mapping[str, Any]) -> list[int]:
    """Return the final seeds that a plan under which held-out was opened stated, and the study does not."""
    stated = {seed for plan in opened_plans().values() for seed in plan["seeds"]["final"]}
    return sorted(stated - set(study["seeds"]["final"]))


def shortened(lines: list[str]) -> list[str]:
    """Return the first few of many lines, and how many there are more."""
    return lines if len(lines) <= SHOWN else [*lines[:SHOWN], f"and {len(lines) - SHOWN} more"]
