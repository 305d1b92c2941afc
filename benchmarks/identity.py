"""What identity costs: the hash chain and receipts beside the training they vouch for; a flipped bit beside hashing.

`make bench-identity`. Both sides of each ratio are measured in one run, in CPU seconds: the chain and the receipt of a
run of the default study; the search for a flipped bit, less what it takes to start, against sha256 of the same files.
"""

import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import study as miniature

ROOT = Path(__file__).resolve().parent.parent
REPEATS = 5
RUN = "runs/full/seed-200"
ROWS, FEATURES = 240, 400_000  # of the large artefacts [float32]: 384 MB, and as much again split
CHUNK = 2**20


def in_child(call: str, folder: Path) -> dict[str, Any]:
    """Return what a function of this module gives in a process of its own, in a folder."""
    code = f"import json; from benchmarks import identity; print(json.dumps(identity.{call}()))"
    path = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        sys.exit(f"{call} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def clocked(call: Callable[..., Any], seconds: list[float]) -> Callable[..., Any]:
    """Return a function that also notes how long each of its calls took."""

    def timed(*arguments: Any, **named: Any) -> Any:
        started = time.process_time()
        try:
            return call(*arguments, **named)
        finally:
            seconds.append(time.process_time() - started)

    return timed


def chain_and_receipt() -> dict[str, float]:
    """Return medians [s] of one training of the full method, its hash chain, and its receipt."""
    from pipeline.io import jobs, receipts
    from pipeline.science import training
    from pipeline.workflow import look, make

    world = look()
    step = world.steps["train"]
    stated = world.check(RUN)
    inputs = {name: [jobs.artefact(path) for path in paths] for name, paths in stated["reads"].items()}
    totals, chains, signed = [], [], []
    training.link = clocked(training.link, links := [])
    with tempfile.TemporaryDirectory() as name:
        for repeat in range(REPEATS + 1):  # a process's first run is slower
            links.clear()
            home = Path(name) / str(repeat)
            home.mkdir()
            started = time.process_time()
            make(step, jobs.Task(home, Path(name) / "scratch" / str(repeat), stated["parameters"], inputs))
            totals.append(time.process_time() - started)
            chains.append(sum(links))
            started = time.process_time()
            world.forget(RUN)
            end = {**world.describe(step, RUN, stated["reads"]), "files": world.files(RUN)}
            (home / receipts.WITHDRAWN).write_text(receipts.sealed(end), encoding="utf-8")
            signed.append(time.process_time() - started)
    train, chain, receipt = (statistics.median(values[1:]) for values in (totals, chains, signed))
    shares = {"chain_share": chain / train, "receipt_share": receipt / train, "share": (chain + receipt) / train}
    return {"training_seconds": train, "chain_seconds": chain, "receipt_seconds": receipt, **shares}


def hashed() -> dict[str, float]:
    """Return how long reading and hashing every artefact's files and the raw file takes [s], and their size [MB]."""
    paths = [path for path in Path("data").rglob("*") if path.is_file()]
    started = time.process_time()
    for path in paths:
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")
    return {"seconds": time.process_time() - started, "megabytes": sum(path.stat().st_size for path in paths) / 1e6}


def large_study(folder: Path) -> miniature.Study:
    """Return a study whose data were made, and are large."""
    import numpy as np

    from pipeline.science.datasets import digest

    study = miniature.checkout(folder)
    random = np.random.default_rng(0)
    y = random.integers(0, 3, ROWS)
    x = random.random(size=(ROWS, FEATURES), dtype=np.float32)
    np.savez(folder / "data/source/rows.npz", x=x, y=y)
    study.change("data.sha256", digest(x, y))
    study.commit("Take large data")
    study.snakemake("prepared")
    return study


def status(study: miniature.Study) -> tuple[float, dict[str, Any]]:
    """Return how long `status --deep` takes, its children included [CPU s], and what it says."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = json.loads(study.pipeline("status", "--deep", "--json", check=False).stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, said


def flipped_bit(folder: Path) -> dict[str, Any]:
    """Return how long `status --deep` takes over large artefacts, beside hashing them, and whether it found the bit."""
    study = large_study(folder)
    path = folder / "data/held_out/held_out.safetensors"
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    empty = miniature.checkout(folder.with_name("empty"))
    asked, started, alone = [], [], []
    for _ in range(REPEATS):
        alone.append(in_child("hashed", folder))
        started.append(status(empty)[0])
        seconds, said = status(study)
        asked.append(seconds)
    about = said["artefacts"]["data/held_out"]
    seconds, start = statistics.median(asked), statistics.median(started)
    hashing = statistics.median(each["seconds"] for each in alone)
    return {
        "megabytes": alone[0]["megabytes"],
        "status_seconds": seconds,
        "start_seconds": start,
        "hashing_seconds": hashing,
        "ratio": (seconds - start) / hashing,
        "found": about["state"] == "corrupt",
        "said": about["reason"],
    }


def rounded(found: dict[str, Any]) -> dict[str, Any]:
    """Return numbers as people read them."""
    return {name: float(f"{value:.3g}") if isinstance(value, float) else value for name, value in found.items()}


def main() -> None:
    """Print what was measured as JSON; the default study must have been made."""
    if not (ROOT / RUN / "receipt.json").is_file():
        sys.exit(f"{RUN}: is not there; run snakemake first")
    with tempfile.TemporaryDirectory() as name:
        found = {
            "training": rounded(in_child("chain_and_receipt", ROOT)),
            "flipped_bit": rounded(flipped_bit(Path(name) / "large")),
        }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
