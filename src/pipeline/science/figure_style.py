"""How every figure looks: sizes in CSS pixels at phone width, colours that a page may override, shared marks."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDTH = 340
LEFT = 56  # of a panel whose vertical axis has a name and numbers such as 73.25
COLOURS = {
    "ink": "#1f2933",
    "muted": "#5f6b76",
    "grid": "#dce2e7",
    "paper": "#fffffe",
    "band": "#e3e9ee",
    "method": "#1f5fa6",
    "ablation": "#b4530a",
    "extra": "#7a3e9d",
    "baseline": "#1d7a5f",
}
MARKERS = {"method": "o", "ablation": "s", "extra": "^", "baseline": "p"}
FIXED_MARKER = "D"
LEADER = {"arrowstyle": "-", "linewidth": 0.7, "alpha": 0.7, "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 3}
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.parse_math": False,
    "text.color": COLOURS["ink"],
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.facecolor": COLOURS["paper"],
    "axes.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.facecolor": COLOURS["paper"],
    "figure.dpi": 72,
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.8,
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "savefig.facecolor": COLOURS["paper"],
    "legend.frameon": False,
    "legend.fontsize": 9.5,
}


@contextmanager
def style(name: str) -> Iterator[None]:
    """Draw and save inside this: the project's style alone, whatever a personal matplotlibrc says."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**STYLE, "svg.hashsalt": name})
        yield


def canvas(height: float) -> Figure:
    """Return an empty figure of the common width and a height in pixels."""
    return Figure(figsize=(WIDTH / 72, height / 72), dpi=72)


def panel(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Return axes placed by pixels from the figure's left and top edges."""
    total = figure.get_figheight() * 72
    return figure.add_axes((left / WIDTH, 1 - (top + height) / total, width / WIDTH, height / total))


def row_panel(figure: Figure, top: float, rows: int, row_height: float = 40.0) -> Axes:
    """Return full-width axes for labelled rows, row 0 uppermost, with vertical grid lines only."""
    axes = panel(figure, 10, top, WIDTH - 20, rows * row_height)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    return axes


def row_label(axes: Axes, row: int, left: str, right: str) -> None:
    """Write a row's name above its marks, and its reading at the right, on clear paper."""
    axes.axhspan(row - 0.5, row - 0.06, color=COLOURS["paper"], lw=0, zorder=2.1)
    place = axes.get_yaxis_transform()
    axes.text(0.0, row - 0.26, left, ha="left", va="center", transform=place)
    axes.text(1.0, row - 0.26, right, ha="right", va="center", transform=place)


def spread(positions: Iterable[float], gap: float, top: float) -> list[float]:
    """Return ascending positions moved apart to at least `gap`, none above `top` where there is room."""
    moved: list[float] = []
    for position in positions:
        moved.append(max(position, moved[-1] + gap) if moved else position)
    limit = top
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = min(moved[index], limit)
        limit = moved[index] - gap
    return moved


@dataclass(frozen=True)
class Mark:
    """A labelled point, in the axes' data units."""

    x: float
    y: float
    label: str
    colour: str


def side_labels(axes: Axes, marks: list[Mark]) -> None:
    """Write the marks' labels in a column right of the axes, apart from each other, each led to its point."""
    ordered = sorted(marks, key=lambda mark: (mark.y, mark.label))
    low, high = axes.get_ylim()
    gap = (high - low) * 13.0 / axes.get_window_extent().height
    for mark, height in zip(ordered, spread([mark.y for mark in ordered], gap, high), strict=True):
        axes.annotate(
            mark.label,
            (mark.x, mark.y),
            (1.05, height),
            textcoords=axes.get_yaxis_transform(),
            va="center",
            fontsize=9.5,
            color=COLOURS["ink"],
            annotation_clip=False,
            arrowprops={**LEADER, "color": mark.colour},
        )


def side_margin(labels: Iterable[str]) -> float:
    """Return the room in pixels that labels beside the axes take, at most half the figure."""
    return min(16 + 5.9 * max(map(len, labels), default=0), WIDTH / 2)
