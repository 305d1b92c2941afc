"""The figure of the controls: each run's validation accuracy beside what is expected."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipeline.science.control_runs import SAME, SHUFFLED
from pipeline.science.figure_style import COLOURS, canvas, row_label, row_panel
from pipeline.science.figures import ROW_HEIGHT, finish_rows, stacked
from pipeline.science.reporting.wording import counted, number

HEADINGS = {SHUFFLED: "Trained on shuffled labels", SAME: "The same method, two groups of seeds"}
EXPECTED = {SHUFFLED: "chance", SAME: "mean of the final runs"}
GROUPS = {SHUFFLED: "shuffled labels", SAME: "seeds of the control"}  # all others are final runs


def controls(table: pd.DataFrame, runs: pd.DataFrame) -> Figure:
    """Draw one panel a control that applies, one row a group of runs; `runs` as `judged` returns them, rates."""
    shown = [control for control in HEADINGS if (runs["control"] == control).any()]
    groups = {control: list(dict.fromkeys(runs.loc[runs["control"] == control, "variant"])) for control in shown}
    heights = {control: len(groups[control]) * ROW_HEIGHT + 74 for control in shown}
    figure, top = canvas(sum(heights.values())), 24.0
    for control in shown:
        axes = row_panel(figure, top, len(groups[control]))
        expected = table.loc[table["control"] == control, "expected"].iloc[0]
        axes.axvline(100 * float(expected), ls="--", lw=1, color=COLOURS["muted"], zorder=1)
        for place, variant in enumerate(groups[control]):
            mine = runs[(runs["control"] == control) & (runs["variant"] == variant)]
            draw_group(axes, place, GROUPS.get(variant, "final seeds"), mine["validation_accuracy"].to_numpy(float))
        finish_rows(axes, HEADINGS[control], f"validation accuracy, % (dashed: {EXPECTED[control]})")
        top += heights[control]
    return figure


def draw_group(axes: Axes, place: int, name: str, scores: np.ndarray) -> None:
    """Draw one group's runs, float64 [n], and their mean."""
    colour, mean = COLOURS["method"], 100 * float(scores.mean())
    axes.plot(100 * scores, place + stacked(len(scores)), "o", ms=3.5, mfc="none", mec=colour, mew=0.8, alpha=0.8)
    axes.plot(mean, place + 0.2, "o", ms=6.5, color=colour, mec=COLOURS["paper"], mew=0.8)
    row_label(axes, place, f"{name}, {counted(len(scores), 'run')}", f"{number(mean, 1)} %")
