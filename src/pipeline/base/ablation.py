"""Ablations compiled from the list of components: the variants of a design, and what is off in each."""

from collections.abc import Sequence
from itertools import chain, combinations

from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS, Ablation, Settings, Study

NOTHING = "none"
FEWEST = {"leave_one_out": 0, "add_one_in": 2, "factorial": 1}
LARGEST_FACTORIAL = 6
Off = tuple[str, ...]


def switched_off(components: Sequence[str], design: Ablation) -> list[tuple[str, Off]]:
    """Return each variant of a design by name, with the components that are off in it; the full method is left out.

    Leave-one-out has one off; add-one-in all, and then all but one; a factorial every set of one or more.
    """
    if design == "leave_one_out":
        return [(f"minus_{component}", (component,)) for component in components]
    if design == "add_one_in":
        alone = [(f"only_{one}", tuple(other for other in components if other != one)) for one in components]
        return [(NOTHING, tuple(components)), *alone]
    sets = chain.from_iterable(combinations(components, size) for size in range(1, len(components) + 1))
    return [(subset_name(off, components), off) for off in sets]


def subset_name(off: Off, components: Sequence[str]) -> str:
    """Return the name of a set of components that are off: minus_<it>, none, only_<the one on>, minus_<those off>."""
    on = [component for component in components if component not in off]
    if len(off) == 1 or len(on) > 1:
        return f"minus_{'_'.join(off)}"
    return f"only_{on[0]}" if on else NOTHING


def overrides_of(study: Study, off: Off) -> Settings:
    """Return what switching some components off overrides."""
    return {setting: value for component in off for setting, value in study.components[component].items()}


def check_ablation(study: Study) -> None:
    """Raise ParameterError for components that the stated design cannot combine."""
    design, count = study.ablation, len(study.components)
    if count < FEWEST[design]:
        problem = f"{design} needs {FEWEST[design]} components or more, and there are {count}"
        raise ParameterError(PARAMS, "ablation", problem, "state more components, or leave it out")
    if design == "factorial" and count > LARGEST_FACTORIAL:
        problem = f"a factorial of {count} components has {2**count} variants"
        raise ParameterError(PARAMS, "ablation", problem, f"state at most {LARGEST_FACTORIAL} components")
    if design != "leave_one_out":
        refuse_shared(study)


def refuse_shared(study: Study) -> None:
    """Raise ParameterError where two components override one setting: no variant could have both off."""
    first: dict[str, str] = {}
    for component, overrides in study.components.items():
        for setting in overrides:
            if setting in first:
                problem = f"is overridden by {first[setting]} too, and {study.ablation} switches both off"
                raise ParameterError(PARAMS, f"components.{component}.{setting}", problem, "keep components apart")
            first[setting] = component
