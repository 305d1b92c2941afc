"""The figures of components: their effects, and how the effect of one depends on another."""

from itertools import accumulate

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline.base.effect_claims import TOGETHER
from pipeline.science.figure_style import COLOURS, WIDTH, canvas, panel, row_label, row_panel
from pipeline.science.figures import ROW_HEIGHT, Row, finish_rows, interval_legend, rows_of, stacked
from pipeline.science.reporting.wording import points

DRAWN_ORDERS = 2
PAIR_HEIGHT, PAIR_WIDTH = 104, 128
TWO_TOGETHER = "Both components together"
HEADINGS = {1: "Effects of one component", 2: "Interactions of two components"}


def effects(table: pd.DataFrame, by_seed: pd.DataFrame, margin: float) -> Figure:
    """Draw effects per seed with both intervals and the margin, one panel an order; higher orders are left out."""
    shown = [table[table["order"] == order] for order in range(1, DRAWN_ORDERS + 1)]
    shown = [part for part in shown if len(part)]
    heights = [len(part) * ROW_HEIGHT + 74 for part in shown]
    figure = canvas(sum(heights) + 44)
    interval_legend(figure, "1 − alpha" if "alpha" in table else "95 %")
    for part, top in zip(shown, accumulate([68, *heights[:-1]]), strict=True):
        axes = row_panel(figure, top, len(part))
        axes.axvspan(-100 * margin, 100 * margin, color=COLOURS["band"], lw=0, zorder=0)
        axes.axvline(0, color=COLOURS["muted"], lw=1, zorder=1)
        for place, row in enumerate(rows_of(part)):
            draw_effect(axes, place, row, by_seed.loc[by_seed["effect"] == row["effect"], "difference"].to_numpy(float))
        finish_rows(axes, heading(part), "percentage points of held-out accuracy")
    return figure


def heading(part: pd.DataFrame) -> str:
    """Return what the effects of one order are: of two, their interaction, or where they were added what both give."""
    return TWO_TOGETHER if TOGETHER in set(part["effect"]) else HEADINGS[int(part["order"].iloc[0])]


def draw_effect(axes: Axes, place: int, row: Row, seeds: np.ndarray) -> None:
    """Draw one effect's row: `seeds` float64 [n] as dots, the interval over seeds (thick), over seeds and items."""
    colour, line = COLOURS["ablation"], place + 0.2
    axes.plot(100 * seeds, place + stacked(len(seeds)), "o", ms=4, mfc="none", mec=COLOURS["muted"], mew=0.8, zorder=4)
    axes.plot(
        [100 * row["population_low"], 100 * row["population_high"]], [line] * 2, color=colour, lw=1, marker="|", ms=9
    )
    axes.plot([100 * row["low"], 100 * row["high"]], [line] * 2, color=colour, lw=4, solid_capstyle="butt", alpha=0.8)
    axes.plot(100 * row["difference"], line, "d", ms=8, color=colour, mec=COLOURS["paper"], mew=1, zorder=5)
    row_label(axes, place, row["effect"], f"{points(row['difference'])}  {row['finding']}")


def interactions(table: pd.DataFrame) -> Figure:
    """Draw, for each two components, mean accuracy with one off and on, a line for the other off and one for it on."""
    pairs = list(table.groupby(["first", "second"], sort=False))
    rows = (len(pairs) + 1) // 2
    figure = canvas(rows * (PAIR_HEIGHT + 70) + 24)
    scale = 100 * table[["mean", "low", "high"]].to_numpy(float)
    limits = float(np.nanmin(scale)) - 1, float(np.nanmax(scale)) + 1
    for place, ((first, second), cells) in enumerate(pairs):
        left, top = 38 + 160 * (place % 2), 44 + (place // 2) * (PAIR_HEIGHT + 70)
        axes = panel(figure, left, top, PAIR_WIDTH, PAIR_HEIGHT)
        draw_pair(axes, cells, str(first), str(second), first_column=place % 2 == 0)
        axes.set_ylim(*limits)
    height = figure.get_figheight() * 72
    figure.text(4 / WIDTH, 1 - 12 / height, "vertical: held-out accuracy, %", ha="left", va="center", fontsize=9.5)
    return figure


def draw_pair(axes: Axes, cells: pd.DataFrame, first: str, second: str, first_column: bool) -> None:
    """Draw one pair: parallel lines say that the two add up."""
    for on, colour, style, shape in ((False, COLOURS["muted"], "--", "s"), (True, COLOURS["method"], "-", "o")):
        line = cells[cells["second_on"] == on].sort_values("first_on")
        mean = 100 * line["mean"].to_numpy(float)
        reach = np.nan_to_num(100 * line["high"].to_numpy(float) - mean)
        axes.errorbar([0, 1], mean, yerr=reach, ls=style, marker=shape, ms=4, color=colour, lw=1.3, capsize=2)
    axes.set_xlim(-0.3, 1.3)
    axes.set_xticks([0, 1], [f"{label}" for label in ("off", "on")])
    axes.set_xlabel(first)
    axes.set_title(f"solid: {second} on", loc="left", fontsize=9, pad=4)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.tick_params(labelleft=first_column, length=2)
    axes.grid(axis="y")
