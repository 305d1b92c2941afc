"""Deviations from the committed plan in words, and what they do to a study's standing."""

from collections.abc import Mapping
from typing import Any

CONFIRMATORY = "confirmatory"
EXPLORATORY = "exploratory"
AFTER_A_LOOK = "exploratory after a look"
SEEDS = "seeds.final"


def standing(plan: str | None, found: Mapping[str, Any] | None) -> str:
    """Return a study's status: exploratory without a plan, confirmatory, or exploratory after a look.

    Seeds added after a look leave a study confirmatory, since no contrast counts them; anything else does not.
    """
    if plan is None:
        return EXPLORATORY
    if found is None:
        return CONFIRMATORY
    more_than_seeds = any(set(keys) - {SEEDS} for keys in found["plans"].values())
    return AFTER_A_LOOK if found["configurations"] or found["dropped_seeds"] or more_than_seeds else CONFIRMATORY


def counted_seeds(final: list[int], found: Mapping[str, Any] | None) -> list[int]:
    """Return the final seeds that contrasts count: those of every plan that held-out was opened under.

    Where some of these were dropped all count: the study confirms nothing then, and what is left may be no seed at all.
    """
    unplanned = found["unplanned_seeds"] if found and not found["dropped_seeds"] else []
    return [seed for seed in final if seed not in unplanned]


def sentences(found: Mapping[str, Any] | None) -> list[str]:
    """Return each deviation from the plan as a sentence; none where there is none."""
    if found is None:
        return []
    lines = [plan_sentence(plan, keys) for plan, keys in found["plans"].items()]
    if seeds := found["unplanned_seeds"]:
        counted = "count, since others were dropped" if found["dropped_seeds"] else "are counted by no mean or contrast"
        lines.append(
            f"Seeds {', '.join(map(str, seeds))} were not in the plan at the first look: they are evaluated, stand "
            f"in the table of runs, and {counted}."
        )
    if seeds := found["dropped_seeds"]:
        lines.append(
            f"Seeds {', '.join(map(str, seeds))} were in a plan that held-out was opened under, and are not now."
        )
    return [*lines, *(configuration_sentence(name, how) for name, how in found["configurations"].items())]


def plan_sentence(plan: str, keys: list[str]) -> str:
    """Return what was locked again after a look."""
    changed = f"changed since: {', '.join(keys)}" if keys else "nothing changed since but its spelling"
    return f"The plan was locked again after held-out was opened under plan {plan}; {changed}."


def configuration_sentence(name: str, how: list[str]) -> str:
    """Return which other configuration was looked at, and how the present one differs from it."""
    code = bool(how) and all(line.startswith(("code ", "and ")) for line in how)
    what = "Code was edited after a look" if code else "Another configuration was evaluated on held-out"
    return f"{what}: look {name}, from which the present one differs in {'; '.join(how)}."
