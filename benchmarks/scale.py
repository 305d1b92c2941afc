"""Doing nothing, at 100 to 10 000 artefacts, against plain Snakemake and plain DVC: `make bench-scale`.

The commands take turns, so that a busy machine slows all of them; ratios are of the shortest times.
"""

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.scaled import (
    ARTEFACT_ROOTS,
    filled_study,
    outputs_and_inputs,
    plain_dvc,
    plain_snakemake,
    run,
    seeds_for,
    trained_study,
)

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "scale.md"
FIGURE = ROOT / "docs" / "scale.svg"
NUMBERS = ROOT / "docs" / "scale.json"
COMMANDS: dict[str, tuple[str, list[str]]] = {
    "snakemake": ("ours", ["snakemake"]),
    "snakemake -n": ("ours", ["snakemake", "-n"]),
    "pipeline status": ("ours", [sys.executable, "-m", "pipeline", "status"]),
    "dvc repro": ("ours", ["dvc", "repro"]),
    "dvc status": ("ours", ["dvc", "status"]),
    "plain snakemake": ("snakemake", ["snakemake"]),
    "plain snakemake -n": ("snakemake", ["snakemake", "-n"]),
    "plain dvc repro": ("dvc", ["dvc", "repro"]),
    "plain dvc status": ("dvc", ["dvc", "status"]),
}
PAIRS = {  # what each is held against
    "snakemake": ("plain snakemake", "plain dvc repro"),
    "snakemake -n": ("plain snakemake -n", "plain dvc repro"),
    "pipeline status": ("plain snakemake -n", "plain dvc status"),
    "dvc repro": ("plain snakemake", "plain dvc repro"),
    "dvc status": ("plain snakemake -n", "plain dvc status"),
}
Times = dict[str, list[dict[str, float]]]


def timed(name: str, folders: Mapping[str, Path]) -> dict[str, float]:
    """Return the wall and CPU seconds of a command that must succeed; nothing is to be done."""
    kind, command = COMMANDS[name]
    environment = {"PYTHONPATH": str(folders[kind] / "src")} if name == "pipeline status" else {}
    wall, before = time.monotonic(), os.times()
    run(command, folders[kind], **environment)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall": time.monotonic() - wall, "cpu": cpu}


def studies(folder: Path, trained: Path, artefacts: int, kinds: list[str]) -> dict[str, Path]:
    """Return a folder of each kind with so many artefacts, made where it is not kept from an earlier measurement."""
    folders = {kind: folder / f"{kind}-{artefacts}" for kind in kinds}
    makers = {"snakemake": plain_snakemake, "dvc": plain_dvc}
    for kind, place in folders.items():
        if place.exists():
            continue
        if kind == "ours":
            filled_study(place, trained, artefacts)
        else:
            makers[kind](place, seeds_for(artefacts))
    return folders


def measured(folder: Path, trained: Path, artefacts: int, told: argparse.Namespace) -> dict[str, Any]:
    """Return the times of all commands at one size, the commands taking turns; the first turn warms the disk up."""
    kinds = ["ours", "snakemake", *(["dvc"] if artefacts <= told.dvc_up_to else [])]
    folders = studies(folder, trained, artefacts, kinds)
    times: Times = {name: [] for name, (kind, _) in COMMANDS.items() if kind in kinds}
    started, loads = time.monotonic(), []
    for turn in range(told.repeats + 1):
        if turn > 1 and time.monotonic() - started > told.seconds:
            break
        for name, taken in times.items():
            taken.append(timed(name, folders))
        loads.append(os.getloadavg()[0])
    about = {
        "artefacts": sum(1 for _ in outputs_and_inputs(seeds_for(artefacts))),
        "bytes": size(folders["ours"]),
        "load": round(statistics.median(loads), 1),
        "turns": len(loads) - 1,
    }
    return {**about, "commands": {name: summary(taken[1:]) for name, taken in times.items()}}


def size(study: Path) -> int:
    """Return the bytes that settling reads: every file of every artefact."""
    return sum(path.stat().st_size for root in ARTEFACT_ROOTS for path in (study / root).rglob("*") if path.is_file())


def summary(times: list[dict[str, float]]) -> dict[str, Any]:
    """Return least, median and most seconds, by wall clock, and the least CPU seconds."""
    wall = [one["wall"] for one in times]
    spread = {"min": min(wall), "median": statistics.median(wall), "max": max(wall)}
    return {name: round(value, 3) for name, value in {**spread, "cpu": min(one["cpu"] for one in times)}.items()}


def slopes(sizes: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return of each command the milliseconds an artefact adds, and the exponent of growth, between its two ends."""
    found = {}
    for name in COMMANDS:
        points = [(one["artefacts"], one["commands"][name]["cpu"]) for one in sizes if name in one["commands"]]
        if len(points) > 1:
            (least, low), (most, high) = points[-2], points[-1]
            exponent = math.log(high / low) / math.log(most / least)
            found[name] = {"ms": round(1000 * (high - low) / (most - least), 2), "exponent": round(exponent, 2)}
    return found


def main() -> None:
    """Measure, and write docs/scale.json, docs/scale.svg and the table in docs/scale.md."""
    from benchmarks.scale_page import draw, tables

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--dvc-up-to", type=int, default=1000, help="the largest graph given to plain DVC")
    parser.add_argument("--seconds", type=float, default=600, help="take no further turn at a size after so long")
    parser.add_argument("--folder", type=Path, help="keep the studies here, and use those that are kept")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = told.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        trained = folder / "trained"
        if not trained.exists():
            trained_study(trained)
        sizes = [measured(folder, trained, artefacts, told) for artefacts in told.sizes]
    found = {"cores": os.cpu_count(), "sizes": sizes, "slopes": slopes(sizes)}
    NUMBERS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw(found, FIGURE)
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition("<!-- numbers -->\n")
    PAGE.write_text(f"{before}<!-- numbers -->\n{tables(found)}<!-- end -->{rest.partition('<!-- end -->')[2]}")
    print(tables(found))


if __name__ == "__main__":
    main()
