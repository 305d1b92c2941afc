"""How differences are spelled, and what is compared of code that names no model yet."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.base.errors import PipelineError
from pipeline.diffing import (
    SHOWN,
    Results,
    code_line,
    concluded,
    is_of_data,
    line,
    models,
    parameters,
    plan,
    render,
    roots,
    spelled,
    unrecorded,
)
from pipeline.io.code import Sources
from pipeline.io.revisions import Revision
from pipeline.study_code import SOURCE_ROOT

NONE: dict[str, Any] = dict.fromkeys(("parameters", "code", "graph", "data", "environment", "plan"), ())
SIDES = [{"name": name, "shown": name, "conclusions": True, "reason": ""} for name in ("v1", "v2")]


def test_two_revisions_without_a_difference_say_so() -> None:
    assert render({"revisions": SIDES, "conclusions": {}, **NONE}).splitlines() == ["v1 → v2", "", "no difference"]


def test_a_section_has_a_heading_and_a_line_for_each_change() -> None:
    changes = [{"key": "study.margin", "before": 0.01, "after": 0.02}]
    said = render({"revisions": SIDES, "conclusions": {}, **NONE, "parameters": changes}).splitlines()
    assert said == ["v1 → v2", "", "parameters", "  study.margin (0.01 → 0.02)"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": "a", "before": 1, "after": 2}, "a (1 → 2)"),
        ({"key": "a", "after": 2}, "a (nothing → 2)"),
        ({"key": "Snakefile"}, "Snakefile changed"),
        ({"key": "a", "before": [1, 2], "after": [2, 3]}, "a gains 3, loses 1"),
        ({"key": "a", "before": [], "after": list(range(6))}, "a gains 0, 1, 2, 3 and 2 more"),
        ({"key": "a", "before": [1, 2], "after": [2, 1]}, "a ([1, 2] → [2, 1])"),
        ({"key": "a", "before": "x\ny", "after": "x y"}, "a changed"),
    ],
)
def test_a_change_is_one_line(change: dict[str, Any], said: str) -> None:
    assert line(change) == said


def test_a_definition_is_told_with_the_steps_that_rest_on_it_and_whether_it_is_new() -> None:
    about = {"key": "pipeline.a:run", "steps": ["train", "select"]}
    assert code_line({**about, "before": "1", "after": "2"}) == "pipeline.a:run (train, select)"
    assert code_line({**about, "after": "2"}) == "pipeline.a:run new, (train, select)"
    assert code_line({**about, "before": "1"}) == "pipeline.a:run gone, (train, select)"


def test_of_many_changes_the_first_are_shown_and_the_others_counted() -> None:
    changes = [{"key": f"a.{number}", "after": number} for number in range(SHOWN + 2)]
    assert len(spelled("parameters", changes)) == SHOWN + 1
    assert spelled("parameters", changes)[-1] == "and 2 more (--json lists all)"


def test_conclusions_that_one_side_has_not_are_compared_with_none_and_the_reason_is_told() -> None:
    known, unknown = Results({"contrasts": [], "variants": []}, {}, ""), Results(None, None, "it has no manifest.json")
    assert concluded(known, unknown) == concluded(unknown, known) == {}
    sides = [{**SIDES[0], "conclusions": False, "reason": "it has none"}, {**SIDES[1], "reason": "not committed"}]
    assert unrecorded(sides) == [
        "v1: its conclusions are not recorded: it has none",
        "v2: not recorded, told by the valid results that lie here: not committed",
    ]


def revision(folder: Path, **files: str) -> Revision:
    for name, text in files.items():
        (folder / name.replace("__", "/").replace("_dot_", ".")).parent.mkdir(parents=True, exist_ok=True)
        (folder / name.replace("__", "/").replace("_dot_", ".")).write_text(text)
    return Revision("v1", "c" * 40, folder, folder)


@pytest.mark.parametrize("text", ["study: {", "a: 1\na: 2\n"])
def test_parameters_that_cannot_be_read_or_state_a_key_twice_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(PipelineError, match=r"v1: params\.yaml: .*; mend the YAML"):
        parameters(revision(tmp_path, params_dot_yaml=text))


def test_parameters_that_state_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"v1: params\.yaml: states no study"):
        parameters(revision(tmp_path, params_dot_yaml="- a list\n"))


def test_a_plan_that_cannot_be_believed_is_refused_and_none_is_none(tmp_path: Path) -> None:
    assert plan(revision(tmp_path)) == {}
    with pytest.raises(PipelineError, match=r"v1: plan/plan\.json: is no plan"):
        plan(revision(tmp_path, plan__plan_dot_json="{"))


def test_a_step_reaches_the_models_that_any_part_of_the_study_names() -> None:
    study = {
        "data": {"name": "npz_file"},
        "method": {"model": "mlp"},
        "components": {"width": {"hidden": 2}},
        "variants": {"wide": {"model": "table_mlp"}},
        "baselines": {"rbf_svm": {"model": "rbf_svm"}},
    }
    assert models(study) == {"mlp", "table_mlp", "rbf_svm"}
    found = roots("train", study, Sources(SOURCE_ROOT))
    assert found[0] == ("pipeline.stages.train:run", "pipeline.stages.train:score")
    assert {module for start in found for module in start if ".models." in module} == {
        f"pipeline.science.models.{name}" for name in models(study)
    }
    assert models({"method": "none"}) == set()
    assert (is_of_data({"key": "data.seed"}), is_of_data({"key": "study.seed"})) == (True, False)
