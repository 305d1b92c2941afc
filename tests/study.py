"""A miniature study in a folder of its own: real Git, DVC, Snakemake and processes, seconds a build."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
import yaml
from filelock import FileLock

from tests.warm import programs

ROOT = Path(__file__).resolve().parent.parent
COPIED = (
    "Snakefile", "dvc.yaml", "requirements.lock", "pyproject.toml", ".gitignore", ".dvc", ".dvcignore", "plan",
    "looks", "data/source", "docs", "certificates",
)  # fmt: skip
OWN = ("plan.json", "look.json", "?" * 16 + ".json")  # the plan and the looks of the study that is copied from
BESIDE = """include: "../../Snakefile"


rule study:
    input:
        rules.all.input,
"""
DATA = ("data/raw", "data/splits", "data/validation_labels", "data/held_out", "data/held_out_labels")
SHARED = ("src/pipeline", "Snakefile", "requirements.lock", "docs/graph.svg")  # of all studies, as dvc.yaml names it
MINIATURE: dict[str, Any] = {
    "study": {
        "title": "A miniature",
        "hypothesis": "Small leaves help.",
        "held_constant": ["rows"],
        "metric": "accuracy",
        "margin": 0.01,
        "alpha": 0.05,
        "seed": 3,
    },
    "data": {
        "name": "npz_file",
        "seed": 0,
        "source": "data/source/rows.npz",
        "sha256": "",
        "train": 80,
        "validation": 60,
        "held_out": 100,
    },
    "compute": {"device": "cpu", "threads": 1, "precision": "float32"},
    "method": {"model": "random_forest", "min_samples_leaf": 1, "trees": 8},
    "components": {"small_leaves": {"min_samples_leaf": 30}},
    "variants": {},
    "baselines": {"nearest_neighbours": {"model": "nearest_neighbours", "weights": "uniform"}},
    "families": {
        "ablation": {"against": "components", "claim": "superiority", "correction": "holm"},
        "baseline": {"against": "baselines", "claim": "superiority", "correction": "holm"},
    },
    "seeds": {"selection": [1], "final": [10, 11, 12, 13, 14, 15]},
    "controls": {"shuffled_labels": 3},
    "search": {
        "trials": 2,
        "spaces": {
            "method": {"max_features": {"choice": ["sqrt", "log2"]}},
            "nearest_neighbours": {"neighbours": {"integer": [1, 9]}},
        },
    },
}


@dataclass
class Study:
    """A checkout with a study in it."""

    folder: Path
    warm: bool = True

    @property
    def python(self) -> str:
        """Python, whose commands start warm unless this study asks for real processes."""
        return str(programs() / "python") if self.warm else sys.executable

    @property
    def source(self) -> Path:
        """The folder of its own source, that of the checkout which it lies in."""
        places = [folder / "src" for folder in (self.folder, *self.folder.parents)]
        return next(place for place in places if (place / "pipeline").is_dir())

    def run(self, *command: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the checkout with the environment of the tests; its output is on the result."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            env={**clean_environment(sys.executable if command[0] == "git" else self.python), **environment},
        )
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done

    def start(self, *command: str, output: IO[str] | None = None) -> "subprocess.Popen[bytes]":
        """Start a real process in a session of its own, to be killed whole; its output may be kept."""
        told = subprocess.DEVNULL if output is None else output
        environment = clean_environment(sys.executable)
        if command[0] == "pipeline":
            environment["PYTHONPATH"] = str(self.folder / "src")
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=self.folder,
            start_new_session=True,
            stdout=told,
            stderr=told,
            env=environment,
        )

    def begin(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a process that is left to end by itself, warm as those that `run` waits for; its output is not kept."""
        return subprocess.Popen(
            [self.python, "-m", *command],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=clean_environment(self.python),
        )

    def snakemake(self, *arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Snakemake on two cores."""
        return self.run(self.python, "-m", "snakemake", "--cores", "2", *arguments, check=check, **environment)

    def dvc(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run DVC."""
        return self.run(self.python, "-m", "dvc", *arguments, check=check)

    def pipeline(self, *arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the command line of this checkout."""
        environment["PYTHONPATH"] = str(self.source)
        return self.run(self.python, "-m", "pipeline", *arguments, check=check, **environment)

    def verify(self, *arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `pipeline verify` of this checkout in a room whose processes start warm: see `tests/rooms.py`."""
        environment["PYTHONPATH"] = os.pathsep.join([str(self.source), str(ROOT)])
        environment["TESTS_PROGRAMS"] = str(programs())
        return self.run(sys.executable, "-m", "tests.rooms", "verify", *arguments, check=check, **environment)

    def beside(self, name: str, params: dict[str, Any]) -> "Study":
        """Return a new study in studies/<name> of this checkout, committed, its plan not locked."""
        study = Study(self.folder / "studies" / name)
        study.folder.mkdir(parents=True)
        (study.folder / "Snakefile").write_text(BESIDE)
        (study.folder / "profiles").symlink_to("../../profiles")
        shutil.copytree(self.folder / "data" / "source", study.folder / "data" / "source")
        for name in ("plan", "looks"):
            (study.folder / name).mkdir()
            shutil.copy(self.folder / name / "README.md", study.folder / name)
        phases = (self.folder / "dvc.yaml").read_text()
        for path in SHARED:
            phases = phases.replace(path, f"../../{path}")
        (study.folder / "dvc.yaml").write_text(phases)
        study.state(params)
        study.commit(f"Add the study {name}")
        return study

    def git(self, *arguments: str) -> str:
        """Run Git and return what it prints."""
        return self.run("git", *arguments).stdout

    def commit(self, message: str = "Change") -> None:
        """Commit everything Git does not ignore."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)

    def params(self) -> dict[str, Any]:
        """Return params.yaml."""
        return dict(yaml.safe_load((self.folder / "params.yaml").read_text()))

    def state(self, params: dict[str, Any]) -> None:
        """Write params.yaml."""
        (self.folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))

    def change(self, key: str, value: Any) -> None:
        """Set one dotted key of params.yaml."""
        params = self.params()
        *parents, last = key.split(".")
        section = params
        for parent in parents:
            section = section[parent]
        section[last] = value
        self.state(params)

    def journal(self) -> list[tuple[str, str]]:
        """Return (made | returned, artefact) for all that jobs did since the journal was last forgotten."""
        path = self.folder / ".pipeline" / "journal.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(event["event"], event["artefact"]) for event in map(json.loads, lines)]

    def made(self) -> set[str]:
        """Return the artefacts whose step bodies ran since the journal was last forgotten."""
        return {artefact for event, artefact in self.journal() if event == "made"}

    def forget(self) -> None:
        """Start the journal anew."""
        (self.folder / ".pipeline" / "journal.jsonl").unlink(missing_ok=True)

    def artefacts(self) -> dict[str, bytes]:
        """Return the bytes of every file of every artefact, receipts included."""
        roots = [self.folder / name for name in (*DATA, "choices", "runs")]
        roots += [self.folder / name for name in ("evaluations", "analysis", "results")]
        paths = [path for root in roots for path in sorted(root.rglob("*")) if path.is_file()]
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in paths}


def clean_environment(python: str = sys.executable) -> dict[str, str]:
    """Return the environment of the tests, a Python's programs first and nothing of a study in it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PIPELINE_", "PYTHONPATH"))}
    return {**clean, "PATH": f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"}


def checkout(folder: Path, params: dict[str, Any] | None = None) -> Study:
    """Make a checkout of this source tree with a miniature study, under Git and DVC, its plan not locked."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("tmp", "cache", "*.db", *OWN))
        elif source.exists():
            shutil.copy(source, folder / name)
    for name in ("src", "profiles"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    study = Study(folder)
    study.git("init", "-q", "-b", "main")
    study.git("config", "user.name", "A Scientist")
    study.git("config", "user.email", "scientist@example.org")
    stated = json.loads(json.dumps(params or MINIATURE))
    if stated["data"]["name"] == "npz_file":
        stated["data"]["sha256"] = write_source(folder / "data" / "source" / "rows.npz")
    study.state(stated)
    study.commit("Start a miniature study")
    return study


def write_source(path: Path, rows: int = 240, seed: int = 0) -> str:
    """Write a small separable data set as .npz and return the digest that params.yaml pins."""
    from pipeline.science.datasets import digest

    random = np.random.default_rng(seed)
    y = random.integers(0, 3, rows)
    x = (random.normal(size=(rows, 6)) + y[:, None] * np.array([1.0, 0.8, 0, 0, 0, 0.5])).astype(np.float32)
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, x=x, y=y.astype(np.int64))
    return digest(x, y.astype(np.int64))


def copy_of(study: Study, folder: Path) -> Study:
    """Return a copy of a whole checkout, results and all, times kept."""
    subprocess.run(["cp", "-a", "--reflink=auto", study.folder, folder], check=True)
    return Study(folder)


def made_once(folders: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Study:
    """Return the study that `make` leaves in a folder, made once for all processes of one test run."""
    shared = folders.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # each worker has a folder of its own in the run's
    folder = shared / f"shared-{name}"
    with FileLock(shared / f"shared-{name}.lock"):
        if not folder.exists():
            unfinished = shared / f"unfinished-{name}-{os.getpid()}"
            make(unfinished)
            unfinished.rename(folder)
    return Study(folder)
