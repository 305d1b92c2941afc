from pathlib import Path
from typing import Any

import pytest
from tests.base.stated import stated
from tests.io.evaluated import commit, git

from pipeline.base.errors import PlanError
from pipeline.base.params import Study
from pipeline.io.interim import LOOK, commit_look, open_look
from pipeline.io.manifest import manifest_text
from pipeline.io.plans import PlanState
from pipeline.next_look import open_next_look
from pipeline.workflow import Workflow

LOOKS = [{"seeds": 4, "alpha": 0.01}, {"seeds": 6, "alpha": 0.04}]
PLAN = "a" * 64


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git("init", "-q", "-b", "main")
    git("config", "user.name", "A Scientist")
    git("config", "user.email", "scientist@example.org")


def workflow(plan: str | None = PLAN, **changes: Any) -> Workflow:
    """Return a study as it is under a plan."""
    made = Workflow(Study.model_validate(stated(**changes)))
    made.__dict__["plan"] = PlanState(plan, "said")
    return made


def seeds(runs: list[Any]) -> set[int]:
    """Return the seeds of some runs."""
    return {run.seed for run in runs if run.seed is not None}


def test_the_first_look_is_open_until_a_later_one_is_committed_for_just_that_plan() -> None:
    assert open_look(PLAN, 2) == 1
    commit_look(PLAN, 2)
    assert open_look(PLAN, 2) == 2
    assert open_look("b" * 64, 2) == 1
    assert open_look(None, 2) == 1
    assert git("show", "--format=", "--name-only", "HEAD").split() == [str(LOOK)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "names no look"),
        *((f'{{"plan": "{PLAN}", "look": {look}}}', f"look: is {look}, the plan states 2") for look in (0, 3)),
    ],
)
def test_a_file_that_names_no_look_or_is_not_committed_is_refused(content: str, said: str) -> None:
    LOOK.parent.mkdir()
    LOOK.write_text(content)
    with pytest.raises(PlanError, match="is not what is committed"):
        open_look(PLAN, 2)
    commit()
    with pytest.raises(PlanError, match=said):
        open_look(PLAN, 2)


def test_only_the_seeds_of_the_open_look_are_judged_and_evaluated_the_others_are_trained() -> None:
    first = workflow(seeds__looks=LOOKS)
    assert seeds(first.judged) == seeds(first.opened(first.runs)) == {10, 11, 12, 13}
    assert seeds(first.later) == {14, 15}
    commit_look(PLAN, 2)
    second = workflow(seeds__looks=LOOKS)
    assert seeds(second.opened(second.runs)) == {10, 11, 12, 13, 14, 15}
    assert second.later == []


def test_without_a_plan_all_runs_are_judged_on_validation_and_none_is_opened() -> None:
    exploring = workflow(None, seeds__looks=LOOKS)
    assert exploring.judged == exploring.runs
    assert (exploring.opened(exploring.runs), exploring.later) == ([], [])


@pytest.mark.parametrize(
    ("plan", "changes", "said"),
    [
        (PLAN, {}, "seeds.looks: is not stated"),
        (None, {"seeds__looks": LOOKS}, "no look is open without a plan"),
        (PLAN, {"seeds__looks": LOOKS}, "look 1: .*not recorded.*the next is opened only after this one is on record"),
    ],
)
def test_no_further_look_is_opened_before_the_one_at_hand_is_on_record(
    plan: str | None, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(PlanError, match=said):
        open_next_look(workflow(plan, **changes))
    assert not LOOK.exists()


def test_no_look_is_opened_past_the_last() -> None:
    commit_look(PLAN, 2)
    with pytest.raises(PlanError, match="all 2 looks are open"):
        open_next_look(workflow(seeds__looks=LOOKS))


@pytest.mark.parametrize(
    ("changes", "opened"),
    [({}, True), ({"plan": "b" * 64}, False), ({"look": 2}, False), ({"outs": {"runs": "0" * 32}}, False)],
)
def test_the_next_look_is_opened_only_after_the_record_of_just_this_plan_and_look(
    changes: dict[str, Any], opened: bool
) -> None:
    conclusions = {"metrics": {"look": changes.get("look", 1)}}
    stated = {"artefacts": {}, "choices": {}, "machines": {}, "commit": "0" * 40, "outs": {}, "plan": PLAN}
    git("commit", "-q", "--allow-empty", "-m", "Start")
    Path("manifest.json").write_text(manifest_text({**stated, "conclusions": conclusions, "sources": {}, **changes}))
    study = workflow(seeds__looks=LOOKS)
    if opened:
        assert open_next_look(study) == 2
        assert open_look(PLAN, 2) == 2
    else:
        with pytest.raises(PlanError, match="the next is opened only after this one is on record"):
            open_next_look(study)
