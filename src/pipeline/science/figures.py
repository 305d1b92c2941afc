"""The figures of results: accuracy, per-seed differences, accuracy against cost."""

from collections.abc import Hashable
from itertools import accumulate
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, Locator, LogLocator, MaxNLocator

from pipeline.science.figure_style import (
    COLOURS,
    FIXED_MARKER,
    LEFT,
    MARKERS,
    WIDTH,
    Mark,
    canvas,
    panel,
    row_label,
    row_panel,
    side_labels,
    side_margin,
)
from pipeline.science.reporting.wording import bracket, marked_verdict, number, points, short_magnitude
from pipeline.science.tables import scores_of

ROW_HEIGHT = 40.0
COSTS = {"flops_per_example": "FLOPs per predicted example", "training_flops": "FLOPs of training, one run"}
Row = dict[Hashable, Any]

OVER_SEEDS = ("one seed", "new seeds, items", "new seeds only")
CORRECTED = ("one fold", "corrected for folds")
ENDS: dict[int, dict[str, Any]] = {1: {"marker": "|", "ms": 8}, 4: {"solid_capstyle": "butt"}}


def rows_of(table: pd.DataFrame) -> list[Row]:
    """Return a table's rows as dictionaries, in order."""
    return table.to_dict("records")


def stacked(count: int) -> np.ndarray:
    """Return vertical offsets, float64 [count], that keep equal dots apart: by order, never by chance."""
    return 0.2 + np.linspace(-0.1, 0.1, count) if count > 1 else np.array([0.2])


def accuracy(variants: pd.DataFrame, runs: pd.DataFrame, split: str) -> Figure:
    """Draw each variant's runs, mean and 95 % interval; a fixed reference is a diamond without one.

    `variants` needs columns variant, role, n, <split>_{mean,low,high} (rates); `runs` variant, seed and its scores.
    """
    full = 100 * float(variants.loc[variants["variant"] == "full", f"{split}_mean"].iloc[0])
    own = variants["role"] != "baseline"
    groups = {"The method and its variants": variants[own], "Baselines": variants[~own]}
    shown = {heading: group for heading, group in groups.items() if len(group)}
    heights = [len(group) * ROW_HEIGHT + 74 for group in shown.values()]
    figure = canvas(sum(heights))
    for (heading, group), top in zip(shown.items(), accumulate([24, *heights[:-1]]), strict=True):
        axes = row_panel(figure, top, len(group))
        axes.axvline(full, ls="--", lw=1, color=COLOURS["muted"], zorder=1)
        for place, row in enumerate(rows_of(group)):
            seeds = scores_of(runs[runs["variant"] == row["variant"]], split).to_numpy(float)
            draw_accuracy(axes, place, row, seeds, split)
        finish_rows(axes, heading, f"{split.replace('_', '-')} accuracy, % (dashed: mean of full)")
    return figure


def finish_rows(axes: Axes, heading: str, label: str) -> None:
    """Give a panel of rows its heading and its horizontal axis."""
    axes.margins(x=0.05)
    axes.set_title(heading, loc="left", fontsize=10.5, fontweight="bold", color=COLOURS["ink"], pad=6)
    axes.set_xlabel(label)
    axes.xaxis.set_major_locator(MaxNLocator(6))


def draw_accuracy(axes: Axes, place: int, row: Row, seeds: np.ndarray, split: str) -> None:
    """Draw one variant's row; `seeds` float64 [n] holds the accuracy of each run."""
    colour = COLOURS[row["role"]]
    mean, low, high = (100 * float(row[f"{split}_{part}"]) for part in ("mean", "low", "high"))
    several = row["n"] > 1
    if several:
        axes.plot(100 * seeds, place + stacked(len(seeds)), "o", ms=3.5, mfc="none", mec=colour, mew=0.8, alpha=0.8)
        axes.plot([low, high], [place + 0.2] * 2, color=colour, lw=3, solid_capstyle="butt", alpha=0.6)
    marker = MARKERS[row["role"]] if several else FIXED_MARKER
    axes.plot(mean, place + 0.2, marker, ms=6.5, color=colour, mec=COLOURS["paper"], mew=0.8)
    who = f"{row['variant']}, n = {row['n']}" if several else f"{row['variant']}, fixed, n = 1"
    row_label(axes, place, who, f"{number(mean, 1)} {bracket(low, high, 1)}")


def differences(contrasts: pd.DataFrame, by_seed: pd.DataFrame) -> Figure:
    """Draw each contrast's per-seed differences with both intervals and the margin, one panel a family."""
    families = list(dict.fromkeys(contrasts["family"]))
    heights = [int((contrasts["family"] == family).sum()) * ROW_HEIGHT + 74 for family in families]
    figure = canvas(sum(heights) + 44)
    level = "1 − alpha" if "alpha" in contrasts else "95 %"
    interval_legend(figure, level, CORRECTED if "folds" in contrasts else OVER_SEEDS)
    for family, top in zip(families, accumulate([68, *heights[:-1]]), strict=True):
        members = contrasts[contrasts["family"] == family]
        axes = row_panel(figure, top, len(members))
        for place, row in enumerate(rows_of(members)):
            draw_difference(axes, place, row, seeds_of(by_seed, family, row["variant"]))
        finish_family(axes, members, family)
    return figure


