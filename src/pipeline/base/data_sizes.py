"""How many training rows a variant sees: all of them, or the first so many of the order in which they were drawn.

A smaller set is the beginning of every larger one, so that sizes differ in nothing but what is added.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS, Study

TRAINING_ROWS = "training_rows"  # a setting of a variant, not of its model
APART = ("model", TRAINING_ROWS)


def sizes(study: Study, methods: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Yield (name, method, training rows) of each variant that data_efficiency asks for."""
    for method in methods:
        for rows in study.data_efficiency:
            yield f"{method}_at_{rows}", method, rows


def model_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that go to a variant's model: not its name, nor how many rows it is trained on."""
    return {name: value for name, value in settings.items() if name not in APART}


def check_sizes(study: Study) -> None:
    """Raise ParameterError where data_efficiency names a size twice, or one that is not smaller than data.train."""
    if len(set(study.data_efficiency)) < len(study.data_efficiency):
        raise ParameterError(PARAMS, "data_efficiency", "names a size twice", "name each once")
    for rows in study.data_efficiency:
        if rows >= study.data.train:
            problem = f"{rows} is not below the {study.data.train} rows of data.train"
            raise ParameterError(PARAMS, "data_efficiency", problem, "state smaller sizes; all rows come by themselves")


def check_rows(rows: object, most: int, key: str) -> None:
    """Raise ParameterError where a variant's stated training rows are no number from 1 to those there are."""
    if isinstance(rows, bool) or not isinstance(rows, int) or not 1 <= rows <= most:
        raise ParameterError(PARAMS, key, f"is {rows!r}", f"state a whole number from 1 to {most}")
