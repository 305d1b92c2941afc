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

from benchmarks.scaled import filled_study, plain_dvc, plain_snakemake, run, seeds_for, trained_study

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
    """Return the wall and CPU seconds of a command that must succeed and find nothing to do."""
    kind, command = COMMANDS[name]
    environment = {"PYTHONPATH": str(folders[kind] / "src")} if name == "pipeline status" else {}
    wall, before = time.monotonic(), os.times()
    run(command, folders[kind], **environment)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"wall": time.monotonic() - wall, "cpu": cpu}


def measured(folder: Path, trained: Path, artefacts: int, repeats: int, dvc_up_to: int) -> dict[str, Any]:
    """Return the times of all commands at one size, the commands taking turns."""
    folders = {kind: folder / f"{kind}-{artefacts}" for kind in ("ours", "snakemake", "dvc")}
    count = filled_study(folders["ours"], trained, artefacts)
    plain_snakemake(folders["snakemake"], seeds_for(artefacts))
    names = [name for name, (kind, _) in COMMANDS.items() if kind != "dvc"]
    if artefacts <= dvc_up_to:
        plain_dvc(folders["dvc"], seeds_for(artefacts))
        names = list(COMMANDS)
    times: Times = {name: [] for name in names}
    for turn in range(repeats + 1):
        for name in names:
            found = timed(name, folders)
            if turn:  # the first turn warms the disk up
                times[name].append(found)
    about = {"artefacts": count, "bytes": size(folders["ours"]), "load": os.getloadavg()[0]}
    return {**about, "commands": {name: summary(found) for name, found in times.items()}}


def size(study: Path) -> int:
    """Return the bytes that settling reads: every file of every artefact."""
    from benchmarks.scaled import ARTEFACT_ROOTS

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
    parser.add_argument("--dvc-up-to", type=int, default=100, help="the largest graph given to plain DVC")
    parser.add_argument("--folder", type=Path, help="keep the studies in this folder")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = told.folder or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        trained = trained_study(folder / "trained")
        sizes = [measured(folder, trained, artefacts, told.repeats, told.dvc_up_to) for artefacts in told.sizes]
    found = {"cores": os.cpu_count(), "repeats": told.repeats, "sizes": sizes, "slopes": slopes(sizes)}
    NUMBERS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw(found, FIGURE)
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition("<!-- numbers -->\n")
    PAGE.write_text(f"{before}<!-- numbers -->\n{tables(found)}<!-- end -->{rest.partition('<!-- end -->')[2]}")
    print(tables(found))


if __name__ == "__main__":
    main()
