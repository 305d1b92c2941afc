"""Studies of any size in which there is nothing to do, and the same graph in plain Snakemake and in plain DVC."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from pipeline.base.params import Study
from pipeline.science.control_runs import control_runs

ROOT = Path(__file__).resolve().parent.parent
FIRST_SEED = 1000
TRAINED_SEEDS = 7
VARIED = ("full", "minus_attention")
FIXED = "nearest_neighbours"
ARTEFACT_ROOTS = ("data/raw", "data/splits", "data/held_out", "choices", "runs", "evaluations", "analysis", "results")
PLAIN_SNAKEFILE = """
RUNS = [f"{variant}/seed-{seed}" for variant in VARIED for seed in SEEDS] + [f"{FIXED}/fixed"]
ALL = RUNS + CONTROLS
PACKS = [ALL[first:first + 21] for first in range(0, len(ALL), 21)]
TRAINED = [f"runs/{run}/made" for run in RUNS]
CONTROLLED = [f"runs/{run}/made" for run in CONTROLS]
EVALUATED = [f"evaluations/{run}/made" for run in RUNS]


def method_of(run):
    return FIXED if run.startswith(FIXED) else "full"


rule all:
    input: "results/made"

rule fetch:
    output: "data/raw/made"
    shell: "touch {output}"

rule prepare:
    input: "data/raw/made"
    output: "data/splits/made", "data/held_out/made"
    shell: "touch {output}"

rule select:
    input: "data/splits/made"
    output: "choices/{method}/made"
    shell: "touch {output}"

for number, pack in enumerate(PACKS, start=1):
    rule:
        name: f"train_{number}"
        input:
            splits="data/splits/made",
            choices=[f"choices/{method_of(run)}/made" for run in pack],
        output: [f"runs/{run}/made" for run in pack]
        shell: "touch {output}"

rule evaluate:
    input: held_out="data/held_out/made", runs=TRAINED
    output: EVALUATED
    shell: "touch {output}"

rule analyse:
    input:
        splits="data/splits/made",
        choices=expand("choices/{method}/made", method=["full", FIXED]),
        runs=TRAINED,
        controls=CONTROLLED,
        evaluations=EVALUATED,
    output: "analysis/made"
    shell: "touch {output}"

rule report:
    input: "analysis/made"
    output: "results/made"
    shell: "touch {output}"
"""


def run(command: list[str], folder: Path, **environment: str) -> str:
    """Run a command that must succeed, in the environment a user has; return what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PIPELINE_", "PYTHONPATH"))}
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**clean, "PATH": path, **environment}
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def seeds_for(artefacts: int) -> list[int]:
    """Return so many seeds that a study of them has about so many artefacts: 19 or so, and four a seed."""
    return list(range(FIRST_SEED, FIRST_SEED + max(TRAINED_SEEDS, round((artefacts - 19) / 4))))


def controls(seeds: list[int]) -> list[str]:
    """Return the runs of the controls that a study of some seeds has."""
    return [str(run) for run in control_runs(Study.model_validate(stated(seeds)))]


def stated(seeds: list[int]) -> dict[str, Any]:
    """Return the default study cut down to two variants and a baseline, its search and training to little."""
    params: dict[str, Any] = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    params["method"]["steps"] = 20
    params["components"] = {"attention": params["components"]["attention"]}
    params["variants"] = {}
    params["baselines"] = {FIXED: params["baselines"][FIXED]}
    params["families"] = {name: params["families"][name] for name in ("ablation", "baseline")}
    params["seeds"]["final"] = seeds
    params["search"]["trials"] = 1
    params["search"]["spaces"] = {name: params["search"]["spaces"][name] for name in ("method", FIXED)}
    return params


def confirmed(folder: Path, seeds: list[int]) -> None:
    """State a study and commit it with its plan."""
    (folder / "params.yaml").write_text(yaml.safe_dump(stated(seeds), sort_keys=False), encoding="utf-8")
    run([sys.executable, "-m", "pipeline", "plan", "--lock"], folder, PYTHONPATH=str(folder / "src"))
    run(["git", "commit", "-qam", "State a study"], folder)


def cloned_study(folder: Path, seeds: list[int], source: Path = ROOT) -> Path:
    """Take what is committed and state a small study of it."""
    run(["git", "clone", "-q", str(source), str(folder)], source)
    for name in ("manifest.json", "dvc.lock"):
        (folder / name).unlink(missing_ok=True)
    begin(folder)
    confirmed(folder, seeds)
    return folder


def begin(folder: Path) -> None:
    """Give a study a history of its own with no look at held-out, so that no seed of it is an added one."""
    shutil.rmtree(folder / ".git")
    shutil.rmtree(folder / ".pipeline", ignore_errors=True)
    for path in (folder / "looks").rglob("*.json"):
        path.unlink()
    run(["git", "init", "-q", "-b", "main"], folder)
    for key, value in (("user.name", "A Scientist"), ("user.email", "scientist@example.org")):
        run(["git", "config", key, value], folder)
    run(["git", "add", "-A"], folder)
    run(["git", "commit", "-q", "-m", "Start"], folder)


