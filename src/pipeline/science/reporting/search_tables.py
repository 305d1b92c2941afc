"""The tables of selection: what was searched, what was chosen, and what came close."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.science.reporting.analysis import Analysis, half_width
from pipeline.science.reporting.blocks import Table
from pipeline.science.reporting.tables import Row, cells, columns, rows_of, settings_text, value_text
from pipeline.science.reporting.wording import is_missing, magnitude, percent, percent_interval


def spaces(analysis: Analysis) -> Table:
    """Return the search space of each method."""
    stated = analysis.study.search.spaces
    rows = [
        cells("full" if method == "method" else method, name, space_text(space))
        for method in sorted(stated, key=lambda method: method != "method")
        for name, space in stated[method].items()
    ]
    caption = f"What is searched at random, in {analysis.study.search.trials} trials for every method."
    return Table("spaces", caption, columns("method", "hyper-parameter", "drawn from"), tuple(rows))


def space_text(space: Any) -> str:
    """Return where a hyper-parameter is drawn from."""
    if isinstance(space, dict):
        return "; ".join(f"{kind.replace('_', ' ')} {value_text(value)}" for kind, value in space.items())
    return value_text(space)


def search(analysis: Analysis) -> Table:
    """Return the chosen trial and the runner-up of each method."""
    seeds = len(analysis.study.seeds.selection)
    rows = []
    for _, trials in analysis.tables["search"].groupby("method", sort=False):
        ranked = trials.sort_values(["chosen", "validation_mean"], ascending=False, kind="stable")
        for place, row in zip(("chosen", "runner-up"), rows_of(ranked), strict=False):
            rows.append(cells(*trial_texts(row, place, len(trials), seeds), failed(trials)))
    head = ("method", "place", "validation accuracy, %#", "95 % interval#", "n#", "hyper-parameters", "trial#")
    caption = (
        "Mean validation accuracy over n selection seeds, one where a method ignores its seed, with a t interval that "
        "is wide because n is small; none where n is 1 or all seeds agree. Among equal means the lower trial is "
        "chosen. The chosen trial is the best of several, so its score is too high: only the final seeds give an "
        "honest one. FLOPs are those of all seeds of the trial. Failed: fits of the method's whole search that "
        "diverged or crashed, each counted as 0."
    )
    return Table("search", caption, columns(*head, "FLOPs of the trial#", "failed#"), tuple(rows))


def failed(trials: pd.DataFrame) -> str:
    """Return how many fits of a method's search diverged, and how many crashed."""
    return f"{trials['diverged'].sum()} diverged, {trials['crashed'].sum()} crashed"


def trial_texts(row: Row, place: str, trials: int, seeds: int) -> Sequence[str]:
    """Return one trial's cells."""
    mean, sd = float(row["validation_mean"]), row["validation_sd"]
    varied = not is_missing(sd) and sd > 0
    half = float(half_width(np.array([float(seeds)]), np.array([float(sd)]))[0]) if varied else float("nan")
    return (
        row["method"],
        place,
        percent(mean),
        percent_interval(mean - half, mean + half),
        str(1 if is_missing(sd) else seeds),  # without sd it was fitted once: its method ignores the seed
        settings_text(row["hyperparameters"]),
        f"{row['trial'] + 1} of {trials}",
        magnitude(row["training_flops"]),
    )
