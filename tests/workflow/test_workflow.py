"""A study joined with its steps: checked before anything runs, told what it states, opened as its plan allows."""

import copy
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.study import MINIATURE, write_source

from pipeline.base.errors import PipelineError
from pipeline.io.bodies import Task
from pipeline.io.plans import lock_plan
from pipeline.workflow import CLOSURES, Workflow, fingerprint, look, make, remember, sources_as_of

SOURCE = Path("data/source/rows.npz")


@pytest.fixture(autouse=True)
def no_sources_are_known() -> Iterator[None]:
    """Look at the sources anew, and let those who come after do so too."""
    sources_as_of.cache_clear()
    yield
    sources_as_of.cache_clear()


@pytest.fixture(autouse=True)
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Work in a folder with the miniature study; return its parameters."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    stated = copy.deepcopy(MINIATURE)
    stated["data"]["sha256"] = write_source(SOURCE)
    state(stated)
    return stated


def state(stated: dict[str, Any]) -> None:
    Path("params.yaml").write_text(yaml.safe_dump(stated, sort_keys=False))


@pytest.mark.parametrize(
    ("section", "key", "value", "said"),
    [
        ("study", "metric", "accurcy", r"study.metric: nothing is named 'accurcy'; did you mean 'accuracy'"),
        ("data", "source", "data/rows.npz", r"data.source: lies outside data/source, so DVC would not see it change"),
        ("data", "source", "data/source/../rows.npz", r"data.source: lies outside data/source"),
        ("seeds", "final", [10, 11, 12, 13, 14], r"seeds.final: 5 seeds can never reach .*; state at least 6 seeds"),
    ],
)
def test_a_study_that_could_not_come_to_a_result_is_refused_when_it_is_read(
    section: str, key: str, value: object, said: str, params: dict[str, Any]
) -> None:
    params[section][key] = value
    state(params)
    with pytest.raises(PipelineError, match=rf"^params.yaml: {said}"):
        Workflow.load()


def test_held_out_is_opened_for_no_run_but_under_a_committed_plan() -> None:
    workflow = Workflow.load()
    assert len(workflow.runs) == 13
    assert (workflow.confirmatory, workflow.opened(workflow.runs)) == (False, [])
    lock_plan(workflow.study.model_dump(mode="json"), ["A statement."])
    assert Workflow.load().opened(workflow.runs) == []
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Lock the plan"]):
        subprocess.run([*git, *command], check=True)
    workflow = Workflow.load()
    assert workflow.opened(workflow.runs) == workflow.runs
    assert workflow.opened(workflow.controls) == []


def test_a_run_uses_the_choice_of_its_method_and_the_rows_of_all_runs() -> None:
    workflow = Workflow.load()
    methods = {run.variant: workflow.method_of(run) for run in [*workflow.runs, *workflow.controls]}
    assert {"full": "full", "minus_small_leaves": "full", "nearest_neighbours": "nearest_neighbours"}.items() <= (
        methods.items()
    )
    assert {method for name, method in methods.items() if name.startswith("control_")} == {"full"}
    assert {(workflow.splits_of(run), workflow.held_out_of(run)) for run in workflow.runs} == {
        ("data/splits", "data/held_out")
    }


def test_a_step_is_told_only_of_what_the_study_calls_for() -> None:
    train = Workflow.load().steps()["train"]
    values = train.values("runs/full/seed-10")
    assert values is not None
    assert train.parameters(values)["model"] == "random_forest"
    for home in ("runs/other/seed-10", "runs/full/seed-99"):
        with pytest.raises(PipelineError):
            train.parameters(train.values(home) or {})


def test_a_step_makes_its_artefact_from_its_inputs() -> None:
    step = Workflow.load().steps()["fetch"]
    task = Task(Path("made"), Path("scratch"), step.parameters({}), {"source": [SOURCE]})
    task.home.mkdir()
    make(step, task)
    assert {path.name for path in task.home.iterdir()} >= {"raw.safetensors"}


def test_what_was_found_of_code_is_kept_for_the_next_run_unless_a_source_changed_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = look(Workflow.load())
    step = world.steps["fetch"]
    world.identity(step, step.parameters({}))
    before = fingerprint()
    monkeypatch.setattr("pipeline.workflow.fingerprint", lambda: (*before, ("changed.py", 1, 1, 1)))
    remember(world.sources)
    assert not CLOSURES.exists()


def test_where_nothing_can_be_kept_of_code_work_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    world = look(Workflow.load())
    step = world.steps["fetch"]
    world.identity(step, step.parameters({}))
    monkeypatch.setattr("pipeline.workflow.CLOSURES", Path("/proc/no/closures.json"))
    assert world.sources.has_grown()
    remember(world.sources)


def test_closures_of_the_same_sources_are_read_back() -> None:
    world = look(Workflow.load())
    step = world.steps["fetch"]
    code, _ = world.identity(step, step.parameters({}))
    remember(world.sources)
    assert [closure["roots"][0] for closure in json.loads(CLOSURES.read_text())["closures"]] == [step.parts[0].entry]
    sources_as_of.cache_clear()
    again = look(Workflow.load())
    assert again.identity(step, step.parameters({}))[0] == code
    assert not again.sources.parsed
