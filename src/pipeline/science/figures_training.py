"""The figures of training and selection: learning curves, expected best validation score."""

from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from pipeline.science.figure_style import COLOURS, LEFT, WIDTH, Mark, canvas, panel, side_labels, side_margin
from pipeline.science.search import expected_best

PANEL_HEIGHT = 96
LINES = ("-", "--", "-.", ":")
SHAPES = ("o", "s", "^", "D", "v", "p", "P", "X")


def over_seeds(curves: pd.DataFrame, variant: str, quantity: str) -> pd.DataFrame:
    """Return mean, min and max over seeds at each step (the index) of a variant's curve, missing values left out."""
    own = curves.loc[(curves["variant"] == variant) & np.isfinite(curves[quantity]), ["step", quantity]]
    drawn: pd.DataFrame = own.groupby("step")[quantity].agg(["mean", "min", "max"])
    return drawn


def learning_curves(curves: pd.DataFrame, roles: dict[str, str], quantity: str, unit: str) -> Figure:
    """Draw mean and range over seeds or folds (`unit`) of `training_loss` or `validation_accuracy`, a panel a variant.

    Every panel repeats the full method's mean as a dashed line; all panels share their axes.
    """
    scale, rate = (100, ", %") if quantity == "validation_accuracy" else (1, "")
    curves = curves.assign(**{quantity: curves[quantity].astype(float) * scale})
    names = list(dict.fromkeys(curves["variant"]))
    rows = (len(names) + 1) // 2
    figure = canvas(rows * (PANEL_HEIGHT + 26) + 74)
    limits = finite_limits(curves[quantity].to_numpy(float))
    for place, name in enumerate(names):
        axes = panel(figure, 32 + 158 * (place % 2), 48 + (place // 2) * (PANEL_HEIGHT + 26), 144, PANEL_HEIGHT)
        draw_curve(axes, curves, name, quantity, COLOURS[roles[name]])
        finish_curve(axes, limits, first=place % 2 == 0, last=place >= len(names) - 2)
    curve_legend(figure, unit)
    height = figure.get_figheight() * 72
    figure.text(0.5, 6 / height, f"training step; vertical: {quantity.replace('_', ' ')}{rate}", ha="center")
    return figure


def finite_limits(values: np.ndarray) -> tuple[float, float]:
    """Return axis limits that hold 99.5 % of the finite values, float64 [n], with a little room."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(np.quantile(finite, 0.995))) if len(finite) else (0.0, 1.0)
    room = 0.06 * (high - low) or 0.5
    return low - room, high + room


def draw_curve(axes: Axes, curves: pd.DataFrame, name: str, quantity: str, colour: str) -> None:
    """Draw one variant's mean and range over its seeds, with the full method's mean behind."""
    full = over_seeds(curves, "full", quantity)
    own = over_seeds(curves, name, quantity)
    if name != "full":
        axes.plot(full.index, full["mean"], "--", color=COLOURS["muted"], lw=1)
    axes.fill_between(own.index, own["min"], own["max"], color=colour, alpha=0.25, lw=0)
    axes.plot(own.index, own["mean"], color=colour, lw=1.6)
    axes.set_title(name, loc="left", fontsize=9.5, pad=4)
    seeds = curves.loc[curves["variant"] == name, "seed"].nunique()
    corner = (0.96, 0.06, "bottom") if quantity == "validation_accuracy" else (0.96, 0.93, "top")
    note = axes.text(*corner[:2], f"n = {seeds}", ha="right", va=corner[2], fontsize=9, color=COLOURS["muted"])
    note.set_transform(axes.transAxes)


def finish_curve(axes: Axes, limits: tuple[float, float], first: bool, last: bool) -> None:
    """Give a small panel the shared axes: values at the left column, steps under the lowest panels."""
    axes.set_ylim(*limits)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.grid()
    axes.tick_params(labelleft=first, labelbottom=last, length=2)


def curve_legend(figure: Figure, unit: str) -> None:
    """Say at the top what line, band and dashes are."""
    ink, muted = COLOURS["ink"], COLOURS["muted"]
    handles = [
        Line2D([], [], color=ink, lw=1.6, label=f"mean over {unit}s"),
        Patch(color=ink, alpha=0.25, lw=0, label="range"),
        Line2D([], [], color=muted, ls="--", lw=1, label="mean of full"),
    ]
    figure.legend(handles=handles, loc="upper center", ncols=3, handlelength=1.4, columnspacing=1.0)


def expected_best_curves(search: pd.DataFrame) -> Figure:
    """Draw the expected best mean validation accuracy of k trials, for k up to all of them, one line a method."""
    methods = list(dict.fromkeys(search["method"]))
    height = max(220.0, 20.0 * len(methods))
    figure = canvas(height + 58)
    axes = panel(figure, LEFT, 10, WIDTH - LEFT - side_margin(methods), height)
    marks = []
    for place, (method, shape, line) in enumerate(zip(methods, cycle(SHAPES), cycle(LINES), strict=False)):
        colour = COLOURS["method" if method == "full" else ("baseline", "ablation", "extra")[place % 3]]
        best = 100 * expected_best(search.loc[search["method"] == method, "validation_mean"].to_numpy(float))
        axes.plot(range(1, len(best) + 1), best, marker=shape, ms=4.5, ls=line, lw=1.4, color=colour)
        marks.append(Mark(len(best), float(best[-1]), method, colour))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid()
    axes.set_xlabel("number of trials")
    axes.set_ylabel("expected best validation accuracy, %")
    side_labels(axes, marks)
    return figure
