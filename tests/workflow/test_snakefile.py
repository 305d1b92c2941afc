"""What the Snakefile calls, on a study of which nothing is made: what is refused, asked for, and told."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.io.test_rules import RAW, Files
from tests.io.toy import receipt
from tests.study import Study, checkout

from pipeline.io import runs
from pipeline.io.jobs import FAILURES
from pipeline.io.plans import PLAN, lock_plan
from pipeline.io.runs import ANSWERED, RUNS, STATUS, TOKEN
from pipeline.io.settling import Settled
from pipeline.snakefile import (
    asks_for_parts,
    cache_for,
    covered,
    is_forced,
    open_study,
    report_failures,
    settle,
    whole_number,
)
from pipeline.workflow import Workflow

HOME = receipt("data/raw")
SEEDS = (10, 11)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Study]:
    """Yield a study, and work in it as Snakemake does."""
    study = checkout(tmp_path / "study")
    monkeypatch.chdir(study.folder)
    monkeypatch.setenv(TOKEN, "")
    arguments(monkeypatch)
    yield study
    let_go()


def let_go() -> None:
    while runs.KEPT:
        runs.KEPT.pop().close()


def arguments(monkeypatch: pytest.MonkeyPatch, *given: str) -> None:
    """State the arguments of a dry run, which settles like any other and starts nothing that goes on."""
    monkeypatch.setattr(sys, "argv", ["snakemake", "-n", *given])


def settled() -> None:
    """Settle a graph of one rule, as the last call in the Snakefile does."""
    settle(Workflow.load(), [HOME], {"fetch": [RAW]}, {"all": [HOME]})


def why_not() -> str:
    with pytest.raises(SystemExit) as left:
        settled()
    said = str(left.value)
    assert "\n" not in said
    return said


def test_a_run_holds_the_study_and_announces_what_it_sets_out_to_make(
    study: Study, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments(monkeypatch, "--cores", "2")
    settled()
    (announced,) = RUNS.iterdir()
    assert json.loads(announced.read_text())["missing"] == [HOME]
    assert runs.is_held()
    assert capfd.readouterr().err.startswith("study: exploratory, plan/plan.json is missing; held-out stays closed")


def test_a_raw_file_that_is_missing_stops_a_run_before_anything(study: Study) -> None:
    Path("data/source/rows.npz").unlink()
    assert why_not().startswith("pipeline: params.yaml: data.source: data/source/rows.npz is missing; restore it")
    assert not RUNS.exists()


def test_a_plan_that_is_only_written_stops_a_run(study: Study) -> None:
    lock_plan(Workflow.load().study.model_dump(mode="json"), ["A statement."])
    assert why_not().startswith(f"pipeline: {PLAN}: states this study but is not committed; commit it")
    study.commit("Lock the plan")
    let_go()
    settled()


def test_a_job_whose_run_has_ended_stops_and_does_not_settle(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments(monkeypatch, "--target-jobs", "fetch:")
    assert why_not() == "pipeline: the snakemake that this job is of has ended; start it again"
    assert not runs.is_held()


def test_a_second_run_is_refused_in_one_line(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    settled()
    monkeypatch.setenv(TOKEN, "")
    assert why_not().startswith("pipeline: another snakemake is at work in this folder; ")


def test_a_job_of_the_run_at_work_settles_nothing_again(study: Study) -> None:
    settled()
    before = sorted(RUNS.iterdir())
    settled()  # this process now has the token of that run
    assert sorted(RUNS.iterdir()) == before


@pytest.mark.parametrize("option", ["--rulegraph", "--list-rules", "--unlock", "--lint"])
def test_a_command_that_only_draws_or_lists_holds_nothing(
    study: Study, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    arguments(monkeypatch, option)
    settled()
    assert not runs.is_held()


def test_asked_for_the_state_it_tells_that_and_does_nothing(
    study: Study, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(STATUS, "1")
    with pytest.raises(SystemExit) as left:
        settled()
    assert left.value.code == ANSWERED
    told = json.loads(capfd.readouterr().out)
    assert {name: type(value) for name, value in told.items()} == {
        "study": str, "confirmatory": bool, "environment": list, "steps": dict, "artefacts": dict,
    }  # fmt: skip
    assert told["artefacts"] == {"data/raw": {"step": "fetch", "state": "missing", "reason": "not made yet"}}
    assert not runs.is_held()


def test_an_input_that_is_no_list_of_paths_is_one_line(study: Study) -> None:
    class Hidden:
        output = (HOME,)
        input = Files(source=lambda wildcards: "data/source/rows.npz")

    with pytest.raises(SystemExit, match=r"^pipeline: Snakefile: fetch: input source is a function; "):
        settle(Workflow.load(), [HOME], {"fetch": [Hidden()]}, {})


def test_what_a_shell_says_of_instructions_and_threads_is_not_passed_on(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"NPY_DISABLE_CPU_FEATURES": "AVX2", "MKL_CBWR": "SSE2", "OMP_NUM_THREADS": "7"}.items():
        monkeypatch.setenv(name, value)
    for name in ("PYTHONPATH", "PATH", "CUBLAS_WORKSPACE_CONFIG", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                 "NUMEXPR_NUM_THREADS"):  # fmt: skip
        monkeypatch.setenv(name, os.environ.get(name, ""))  # put back afterwards
    open_study()
    assert not {"NPY_DISABLE_CPU_FEATURES", "MKL_CBWR"} & os.environ.keys()
    assert os.environ["OMP_NUM_THREADS"] == "1"
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_a_study_that_is_none_is_one_line(study: Study) -> None:
    study.change("study.margin", "wide")
    with pytest.raises(SystemExit, match=r"^pipeline: params.yaml: study.margin: "):
        open_study()


def test_some_runs_are_trained_where_no_result_is_asked_for(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = Workflow.load()
    every = covered(workflow, None)
    assert every == [*workflow.runs, *workflow.controls]
    names = [f"full/seed-{seed}" for seed in SEEDS]
    arguments(monkeypatch, "trained", "--config", "only=...")
    assert [str(run) for run in covered(workflow, ", ".join(names[::-1]))] == names
    arguments(monkeypatch, "all", "--config", "only=...")
    with pytest.raises(SystemExit, match="some runs make no result"):
        covered(workflow, names[0])
    arguments(monkeypatch, "trained")
    with pytest.raises(SystemExit, match=r"there is no run 'full/seed-1'; did you mean 'full/seed-1\d'"):
        covered(workflow, "full/seed-1")


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ("trained", True),
        ("evaluated", True),
        ("runs/full/seed-10/receipt.json", True),
        ("", False),
        ("all", False),
        ("trained report", False),
        ("trained results/receipt.json", False),
        ("data/raw/receipt.json analysis/receipt.json", False),
    ],
)
def test_parts_are_asked_for_where_nothing_past_evaluation_is(asked: str, parts: bool) -> None:
    assert asks_for_parts(asked.split()) is parts


@pytest.mark.parametrize("value", [0, -1, "two", 1.5, "", None])
def test_a_setting_that_is_no_whole_number_from_one_on_is_one_line(value: object) -> None:
    with pytest.raises(SystemExit, match=r"^pipeline: config: pack: is .*; state a whole number of runs, 1 or more"):
        whole_number("pack", value, "runs")
    assert whole_number("pack", "20", "runs") == 20


@pytest.mark.parametrize(
    ("option", "forced"), [("-f", True), ("-F", True), ("--forceall", True), ("-Rtrain", True), ("-n", False)]
)
def test_a_run_that_is_forced_is_told_by_its_options(
    option: str, forced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments(monkeypatch, option)
    assert is_forced() is forced


def test_where_all_stands_and_nothing_is_forced_no_cache_is_looked_in(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments(monkeypatch)
    assert cache_for(Settled({HOME}, {})) is None


def test_each_failure_is_told_once_however_often_it_was_tried(study: Study, capfd: pytest.CaptureFixture[str]) -> None:
    block = "failed: runs/a: out of luck\n  log:    logs/train_1.log\n"
    FAILURES.parent.mkdir()
    FAILURES.write_text(block + block.replace("runs/a", "runs/b") + block)
    report_failures()
    assert capfd.readouterr().err == block + block.replace("runs/a", "runs/b")
    report_failures(all_was_made=True)
    assert capfd.readouterr().err.startswith("failed at first, made since: runs/a: out of luck\n")
