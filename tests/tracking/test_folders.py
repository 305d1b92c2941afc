"""Trackers write only where nothing of the study's, nor of others, is; and where they say that they wrote."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.needs import require
from tests.study import clean_environment
from tests.tracking.test_values import run, study

from pipeline.base.errors import TrackerError
from pipeline.tracking import dvclive_tracker, wandb_tracker

BOUND = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--")  # root without its rights: modes bind it
ROOT = Path(__file__).resolve().parents[2]
W_AND_B = """
import sys
from pathlib import Path
from tests.tracking.test_values import run, study
from pipeline.base.errors import TrackerError
from pipeline.tracking import wandb_tracker
try:
    found = wandb_tracker.track(study(run("a" * 24, None)), Path(sys.argv[1]), "")
except TrackerError as error:
    print(error)
else:
    print("added", len(found["added"]))
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study's folder with one run in it, DVC's phases, a plan, and a folder of somebody else."""
    for path in ("dvc.yaml", "plan/README.md", "runs/full/seed-1/receipt.json", "other/dvc.yaml", "other/a/b/notes"):
        place = tmp_path / "study" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("its own")
    monkeypatch.chdir(tmp_path / "study")
    return tmp_path / "study"


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


@pytest.mark.parametrize("name", [".", "..", "data", "runs", "runs/full", "results/new", "plan/new", "other"])
def test_dvclive_refuses_a_folder_with_anything_of_others(here: Path, name: str) -> None:
    before = everything(here.parent)
    with pytest.raises(TrackerError, match=r"; name an(?:other| empty or a new) --folder$") as error:
        dvclive_tracker.track(study(run("full/seed-1", None)), Path(name))
    assert str(error.value).startswith(f"{name}: ")
    assert everything(here.parent) == before


@pytest.mark.parametrize("name", ["runs", "evaluations/wandb", "plan"])
def test_wandb_refuses_a_folder_of_results_or_sources(here: Path, name: str) -> None:
    before = everything(here)
    with pytest.raises(TrackerError, match=r"which is the study's own; name another --folder$"):
        wandb_tracker.track(study(run("a" * 24, None)), Path(name), "")
    assert everything(here) == before


def test_dvclive_goes_on_in_a_folder_that_is_its_own(here: Path) -> None:
    live = here / "live"
    assert dvclive_tracker.track(study(run("full/seed-1", None)), live)["added"] == ["full/seed-1"]
    assert dvclive_tracker.track(study(run("full/seed-1", None)), live)["added"] == []
    (live / ".tracker").unlink()  # as one that was written before there were marks
    assert dvclive_tracker.track(study(run("full/seed-2", None)), live)["added"] == ["full/seed-2"]
    assert not (live / "full/seed-1").exists()
    shutil.rmtree(live / "full")  # as one that was killed when it had but begun
    (live / "full/seed-2").mkdir(parents=True)
    assert dvclive_tracker.track(study(run("full/seed-2", None)), live)["added"] == ["full/seed-2"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of a user whom the modes of folders bind."""
    if os.geteuid() == 0:
        require("setpriv")
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def wandb(folder: Path, home: Path) -> str:
    """Track with W&B as that user, and return what is said."""
    become = BOUND if os.geteuid() == 0 else ()
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    done = subprocess.run(
        [*become, sys.executable, "-c", W_AND_B, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=home,
        env={**clean_environment(), "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_wandb_never_says_that_it_wrote_where_it_cannot(home: Path, tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o555)
    assert wandb(shut, home) == f"{shut}: cannot be written; name another --folder, or allow it"
    assert wandb(shut / "new", home).startswith(f"{shut}/new: cannot be made (Permission denied); ")
    assert not list(home.rglob("offline-run-*"))


def test_wandb_finds_again_what_it_wrote_beside_a_hidden_folder_of_its_own(home: Path) -> None:
    (home / ".wandb").mkdir()
    (home / ".wandb").chmod(0o777)  # where W&B would write by itself, where there is one
    assert wandb(home, home) == "added 2"
    assert len(list(home.glob("wandb/offline-run-*"))) == 2
    assert wandb(home, home) == "added 0"
