import re
from typing import Any

import pytest
from tests.base.stated import stated
from tests.study import MINIATURE

from pipeline.base.design import variants
from pipeline.base.errors import ParameterError
from pipeline.base.params import Study, validated
from pipeline.science.methods import check_methods, has_run, runs


@pytest.fixture(scope="module")
def study() -> Study:
    return validated(Study, {**MINIATURE, "data": {**MINIATURE["data"], "sha256": "0" * 64}}, "params.yaml")


def test_a_study_has_exactly_the_runs_that_it_lists(study: Study) -> None:
    names = {"fixed", "seed-9", *(run.replicate for run in runs(study))}
    found = {
        f"{name}/{each}" for name in variants(study) for each in names if has_run(study, variants(study)[name], each)
    }
    assert found == {str(run) for run in runs(study)}


def refusal(**changes: Any) -> str:
    with pytest.raises(ParameterError) as error:
        check_methods(validated(Study, stated(**changes), "params.yaml"))
    return str(error.value).removeprefix("params.yaml: ")


def test_data_from_a_file_need_one_and_others_take_none(study: Study) -> None:
    check_methods(study)
    assert refusal(data__source=None).startswith("data.source: is missing; npz_file is read from a file")
    assert refusal(data__name="mnist1d").startswith("data.source: is not used by mnist1d; remove it")
    assert refusal(data__name="mnist2d").startswith("data.name: ")


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({"max_feature": {"choice": ["sqrt", "log2"]}}, "max_feature: is no setting of the model; did you mean"),
        ({"max_features": {"choice": ["sqrt", "never"]}}, "max_features: input should be"),
        ({"max_features": {"uniform": [0.1, 1.5]}}, "max_features: "),
        ({"max_features": {"choice": ["sqrt", "never", "log2"]}}, "max_features: "),
        ({"max_features": {"uniform": [0.5, 0.1]}}, "max_features: uniform is .low, high. with low below high"),
    ],
)
def test_what_is_searched_is_a_setting_of_the_model_and_valid_at_both_ends(space: dict[str, Any], said: str) -> None:
    found = refusal(search__spaces={"method": space, "nearest_neighbours": {"neighbours": {"integer": [1, 9]}}})
    assert re.match(f"search.spaces.method.{said}", found), found


@pytest.mark.parametrize("replicate", ["seed-010", "seed-1_0", "seed- 10", "seed-+10", "seed-x", "seed-", "10", ""])
def test_a_seed_spelled_otherwise_is_no_run(study: Study, replicate: str) -> None:
    assert has_run(study, variants(study)["full"], "seed-10")
    assert not has_run(study, variants(study)["full"], replicate)
