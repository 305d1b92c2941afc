"""Looks at held-out are told in words, put on record once, and a study that hides one is refused."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.errors import LookError
from pipeline.base.params import Study
from pipeline.io.looks import LOOKS, looks
from pipeline.io.plans import PlanState, lock_plan
from pipeline.looking import (
    commit_looks,
    evaluations_of,
    held_out_looks,
    put_on_record,
    refuse_missing_looks,
    told,
)
from pipeline.workflow import Workflow
from tests.base.stated import stated
from tests.io.evaluated import commit, evaluated, git

VARIANTS = ("full", "minus_small_leaves", "nearest_neighbours")
NOTHING: dict[str, Any] = {
    "configurations": 1, "plans": 1, "standing": "confirmatory", "deviations": [], "not_on_record": [],
    "seen_otherwise": [], "uncommitted": [], "removed": {}, "elsewhere": [], "other_studies": 0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "-q", "-b", "main")
    git("config", "user.name", "A Scientist")
    git("config", "user.email", "scientist@example.org")
    (tmp_path / ".gitignore").write_text(".pipeline\nevaluations\nruns\n")


def study(planned: bool = True, **changes: Any) -> Workflow:
    """Return a study under the plan that is locked here, or under none."""
    told = Study.model_validate(stated(**changes))
    digest = lock_plan(told.model_dump(mode="json"), [])
    made = Workflow(told)
    made.__dict__["plan"] = PlanState(digest if planned else None, "said")
    return made


def evaluate(workflow: Workflow) -> None:
    """Write an evaluation for each run that a study asks for."""
    for number, name in enumerate(VARIANTS):
        for home in evaluations_of(workflow):
            if home.startswith(f"evaluations/{name}/"):
                evaluated(home.removeprefix("evaluations/"), hidden=number)


def test_a_study_without_a_plan_asks_for_no_evaluation_and_puts_nothing_on_record() -> None:
    workflow = study()
    assert len(evaluations_of(workflow)) == 13
    evaluate(workflow)
    put_on_record(study(planned=False))
    assert evaluations_of(study(planned=False)) == []
    assert looks() == {}


def test_each_configuration_is_put_on_record_once_and_what_is_known_of_looks_has_its_keys() -> None:
    workflow = study()
    evaluate(workflow)
    put_on_record(workflow)
    commit_looks()
    found = held_out_looks(workflow)
    assert found == {**NOTHING, "configurations": 3}
    put_on_record(workflow)
    assert held_out_looks(workflow) == found


def test_looks_are_committed_by_themselves_and_what_else_is_staged_is_not() -> None:
    workflow = study()
    Path("staged.txt").write_text("")
    git("add", "staged.txt")
    evaluate(workflow)
    put_on_record(workflow)
    assert held_out_looks(workflow)["uncommitted"] != []
    commit_looks()
    assert all(name.startswith(f"{LOOKS}/") for name in git("show", "--format=", "--name-only", "HEAD").split())
    assert held_out_looks(workflow)["uncommitted"] == []
    before = git("rev-parse", "HEAD")
    commit_looks()
    assert git("rev-parse", "HEAD") == before


def test_an_evaluation_whose_look_is_not_on_record_is_refused() -> None:
    workflow = study()
    evaluate(workflow)
    with pytest.raises(LookError, match=r"^looks/\w+\.json: a look at held-out by this study is not on record"):
        refuse_missing_looks(workflow)
    put_on_record(workflow)
    commit()
    refuse_missing_looks(workflow)


def test_looks_that_were_removed_are_refused_with_the_command_that_brings_one_back() -> None:
    workflow = study()
    evaluate(workflow)
    put_on_record(workflow)
    commit()
    present = set(LOOKS.glob("*.json"))
    for path in (LOOKS / "plans").iterdir():
        path.unlink()
    with pytest.raises(LookError, match="was removed, which Git's history names; git checkout") as error:
        refuse_missing_looks(workflow)
    subprocess.run(str(error.value).rpartition("; ")[2].split(), check=True, capture_output=True)
    refuse_missing_looks(workflow)
    assert set(LOOKS.glob("*.json")) == present


def test_how_many_looks_were_removed_is_said_where_there_are_several() -> None:
    workflow = study()
    evaluate(workflow)
    put_on_record(workflow)
    commit()
    for path in (*(LOOKS / "plans").iterdir(), *(LOOKS / "seen").iterdir()):
        path.unlink()
    with pytest.raises(LookError, match=r"which Git's history names \(4 looks removed\)"):
        refuse_missing_looks(workflow)


def test_a_plan_that_was_changed_after_a_look_stands_as_a_deviation() -> None:
    first = study()
    evaluate(first)
    put_on_record(first)
    found = held_out_looks(study(study__margin=0.02))
    assert found["standing"] == "exploratory after a look"
    assert found["deviations"][0].endswith("changed since: study.margin.")


def test_a_study_that_is_as_it_was_planned_is_told_in_one_line() -> None:
    assert told(NOTHING) == ["held-out: seen by 1 configuration, under 1 plan (looks/)"]
    assert told({**NOTHING, "standing": "exploratory", "configurations": 0, "plans": 2}) == [
        "held-out: seen by 0 configurations, under 2 plans (looks/)"
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"standing": "exploratory after a look"},
            "held-out: this study is exploratory after a look; its findings are no confirmation",
        ),
        ({"deviations": ["The margin was changed."]}, "deviation: The margin was changed."),
        (
            {"seen_otherwise": [f"evaluations/full/seed-{seed}" for seed in range(5)]},
            "held-out: 5 evaluations of a configuration that was seen to predict otherwise (evaluations/full/seed-0, "
            "evaluations/full/seed-1, evaluations/full/seed-2, evaluations/full/seed-3): altered by hand, made on "
            "another class of machine, or not repeatable",
        ),
        (
            {"removed": {"looks/0123.json": "manifest.json"}},
            "removed: looks/0123.json, which manifest.json names",
        ),
        ({"elsewhere": ["a", "b"]}, "held-out: 2 looks more are on record in other branches of this repository"),
        ({"other_studies": 3}, "held-out: 3 looks more at the same rows, by other studies of this repository"),
    ],
)
def test_whatever_speaks_against_a_study_is_told_in_a_line(changes: dict[str, Any], line: str) -> None:
    assert told({**NOTHING, **changes})[1:] == [line]
