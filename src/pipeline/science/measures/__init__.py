"""One file per measure that a study is judged by: between 0 and 1, more is better.

A file states its name in WORDS and defines one function. Either `item_scores(predicted, labels, classes)`, one number
an item whose mean over items is the score: then intervals are for new seeds and new items, as they are for accuracy. Or
`score(predicted, labels, classes)`, one number for all items at once: then nothing is known of single items, and
intervals are for new seeds alone.
"""

import importlib
import pkgutil
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ACCURACY = "accuracy"  # needs no file: the share of items that are right


def names() -> list[str]:
    """Return the measures there are."""
    return sorted([ACCURACY, *(module.name for module in pkgutil.iter_modules(__path__))])


def load(name: str) -> ModuleType:
    """Import a measure's file by name."""
    return importlib.import_module(f"{__name__}.{name}")


def code(metric: str | None) -> tuple[str, ...]:
    """Return the module of a measure, as a step names the code that its parameters choose; none for accuracy."""
    return (f"{__name__}.{metric}",) if metric not in (None, ACCURACY) else ()


def stated(metric: str) -> str | None:
    """Return a measure as the parameters of a step state it: accuracy is not."""
    return None if metric == ACCURACY else metric


def is_over_items(measure: ModuleType) -> bool:
    """Tell whether a measure is a mean over items."""
    return hasattr(measure, "item_scores")


def score(metric: str, predicted: "NDArray[Any]", labels: "NDArray[Any]", classes: int) -> float:
    """Return the score of labels int64 [n] that are predicted; raise ValueError where it is not between 0 and 1."""
    measure = load(metric)
    of_all = measure.item_scores if is_over_items(measure) else measure.score
    found = float(
        of_all(predicted, labels, classes).mean() if is_over_items(measure) else of_all(predicted, labels, classes)
    )
    if not 0 <= found <= 1 + 1e-9:
        raise ValueError(f"{metric} is {found}, not between 0 and 1; correct science/measures/{metric}.py")
    return min(1.0, found)


def item_scores(metric: str, predicted: "NDArray[Any]", labels: "NDArray[Any]", classes: int) -> "NDArray[np.float64]":
    """Return what each item counts, float64 [n], their mean the score.

    Of a measure that is no mean over items each counts the score itself: then items differ in nothing, and an interval
    for new seeds and new items is the one for new seeds alone.
    """
    import numpy as np

    measure = load(metric)
    if is_over_items(measure):
        return np.asarray(measure.item_scores(predicted, labels, classes), dtype=np.float64)
    return np.full(len(labels), score(metric, predicted, labels, classes))
