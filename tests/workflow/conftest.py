"""Recorded studies: built, in DVC's cache, in Git; and clones of them that have a remote."""

from pathlib import Path

import pytest
from tests.study import Study, checkout, copy_of, made_once
from tests.workflow.neural import neural_params


@pytest.fixture(scope="session")
def recorded(built: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the built study, recorded; not to be changed."""

    def make(folder: Path) -> None:
        study = copy_of(built, folder)
        study.forget()
        study.dvc("repro")
        study.pipeline("record")

    return made_once(tmp_path_factory, "recorded", make)


@pytest.fixture
def tracked(recorded: Study, tmp_path: Path) -> Study:
    """Return a copy of the recorded study, to change."""
    copy = copy_of(recorded, tmp_path / "study")
    copy.forget()
    return copy


def shared(study: Study, folder: Path) -> Study:
    """Return a fresh clone of a study that was pushed to a remote, the raw file it names beside it."""
    study.dvc("remote", "add", "-d", "shared", str(folder / "remote"))
    study.commit("Name the remote")
    study.dvc("push")
    study.run("git", "clone", "-q", str(study.folder), str(folder / "clone"))
    clone = Study(folder / "clone")
    clone.git("config", "user.name", "A Reader")
    clone.git("config", "user.email", "reader@example.org")
    return clone


@pytest.fixture(scope="session")
def curved(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a confirmatory study of networks, which have learning curves, built once; not to be changed."""

    def make(folder: Path) -> None:
        params = neural_params()
        params["baselines"] = {}
        del params["families"]["baseline"], params["search"]["spaces"]["wild"]
        params["study"]["claims"] = {
            "width_helps": {"sentence": "Width helps.", "family": "ablation", "requires": "all"}
        }
        study = checkout(folder, params)
        study.pipeline("plan", "--lock")
        study.snakemake()

    return made_once(tmp_path_factory, "curved", make)


def has_nothing_to_do(study: Study) -> bool:
    """Tell whether a dry run of Snakemake says that nothing is to be done."""
    done = study.snakemake("-n", "--quiet", "host")
    return "Nothing to be done" in done.stdout + done.stderr