def interval_legend(figure: Figure, level: str, said: tuple[str, ...] = OVER_SEEDS) -> None:
    """Say at the top what each mark of the differences is: `said` of the dots, the thin and the thick interval."""
    ink = COLOURS["ink"]
    keys = panel(figure, 10, 2, WIDTH - 20, 34)
    keys.axis("off")
    keys.set(xlim=(0, WIDTH - 20), ylim=(34, 0))
    dots, *intervals = said
    for left, width, name in zip((150, 2), (1, 4), intervals, strict=False):
        keys.plot([left, left + 22], [9, 9], color=ink, lw=width, **ENDS[width])
        keys.text(left + 28, 9, f"{level}, {name}", va="center")
    keys.plot(13, 27, "o", ms=4, mfc="none", mec=ink, mew=0.8)
    keys.text(30, 27, dots, va="center")
    keys.plot(161, 27, "d", ms=8, color=ink)
    keys.text(178, 27, "mean; shaded: margin", va="center")


def seeds_of(by_seed: pd.DataFrame, family: str, variant: str) -> np.ndarray:
    """Return the per-seed differences of one contrast, float64 [n], as rates."""
    chosen = (by_seed["family"] == family) & (by_seed["variant"] == variant)
    return by_seed.loc[chosen, "difference"].to_numpy(float)


def draw_difference(axes: Axes, place: int, row: Row, seeds: np.ndarray) -> None:
    """Draw one contrast's row: dots, the interval over seeds (thick) and over seeds and items (thin)."""
    colour, line = COLOURS["method"], place + 0.2
    axes.plot(
        100 * seeds,
        place + stacked(len(seeds)),
        "o",
        ms=4,
        mfc="none",
        mec=COLOURS["muted"],
        mew=0.8,
        zorder=4,
    )
    wide = [100 * row["population_low"], 100 * row["population_high"]]
    axes.plot(wide, [line, line], color=colour, lw=1, marker="|", ms=9)
    if "folds" not in row:
        inner = [100 * row["low"], 100 * row["high"]]
        axes.plot(inner, [line, line], color=colour, lw=4, solid_capstyle="butt", alpha=0.8)
    axes.plot(100 * row["difference"], line, "d", ms=8, color=colour, mec=COLOURS["paper"], mew=1, zorder=5)
    against = "" if row["paired"] else ", fixed"
    said = row["finding"] if row["claim"] == "superiority_to_every" else row["verdict"]
    reading = f"{points(row['difference'])}  {marked_verdict(said)}"
    row_label(axes, place, f"{row['variant']}{against}, n = {row['n']}", reading)


def finish_family(axes: Axes, members: pd.DataFrame, family: str) -> None:
    """Add the zero line, the margin band, the claim and the axis of one family's panel."""
    margin = 100 * float(members["margin"].max())
    axes.axvspan(-margin, margin, color=COLOURS["band"], lw=0, zorder=0)
    axes.axvline(0, color=COLOURS["muted"], lw=1, zorder=1)
    heading = f"{family}: {members['claim'].iloc[0].replace('_', ' ')} claimed"
    finish_rows(axes, heading, "full minus this one, percentage points (right: full better)")


def costs(variants: pd.DataFrame, split: str) -> Figure:
    """Draw accuracy against FLOPs per predicted example, and against FLOPs of training where they are counted.

    Variants without a positive cost are left out of that panel, and so is a panel without variants; the caption
    names them (`without_cost`).
    """
    height = max(180.0, 17.0 * len(variants))
    counted = {cost: title for cost, title in COSTS.items() if len(without_cost(variants, cost)) < len(variants)}
    figure = canvas(max(1, len(counted)) * (height + 60))
    for place, (cost, title) in enumerate(counted.items()):
        width = WIDTH - LEFT - side_margin(variants["variant"])
        axes = panel(figure, LEFT, 10 + place * (height + 60), width, height)
        draw_costs(axes, variants[variants[cost] > 0], cost, split)
        axes.set_xlabel(f"{title} (log scale)")
    return figure


def without_cost(variants: pd.DataFrame, cost: str) -> list[str]:
    """Return the variants that have no positive value of a cost."""
    return [str(name) for name in variants.loc[~(variants[cost] > 0), "variant"]]


def ticks(span: float) -> Locator:
    """Return where a log axis has its ticks, whose ends are `span` times apart: few enough for their labels."""
    if span < 4:
        return MaxNLocator(3)  # a LogLocator would find less than two, and then crowd the axis
    return LogLocator(subs=(1.0,), numticks=5) if span > 50 else LogLocator(subs=(1.0, 2.0, 5.0))


def draw_costs(axes: Axes, shown: pd.DataFrame, cost: str, split: str) -> None:
    """Draw one panel of accuracy (with its interval) against a cost on a log axis."""
    marks = []
    for row in rows_of(shown):
        colour, mean = COLOURS[row["role"]], 100 * float(row[f"{split}_mean"])
        if row["n"] > 1:
            ends = [100 * row[f"{split}_low"], 100 * row[f"{split}_high"]]
            axes.plot([row[cost]] * 2, ends, color=colour, lw=1.5)
        marker = MARKERS[row["role"]] if row["n"] > 1 else FIXED_MARKER
        above = 3 if row["role"] == "method" else 2  # what variants as dear and as good as it would hide
        axes.plot(row[cost], mean, marker, ms=7, color=colour, mec=COLOURS["paper"], mew=0.8, zorder=above)
        marks.append(Mark(row[cost], mean, row["variant"], colour))
    axes.set_xscale("log")
    axes.margins(x=0.12, y=0.08)
    axes.xaxis.set_major_locator(ticks(float(shown[cost].max() / shown[cost].min()) if len(shown) else 1.0))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short_magnitude(value)))
    axes.minorticks_off()
    axes.grid()
    axes.set_ylabel(f"{split.replace('_', '-')} accuracy, %")
    side_labels(axes, marks)
