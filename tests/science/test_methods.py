import pytest
from tests.study import MINIATURE

from pipeline.base.design import variants
from pipeline.base.params import Study, validated
from pipeline.science.methods import has_run, runs


@pytest.fixture(scope="module")
def study() -> Study:
    return validated(Study, {**MINIATURE, "data": {**MINIATURE["data"], "sha256": "0" * 64}}, "params.yaml")


def test_a_study_has_exactly_the_runs_that_it_lists(study: Study) -> None:
    names = {"fixed", "seed-9", *(run.replicate for run in runs(study))}
    found = {
        f"{name}/{each}" for name in variants(study) for each in names if has_run(study, variants(study)[name], each)
    }
    assert found == {str(run) for run in runs(study)}


@pytest.mark.parametrize("replicate", ["seed-010", "seed-1_0", "seed- 10", "seed-+10", "seed-x", "seed-", "10", ""])
def test_a_seed_spelled_otherwise_is_no_run(study: Study, replicate: str) -> None:
    assert has_run(study, variants(study)["full"], "seed-10")
    assert not has_run(study, variants(study)["full"], replicate)
