"""How long `pipeline plan` takes for a study of so many runs: a part of `make bench`."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
SEEDS = 20
SECONDS = 15


def study_of(runs: int) -> dict[str, Any]:
    """Return the default study with as many components as it takes for so many final runs, each variant 20 seeds."""
    stated: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    count = max(1, runs // SEEDS - 1)
    stated["components"] = {f"part_{number}": {"label_smoothing": number / (2 * count)} for number in range(count)}
    stated["method"]["label_smoothing"] = 0.9
    stated["variants"], stated["baselines"] = {}, {"rbf_svm": {"model": "rbf_svm"}}
    stated["families"] = {"ablation": stated["families"]["ablation"]}
    stated["seeds"]["final"] = list(range(200, 200 + SEEDS))
    spaces = stated["search"]["spaces"]
    stated["search"]["spaces"] = {"method": spaces["method"], "rbf_svm": spaces["rbf_svm"]}
    return stated


def planned(runs: int) -> dict[str, float]:
    """Return how many final runs a plan states, and the wall and CPU seconds that it took to state it."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "params.yaml").write_text(yaml.safe_dump(study_of(runs), sort_keys=False))
        command = [sys.executable, "-m", "pipeline", "plan"]
        wall, before = time.monotonic(), os.times()
        said = subprocess.run(command, cwd=name, capture_output=True, text=True, check=True,
                              env={**os.environ, "PYTHONPATH": str(ROOT / "src")}).stdout  # fmt: skip
        wall, after = time.monotonic() - wall, os.times()
    stated = next(int(line.split()[2]) for line in said.splitlines() if line.startswith("- training: "))
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"runs": stated, "seconds": round(wall, 1), "cpu_seconds": round(cpu, 1)}


def main() -> None:
    """Print the seconds for each size as JSON; exit 1 where a plan of 1 000 runs takes 15 CPU seconds or more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=[100, 1000, 4000])
    found = [planned(runs) for runs in parser.parse_args().runs]
    print(json.dumps(found, indent=1))
    if any(one["runs"] <= 1100 and one["cpu_seconds"] >= SECONDS for one in found):
        sys.exit(1)


if __name__ == "__main__":
    main()
