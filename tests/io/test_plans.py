import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.errors import PlanError
from pipeline.io.plans import PLAN, changed_keys, commit_plan, lock_plan, plan_state, read_plan

STUDY: dict[str, Any] = {"seeds": {"final": [1, 2]}, "method": {"model": "mlp"}}


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in (("NAME", "A Scientist"), ("EMAIL", "scientist@example.org")):
        for role in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{role}_{name}", value)
    git("init", "-q")


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


def test_a_committed_plan_that_the_study_matches_counts() -> None:
    digest = lock_plan(STUDY, ["said"])
    commit_plan(digest)
    assert plan_state(STUDY).digest == digest
    assert git("show", "--format=", "--name-only", "HEAD").split() == ["plan/plan.json"]


def test_committing_a_plan_leaves_what_else_is_staged_alone_and_commits_no_plan_twice() -> None:
    Path("staged.txt").write_text("")
    git("add", "staged.txt")
    digest = lock_plan(STUDY, [])
    commit_plan(digest)
    commit_plan(digest)
    assert git("log", "--format=%s").splitlines() == [f"Lock the plan {digest[:12]}"]
    assert git("ls-files", "--error-unmatch", "staged.txt", "plan/plan.json").split()
    assert git("show", "--format=", "--name-only", "HEAD").split() == ["plan/plan.json"]


def test_no_plan_a_plan_not_committed_and_one_staged_only_do_not_count() -> None:
    assert plan_state(STUDY) == plan_state(STUDY)
    assert plan_state(STUDY).reason == "plan/plan.json is missing"
    lock_plan(STUDY, [])
    assert (plan_state(STUDY).digest, plan_state(STUDY).reason) == (None, "plan/plan.json is not committed")
    git("add", "plan/plan.json")
    assert plan_state(STUDY).digest is None


def test_a_plan_locked_anew_does_not_count_until_it_is_committed() -> None:
    commit_plan(lock_plan(STUDY, []))
    other = {**STUDY, "method": {"model": "cnn"}}
    digest = lock_plan(other, [])
    assert plan_state(other).digest is None
    commit_plan(digest)
    assert plan_state(other).digest == digest


def test_a_plan_outside_a_repository_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    lock_plan(STUDY, [])
    assert plan_state(STUDY).digest is None
    with pytest.raises(PlanError, match="is written, but Git did not commit it"):
        commit_plan("0" * 64)


def test_a_study_that_differs_is_told_the_key() -> None:
    commit_plan(lock_plan(STUDY, []))
    state = plan_state({**STUDY, "seeds": {"final": [1, 3]}})
    assert (state.digest, state.reason) == (None, "params.yaml differs from plan/plan.json in seeds.final")


def edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    lock_plan(STUDY, ["said"])
    plan = json.loads(PLAN.read_text())
    change(plan)
    return json.dumps(plan).encode()


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan["study"]["seeds"].update(final=[1, 2, 3]),
        lambda plan: plan.update(digest="0" * 64),
        lambda plan: plan.update(format=2),
        lambda plan: plan.pop("study"),
        lambda plan: plan.pop("format"),
        lambda plan: plan.update(study=[]),
    ],
)
def test_an_edited_plan_is_refused_in_one_line_with_a_remedy(change: Callable[[dict[str, Any]], object]) -> None:
    content = edited(change)
    PLAN.parent.mkdir(exist_ok=True)
    PLAN.write_bytes(content)
    git("add", "plan/plan.json")
    git("commit", "-qm", "Edit the plan")
    with pytest.raises(PlanError, match=r"^plan/plan\.json: .*git checkout plan/plan\.json") as error:
        plan_state(STUDY)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"7", b"\xff\xfe", b"{"])
def test_what_is_no_plan_is_refused_in_one_line(content: bytes) -> None:
    with pytest.raises(PlanError, match=r"^plan/plan\.json: is no plan"):
        read_plan(content)


def test_a_changed_key_is_named_by_its_whole_path() -> None:
    assert changed_keys({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}, "d": 4}) == ["a.c", "d"]
    assert changed_keys(STUDY, STUDY) == []


def test_a_number_that_became_a_truth_value_is_a_change() -> None:
    assert changed_keys({"a": 1}, {"a": True}) == ["a"]
    assert changed_keys({"a": None}, {}) == ["a"]
