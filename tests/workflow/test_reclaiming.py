"""Disk given back, never at the price of the only copy of a recorded result."""

import shutil

import pytest
from tests.study import Study

pytestmark = pytest.mark.slow


def recorded(study: Study) -> Study:
    """Return a study whose results DVC has recorded and Git has committed."""
    if not (study.folder / ".dvc").is_dir():
        study.dvc("init", "-q")
    study.dvc("commit", "--force")
    study.commit("Record the results")
    return study


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


def test_a_recorded_result_whose_only_copy_lies_here_is_left_alone(study: Study) -> None:
    recorded(study)
    shutil.rmtree(study.folder / ".dvc" / "cache")
    study.change("method.min_samples_leaf", 2)
    study.snakemake("-n")
    before = study.artefacts()
    said = study.pipeline("step", "reclaim").stdout
    assert "left choices" in said
    assert study.artefacts() == before
