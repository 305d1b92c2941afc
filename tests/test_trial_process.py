"""A process of the self-test fits what it is asked to, and says of each fit what it came to or why it failed."""

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

import pytest

from pipeline.base.errors import PipelineError
from pipeline.self_testing import (
    AGAIN,
    AT_ONCE,
    HASHES,
    ORDER,
    REFERENCE,
    SHAPE,
    Trials,
    joined,
    verdict,
)
from pipeline.trial_process import answered, devices
from tests.study import ROOT

NEAREST = "nearest_neighbours"
SETTINGS: dict[str, Any] = {"neighbours": 3, "weights": "uniform"}
CASES = [(NEAREST, SETTINGS)]
SAME = {"weights": "1" * 64, "predictions": "2" * 64}


def asked(**changes: Any) -> dict[str, Any]:
    """Return what a process is asked."""
    return {"cases": CASES, "shape": SHAPE, "one_core": False, "folder": tempfile.gettempdir(), **changes}


def test_every_fit_of_a_case_is_told_by_its_digests_and_two_of_them_are_the_same() -> None:
    answer = answered(asked(cases=[*CASES, *CASES]))
    first, second = answer["fits"][f"{NEAREST} on cpu"]
    assert first == second
    assert {name: len(digest) for name, digest in first.items()} == {"weights": 64, "predictions": 64}
    assert answer["cuda"] == "no device here, so networks were tested on the CPU alone"


def test_other_settings_come_to_other_digests() -> None:
    first, second = answered(asked(cases=[*CASES, (NEAREST, {**SETTINGS, "neighbours": 9})]))["fits"][
        f"{NEAREST} on cpu"
    ]
    assert first != second


def test_a_fit_that_fails_says_why_in_one_line_and_the_others_go_on() -> None:
    fits = answered(asked(cases=[("rbf_svm", {"gamma": "odd"}), *CASES]))["fits"]
    assert fits["rbf_svm on cpu"][0]["error"].startswith("ValidationError: ")
    assert "\n" not in fits["rbf_svm on cpu"][0]["error"]
    assert "weights" in fits[f"{NEAREST} on cpu"][0]


def test_a_network_is_fitted_on_a_gpu_too_and_an_estimator_is_not() -> None:
    assert list(devices("mlp", "a GPU")) == ["cpu", "cuda"]
    assert list(devices("mlp", None)) == ["cpu"]
    assert list(devices(NEAREST, "a GPU")) == ["cpu"]


def test_a_process_that_is_held_to_one_core_has_one_and_prints_its_answer_alone() -> None:
    said = "import pipeline.trial_process as t, os; t.main(); assert len(os.sched_getaffinity(0)) == 1"
    done = subprocess.run(
        [sys.executable, "-c", said],
        input=json.dumps(asked(cases=[], one_core=True)),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    assert json.loads(done.stdout)["fits"] == {}


def test_a_process_that_dies_is_an_error_with_its_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.self_testing.CHILD", "import sys; sys.exit('no memory')")
    with pytest.raises(PipelineError, match="self-test: a process that fits models ended with 1: no memory"):
        Trials(CASES, 1).process()


def test_a_process_has_the_threads_of_a_job_and_nothing_that_moves_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    told = Trials(CASES, 2).variables()
    assert (told["OMP_NUM_THREADS"], told["MKL_NUM_THREADS"]) == ("2", "2")
    assert "MKL_CBWR" not in told


@pytest.mark.parametrize("condition", [AGAIN, AT_ONCE, ORDER, HASHES])
@pytest.mark.parametrize("part", ["weights", "predictions"])
def test_a_model_that_came_out_otherwise_under_one_condition_is_named_with_it(condition: str, part: str) -> None:
    model = "mlp on cpu"
    fits = {name: {model: [SAME, SAME]} for name in (AGAIN, AT_ONCE, ORDER, HASHES)} | {REFERENCE: {model: [SAME]}}
    assert verdict(model, fits) == []
    other = {**fits, condition: {model: [SAME, {**SAME, part: "0" * 64}]}}
    assert verdict(model, other) == [f"other {part} {condition}"]
    failed = {**fits, condition: {model: [{"error": "ValueError: no"}]}}
    assert verdict(model, failed) == [f"other weights and predictions {condition}"]


def test_a_model_that_cannot_be_fitted_is_told_why_and_fits_of_several_processes_are_joined() -> None:
    assert verdict("m", {REFERENCE: {"m": [{"error": "ValueError: no"}]}}) == ["cannot be fitted: ValueError: no"]
    assert joined([{"m": [SAME]}, {"m": [{**SAME, "weights": "3"}]}]) == {"m": [SAME, {**SAME, "weights": "3"}]}
