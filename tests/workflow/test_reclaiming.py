"""Disk given back, never at the price of the only copy of a recorded result."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.study import Study, made_once
from tests.warm import programs

from pipeline.base.errors import BusyError, PipelineError
from pipeline.io import runs
from pipeline.io.dvc import Cache, file_md5
from pipeline.io.receipts import RECEIPT, WITHDRAWN
from pipeline.reclaiming import reclaim

KEPT, ASIDE = Path("runs/kept"), Path("runs/aside")
PHASES = "stages: {train: {cmd: 'true', outs: [{runs: {persist: true}}]}}"


def recorded(study: Study) -> Study:
    """Return a study whose results DVC has recorded and Git has committed."""
    if not (study.folder / ".dvc").is_dir():
        study.dvc("init", "-q")
    study.dvc("commit", "--force")
    study.commit("Record the results")
    return study


@pytest.mark.slow
def test_what_the_study_no_longer_calls_for_goes_once_dvc_holds_it(study: Study) -> None:
    recorded(study)
    study.change("baselines", {})
    study.change("families.baseline.against", ["minus_small_leaves"])
    study.change("search.spaces", {"method": {"max_features": {"choice": ["sqrt", "log2"]}}})
    study.snakemake("-n")
    assert (study.folder / "choices" / "nearest_neighbours").is_dir()
    study.pipeline("step", "reclaim")
    assert not (study.folder / "choices" / "nearest_neighbours").exists()
    study.git("checkout", "-q", "params.yaml")
    study.dvc("checkout")
    study.forget()
    study.snakemake()
    assert study.made() == set()


@pytest.mark.slow
def test_a_recorded_result_whose_only_copy_lies_here_is_left_alone(study: Study) -> None:
    recorded(study)
    shutil.rmtree(study.folder / ".dvc" / "cache")
    study.change("method.min_samples_leaf", 2)
    study.snakemake("-n")
    before = study.artefacts()
    said = study.pipeline("step", "reclaim").stdout
    assert "left choices" in said
    assert study.artefacts() == before


@pytest.fixture(scope="module")
def two_recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of DVC with two recorded artefacts, of which one is set aside since; not to be changed."""

    def make(folder: Path) -> None:
        for home in (KEPT, ASIDE):
            (folder / home).mkdir(parents=True)
            for name in (RECEIPT, "value"):
                (folder / home / name).write_text(f"{home}/{name}")
        study = Study(folder)
        (folder / "dvc.yaml").write_text(PHASES)
        study.git("init", "-q")
        study.git("config", "user.name", "A Scientist")
        study.git("config", "user.email", "scientist@example.org")
        study.dvc("init", "-q")
        study.dvc("commit", "--force")
        study.commit("Record")
        (folder / ASIDE / RECEIPT).rename(folder / ASIDE / WITHDRAWN)

    return made_once(tmp_path_factory, "two-recorded", make).folder


@pytest.fixture
def artefacts(two_recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in a copy of that repository, where DVC starts warm."""
    shutil.copytree(two_recorded, tmp_path / "study")
    monkeypatch.chdir(tmp_path / "study")
    monkeypatch.setattr(sys, "executable", str(programs() / "python"))
    yield
    while runs.KEPT:
        runs.KEPT.pop().close()


def files() -> list[str]:
    return sorted(path.as_posix() for path in Path("runs").rglob("*") if path.is_file())


def test_what_does_not_stand_goes_where_dvc_holds_it_and_stays_in_the_cache(artefacts: None) -> None:
    of_aside = file_md5(ASIDE / "value")
    assert reclaim(["runs"])[0] == f"removed {ASIDE}"
    assert files() == [f"{KEPT}/{name}" for name in (RECEIPT, "value")]
    assert Cache(Path(".dvc/cache")).holds(file_md5(KEPT / "value"))
    assert Cache(Path(".dvc/cache")).holds(of_aside)


def test_the_only_copy_of_what_is_recorded_is_left_with_a_remedy(artefacts: None) -> None:
    shutil.rmtree(".dvc/cache")
    before = files()
    said = "left runs: what dvc.lock records of it is not in the cache; `dvc repro` or `dvc pull` first"
    assert reclaim(["runs"])[0] == said
    assert files() == before


def test_beside_a_run_at_work_nothing_is_given_back(artefacts: None) -> None:
    runs.hold()
    before = files()
    with pytest.raises(BusyError):
        reclaim(["runs"])
    assert files() == before


def test_where_dvc_cannot_answer_nothing_is_given_back(artefacts: None) -> None:
    shutil.rmtree(".dvc")
    before = files()
    with pytest.raises(PipelineError, match=r"^dvc data status"):
        reclaim(["runs"])
    assert files() == before
