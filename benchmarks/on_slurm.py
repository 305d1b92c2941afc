"""Packs against one job a run, on a real Slurm that is started here as root: `make bench-slurm`.

A cut-down default study (20 steps a network) is trained with one run a job and with packs. How many jobs there were
and how long they held the node is Slurm's own account; what the runs themselves took is what was observed of them.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.workflow.slurm import asked, missing, slurm

from benchmarks.scaled import FIRST_SEED, FIXED, ROOT, VARIED, cloned_study, run
from pipeline.io.files import read_json

PAGE = ROOT / "docs" / "scale.md"
NUMBERS = ROOT / "docs" / "scale_slurm.json"
BEGIN, END = "<!-- slurm -->\n", "<!-- end of slurm -->"
LARGE = 1000
CHOICES = [f"choices/{method}/receipt.json" for method in ("full", FIXED)]
QUICK = ("--slurm-init-seconds-before-status-checks", "5")


def names(runs: int) -> tuple[list[int], list[str]]:
    """Return the seeds of a study with at least so many runs, and the names of so many of its runs."""
    seeds = list(range(FIRST_SEED, FIRST_SEED + max(7, -(-runs // len(VARIED)))))
    return seeds, [f"{variant}/seed-{seed}" for seed in seeds for variant in VARIED][:runs]


def measured(study: Path, runs: list[str], pack: int) -> dict[str, Any]:
    """Train some runs of a study anew in packs of a size; return jobs, runs and seconds."""
    for name in ("runs", "observed", ".pipeline"):
        shutil.rmtree(study / name, ignore_errors=True)
    before = set(jobs())
    started, load = time.monotonic(), os.getloadavg()[0]
    config = [f"pack={pack}", f"only={','.join(runs)}"]
    run(["snakemake", "--profile", "profiles/slurm", *QUICK, "--config", *config, "--", "trained"], study)
    wall = time.monotonic() - started
    own = {job: seconds for job, seconds in jobs().items() if job not in before}
    bodies = [read_json(path)["wall_seconds"] for path in (study / "observed" / "artefacts").glob("runs__*.json")]
    return {
        "pack": pack,
        "runs": len(bodies),
        "jobs": len(own),
        "wall_seconds": round(wall, 1),
        "node_seconds": sum(own.values()),
        "body_seconds": round(sum(bodies), 1),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
    }


def jobs() -> dict[str, int]:
    """Return {job: seconds that it held the node} of all jobs that Slurm remembers."""
    lines = asked("squeue", "--noheader", "--states=all", "--format=%A %M").splitlines()
    return {job: seconds(spent) for job, spent in map(str.split, lines)}


def seconds(spent: str) -> int:
    """Return the seconds that Slurm spells [[days-]hours:]minutes:seconds."""
    days, _, clock = spent.rpartition("-")
    total = int(days or 0) * 24
    for size, part in zip((0, 60, 60)[-len(clock.split(":")) :], clock.split(":"), strict=True):
        total = total * (size or 1) + int(part)
    return total


def table(found: dict[str, Any]) -> str:
    """Return the numbers as the page shows them."""
    lines = [
        "",
        f"On {found['cores']} cores, {found['measured'][0]['runs']} runs trained from the same choices; Slurm "
        f"{found['slurm']}; load before and after in the last column.",
        "",
        "| runs a job | jobs | wall s | s that jobs held a core | of which the runs took | overhead, s a job "
        f"| overhead, s a run | of {LARGE} runs: jobs, overhead in core hours | load |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found["measured"]:
        spent = one["node_seconds"] - one["body_seconds"]
        large = -(-LARGE // one["pack"])
        cells = [
            one["pack"],
            one["jobs"],
            f"{one['wall_seconds']:.0f}",
            one["node_seconds"],
            f"{one['body_seconds']:.0f}",
            f"{spent / one['jobs']:.1f}",
            f"{spent / one['runs']:.2f}",
            f"{large}, {large * spent / one['jobs'] / 3600:.2f} (extrapolated)",
            ", ".join(map(str, one["load"])),
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join([*lines, "", ""])


def main() -> None:
    """Measure, and write docs/scale_slurm.json and the table in docs/scale.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--packs", type=int, nargs="+", default=[1, 21])
    told = parser.parse_args()
    if why := missing():
        sys.exit(f"no Slurm can be started here: {why}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seeds, runs = names(told.runs)
        study = cloned_study(folder / "study", seeds)
        run(["snakemake", "--cores", "2", *CHOICES], study)
        (folder / "slurm").mkdir()
        with slurm(folder / "slurm"):
            rows = [measured(study, runs, pack) for pack in told.packs]
            version = asked("sinfo", "--version").split()[-1]
    found = {"cores": os.cpu_count(), "slurm": version, "measured": rows}
    NUMBERS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{table(found)}{END}{rest.partition(END)[2]}", encoding="utf-8")
    print(table(found))


if __name__ == "__main__":
    main()
