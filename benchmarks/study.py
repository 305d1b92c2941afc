"""The default study against a bare loop, and nothing-to-do against Snakemake's own start: `make bench`."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.plan import planned

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 7
BARE_RULE = """
rule made_{number}:
    output: "made/{number}"
    shell: "touch {{output}}"
"""


def timed(command: list[str], folder: Path, **environment: str) -> tuple[float, str]:
    """Return wall seconds and what a command printed; it must succeed."""
    started = time.monotonic()
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.monotonic() - started, done.stdout


def clone(folder: Path) -> Path:
    """Clone what is committed."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    return folder


def bare_graph(folder: Path, rules: int) -> Path:
    """Write a Snakefile with as many outputs as the study has receipts, all of them there."""
    (folder / "made").mkdir(parents=True)
    text = "rule all:\n    input: " + ", ".join(f'"made/{number}"' for number in range(rules)) + "\n"
    (folder / "Snakefile").write_text(text + "".join(BARE_RULE.format(number=number) for number in range(rules)))
    for number in range(rules):
        (folder / "made" / str(number)).touch()
    return folder


def nothing_to_do(study: Path, bare: Path) -> dict[str, float]:
    """Return median seconds of `snakemake -n` with all valid, in turns with a bare graph."""
    command = [sys.executable, "-m", "snakemake", "-n", "--cores", "2"]
    pairs = [(timed(command, study)[0], timed(command, bare)[0]) for _ in range(REPEATS)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    return {"ours": round(ours, 2), "bare": round(theirs, 2), "ratio": round(ours / theirs, 2)}


def main() -> None:
    """Print seconds and ratios as JSON."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = clone(folder / "study")
        seconds, _ = timed([sys.executable, "-m", "snakemake", "--cores", "2"], study)
        source = str(ROOT / "src")
        _, said = timed([sys.executable, "-m", "benchmarks.bare", str(ROOT / "params.yaml")], ROOT, PYTHONPATH=source)
        bare, accuracy = map(float, said.split())
        ours = json.loads((study / "results" / "metrics.json").read_text())
        receipts = len(list(study.rglob("receipt.json")))
        noop = nothing_to_do(study, bare_graph(folder / "bare", receipts))
        shutil.rmtree(study)
    result = {
        "study": {"ours": round(seconds, 1), "bare": bare, "ratio": round(seconds / bare, 2)},
        "same_held_out_mean": ours.get("held_out", {}).get("mean") == accuracy,
        "nothing_to_do": {**noop, "receipts": receipts},
        "plan": planned(1000),
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
