"""What `make bench-scale` measured, as a table and a picture."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.scale import COMMANDS, PAIRS

COLOURS = {"ours": "#0072b2", "snakemake": "#d55e00", "dvc": "#009e73"}
STYLES = {"snakemake": "-", "snakemake -n": "--", "pipeline status": ":", "dvc repro": "-.", "dvc status": (0, (1, 3))}


def tables(found: Mapping[str, Any]) -> str:
    """Return the times, the ratios and the slopes as Markdown."""
    heads = [
        f"{one['artefacts']} artefacts, {one['bytes'] / 1e6:.0f} MB; {one['turns']} turns, load {one['load']}"
        for one in found["sizes"]
    ]
    lines = ["", f"On {found['cores']} cores. Wall seconds: least (median, most); CPU seconds: least.", ""]
    lines += ["| | " + " | ".join(heads) + " | ms an artefact |", "|---|" + "---|" * (len(heads) + 1)]
    for name in COMMANDS:
        cells = [cell(one["commands"].get(name)) for one in found["sizes"]]
        slope = found["slopes"].get(name)
        grown = f"{slope['ms']} (n^{slope['exponent']})" if slope else ""
        lines.append(f"| `{name}` | " + " | ".join(cells) + f" | {grown} |")
    lines += ["", "Ratios of the least wall seconds, and of the least CPU seconds:", ""]
    lines += ["| | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads)]
    for name, others in PAIRS.items():
        for other in others:
            cells = [ratio(one["commands"], name, other) for one in found["sizes"]]
            lines.append(f"| `{name}` / `{other}` | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", ""])


def cell(times: Mapping[str, float] | None) -> str:
    """Return one command's times at one size."""
    if times is None:
        return "not run"
    return f"{times['min']:.2f} ({times['median']:.2f}, {times['max']:.2f}); CPU {times['cpu']:.2f}"


def ratio(commands: Mapping[str, Any], name: str, other: str) -> str:
    """Return how many times as long a command takes as another: by wall clock, and in CPU."""
    if other not in commands:
        return "not run"
    wall, cpu = (commands[name][key] / commands[other][key] for key in ("min", "cpu"))
    return f"{wall:.2f}; CPU {cpu:.2f}"


def draw(found: Mapping[str, Any], path: Path) -> None:
    """Draw seconds against artefacts, both axes logarithmic: points are the least, bars reach to the most."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "scale", "font.size": 9}):
        figure = Figure(figsize=(7, 4.2), layout="constrained")
        axes = figure.subplots()
        for name, (kind, _) in COMMANDS.items():
            points = [(one["artefacts"], one["commands"][name]) for one in found["sizes"] if name in one["commands"]]
            least = [times["min"] for _, times in points]
            upward = [times["max"] - times["min"] for _, times in points]
            axes.errorbar(
                [count for count, _ in points], least, yerr=[[0] * len(points), upward], label=name, capsize=2,
                marker="o", markersize=3, color=COLOURS[kind], linestyle=STYLES[name.removeprefix("plain ")],
            )  # fmt: skip
        axes.set(xscale="log", yscale="log", xlabel="artefacts", ylabel="wall time with nothing to do [s]")
        axes.set_title("least of the turns; bars reach to the most", fontsize=9)
        axes.grid(alpha=0.3, which="both")
        figure.legend(loc="outside right upper", fontsize=8, frameon=False)
        figure.savefig(path, metadata={"Date": None, "Creator": None})
