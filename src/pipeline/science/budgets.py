"""Equal budgets: what is selected was searched with the same number of trials and seeds, and the best was taken."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.base.errors import DataError
from pipeline.science.search import Trial, choose

Record = Mapping[str, Any]
TRIAL = ("trial", "hyperparameters", "validation", "outcome")


def check_budgets(choices: Sequence[Record], fits: Mapping[str, int], trials: int) -> None:
    """Raise DataError unless each method has one choice, from equally many trials, each fitted as often as stated.

    `fits`: for each method, how many seeds each trial is fitted with, one where the model ignores it. The choice must
    be the trial of the best mean, the lowest number among equals.
    """
    names = [choice["method"] for choice in choices]
    if sorted(names) != sorted(fits):
        raise DataError(f"choices: of {', '.join(names)}, but {', '.join(fits)} are selected; run snakemake again")
    for choice in choices:
        found = wrong(choice, fits[choice["method"]], trials)
        if found:
            raise DataError(f"choices/{choice['method']}: {found}; every method has the same budget: select it anew")


def wrong(choice: Record, fits: int, trials: int) -> str:
    """Return how a search departs from its budget or its rule, empty where it does not."""
    made = choice["trials"]
    if [trial["trial"] for trial in made] != list(range(trials)):
        return f"made {len(made)} trials, not the {trials} of every other method"
    uneven = next((trial for trial in made if len(trial["validation"]) != fits), None)
    if uneven:
        return f"trial {uneven['trial']} was fitted {len(uneven['validation'])} times, not {fits}"
    best = choose([Trial.model_validate({name: trial[name] for name in TRIAL}) for trial in made])
    return "" if choice["trial"] == best else f"took trial {choice['trial']}, but the best is {best}"
