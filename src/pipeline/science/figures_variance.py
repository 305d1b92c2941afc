"""The figure of where the variance comes from."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.science.figure_style import COLOURS, canvas, row_label, row_panel
from pipeline.science.figures import ROW_HEIGHT, Row, finish_rows, rows_of
from pipeline.science.reporting.wording import number


def sources(variance: pd.DataFrame) -> Figure:
    """Draw the sd that each source adds to the full method's score, with its interval, all together first.

    `variance` needs columns variant, source, order, sd, sd_low, sd_high, sd_alone (fractions) and share.
    """
    mine = variance[variance["variant"] == "full"].sort_values(["order", "sd"], ascending=[True, False], kind="stable")
    figure = canvas(len(mine) * ROW_HEIGHT + 74)
    axes = row_panel(figure, 24, len(mine))
    for place, row in enumerate(rows_of(mine)):
        draw(axes, place, row)
    axes.axvline(0, color=COLOURS["muted"], lw=1, zorder=1)
    finish_rows(axes, "Sources of variance of the full method", "sd of accuracy, percentage points")
    return figure


def draw(axes: Axes, place: int, row: Row) -> None:
    """Draw one source's row; what a stream gives alone is a hollow square."""
    colour, line = COLOURS["method" if row["order"] <= 1 else "ablation"], place + 0.2
    ends = [100 * row["sd_low"], 100 * row["sd_high"]]
    axes.plot(ends, [line, line], color=colour, lw=3, solid_capstyle="butt", alpha=0.6)
    if row["order"] == 1:
        axes.plot(100 * row["sd_alone"], line, "s", ms=6, mfc="none", mec=COLOURS["ink"], mew=1)
    axes.plot(100 * row["sd"], line, "o", ms=6.5, color=colour, mec=COLOURS["paper"], mew=0.8)
    share = "" if row["order"] == 0 else f", {number(100 * row['share'], 0)} %"
    row_label(axes, place, str(row["source"]), f"{number(100 * row['sd'], 2)}{share}")
