"""The figures of what accuracy costs: in FLOPs, selection included, and in training rows."""

from collections.abc import Sequence
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, ScalarFormatter

from pipeline.science.figure_style import COLOURS, LEFT, WIDTH, Mark, canvas, panel, side_labels, side_margin
from pipeline.science.figures import draw_costs, without_cost
from pipeline.science.figures_training import LINES, SHAPES

TOTAL = "total_flops"
TITLE = "FLOPs of selection and one training run"


def efficient(cost: Sequence[float], score: Sequence[float]) -> list[bool]:
    """Return which points no other beats: none costs no more and scores no less, one of the two truly.

    Of equal points all count. `cost` and `score` have one value a point.
    """
    points = list(zip(cost, score, strict=True))
    return [
        not any(dear >= cheap and low <= high and (dear, low) != (cheap, high) for cheap, high in points)
        for dear, low in points
    ]


def frontier(variants: pd.DataFrame, split: str) -> list[str]:
    """Return the variants on the Pareto front of accuracy against total FLOPs, the cheapest first."""
    counted = variants[~variants["variant"].isin(without_cost(variants, TOTAL))].sort_values(TOTAL, kind="stable")
    kept = efficient(counted[TOTAL].astype(float).to_list(), counted[f"{split}_mean"].to_list())
    return [str(name) for name in counted.loc[kept, "variant"]]


def pareto(variants: pd.DataFrame, split: str) -> Figure:
    """Draw accuracy against all FLOPs spent, and a stair along the variants that no other one beats in both."""
    height = max(180.0, 17.0 * len(variants))
    figure = canvas(height + 74)
    axes = panel(figure, LEFT, 10, WIDTH - LEFT - side_margin(variants["variant"]), height)
    shown = variants[~variants["variant"].isin(without_cost(variants, TOTAL))]
    front = shown.set_index("variant").loc[frontier(variants, split)]
    axes.step(
        front[TOTAL].astype(float), 100 * front[f"{split}_mean"], where="post", color=COLOURS["muted"], lw=1, ls="--"
    )
    draw_costs(axes, shown, TOTAL, split)
    axes.set_xlabel(f"{TITLE}\n(log scale)")
    return figure


def data_efficiency(table: pd.DataFrame, split: str) -> Figure:
    """Draw accuracy with its 95 % interval over seeds against the number of training rows, one line a method."""
    methods = list(dict.fromkeys(table["method"]))
    height = max(220.0, 20.0 * len(methods))
    figure = canvas(height + 58)
    axes = panel(figure, LEFT, 10, WIDTH - LEFT - side_margin(methods), height)
    marks = []
    for place, (method, shape, line) in enumerate(zip(methods, cycle(SHAPES), cycle(LINES), strict=False)):
        own = table[table["method"] == method]
        colour = COLOURS["method" if method == "full" else ("baseline", "ablation", "extra")[place % 3]]
        draw_sizes(axes, own, split, shape, line, colour)
        last = own.iloc[-1]
        marks.append(Mark(float(last["training_rows"]), 100 * float(last[f"{split}_mean"]), method, colour))
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(sorted(set(table["training_rows"]))))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.grid()
    axes.set_xlabel("training rows (log scale)")
    axes.set_ylabel(f"{split.replace('_', '-')} accuracy, %")
    side_labels(axes, marks)
    return figure


def draw_sizes(axes: Axes, own: pd.DataFrame, split: str, shape: str, line: str, colour: str) -> None:
    """Draw one method's accuracies; where it was trained once there is no interval."""
    mean = 100 * own[f"{split}_mean"].to_numpy(float)
    reach = np.nan_to_num(100 * own[f"{split}_high"].to_numpy(float) - mean)
    axes.errorbar(
        own["training_rows"].to_numpy(float), mean, yerr=reach, ls=line, marker=shape, ms=4.5, color=colour, capsize=2
    )