def trained_study(folder: Path) -> Path:
    """Clone what is committed and run a small study of it, really."""
    cloned_study(folder, seeds_for(0))
    run(["snakemake", "--cores", "2"], folder)
    return folder


def filled_study(folder: Path, trained: Path, artefacts: int) -> int:
    """Make a study of about so many valid artefacts, recorded; return of how many exactly.

    Exits where one of them is not valid, or where there is anything to do.
    """
    shutil.copytree(trained, folder, symlinks=True)
    begin(folder)
    confirmed(folder, seeds_for(artefacts))
    signing = str(ROOT / "benchmarks" / "signing.py")
    count = int(run([sys.executable, signing], folder, PYTHONPATH=str(folder / "src")))
    journal = folder / ".pipeline" / "journal.jsonl"
    journal.unlink(missing_ok=True)
    run(["snakemake"], folder)  # puts the looks on record
    pipeline(folder, "status")
    pipeline(folder, "record")
    run(["snakemake"], folder)
    if journal.exists():
        sys.exit(f"{folder}: there was something to do:\n{journal.read_text()[:500]}")
    return count


def pipeline(folder: Path, *arguments: str) -> str:
    """Run the command line of a study."""
    return run([sys.executable, "-m", "pipeline", *arguments], folder, PYTHONPATH=str(folder / "src"))


def outputs_and_inputs(seeds: list[int]) -> Iterator[tuple[str, list[str]]]:
    """Yield each artefact of a study of some seeds with those it reads, upstream first."""
    names = [*(f"{variant}/seed-{seed}" for variant in VARIED for seed in seeds), f"{FIXED}/fixed"]
    choices = ["choices/full", f"choices/{FIXED}"]
    trained, evaluated = [f"runs/{name}" for name in names], [f"evaluations/{name}" for name in names]
    controlled = [f"runs/{name}" for name in controls(seeds)]
    yield "data/raw", []
    yield from (("data/splits", ["data/raw"]), ("data/held_out", ["data/raw"]))
    yield from ((choice, ["data/splits"]) for choice in choices)
    yield from ((home, ["data/splits", choices[home.startswith(f"runs/{FIXED}")]]) for home in [*trained, *controlled])
    yield from ((home, ["data/held_out", f"runs/{name}"]) for home, name in zip(evaluated, names, strict=True))
    yield "analysis", ["data/splits", *choices, *trained, *controlled, *evaluated]
    yield "results", ["analysis"]


def plain_snakemake(folder: Path, seeds: list[int]) -> None:
    """Write the same rules, packs and inputs without receipts, under the same profile, every output there."""
    folder.mkdir()
    shutil.copytree(ROOT / "profiles", folder / "profiles")
    constants = f"SEEDS = range({seeds[0]}, {seeds[-1] + 1})\nVARIED = {VARIED!r}\nFIXED = {FIXED!r}\n"
    constants += f"CONTROLS = {controls(seeds)!r}\n"
    (folder / "Snakefile").write_text(constants + PLAIN_SNAKEFILE, encoding="utf-8")
    for home, _ in outputs_and_inputs(seeds):
        (folder / home).mkdir(parents=True)
        (folder / home / "made").touch()
    run(["snakemake"], folder)


def plain_dvc(folder: Path, seeds: list[int]) -> None:
    """Write one stage an artefact, each a small file, with the dvc.lock and the cache that running them all leaves.

    They are written here in DVC's documented formats, since DVC itself takes seconds a stage.
    """
    folder.mkdir()
    run(["git", "init", "-q"], folder)
    run(["dvc", "init", "-q"], folder)
    stages: dict[str, Any] = {}
    locked: dict[str, Any] = {}
    for home, reads in outputs_and_inputs(seeds):
        content = f"{home}\n".encode()
        path = folder / home / "made"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        made = entry(f"{home}/made", content)
        kept = folder / ".dvc" / "cache" / "files" / "md5" / made["md5"][:2] / made["md5"][2:]
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content)
        command = f"echo {home} > {home}/made"
        inputs = [f"{read}/made" for read in reads]
        stages[home.replace("/", "_")] = {"cmd": command, "deps": inputs, "outs": [f"{home}/made"]}
        locked[home.replace("/", "_")] = {
            "cmd": command,
            "deps": [entry(f"{read}/made", f"{read}\n".encode()) for read in sorted(reads)],
            "outs": [made],
        }
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}, sort_keys=False), encoding="utf-8")
    (folder / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": locked}, sort_keys=False))


def entry(path: str, content: bytes) -> dict[str, Any]:
    """Return what a dvc.lock says of a file."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return {"path": path, "hash": "md5", "md5": md5, "size": len(content)}
