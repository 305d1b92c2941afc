"""The table at the end of a run: every variant with n and interval, and nothing that ails left unsaid."""

from pathlib import Path

import pytest
from tests.command_line.stated import state_miniature
from tests.stages.synthetic_analysis import write_analysis

from pipeline.io.files import read_json, write_json
from pipeline.summary import percent, points, summary

METRICS = Path("results/metrics.json")


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go into a folder with the results of a study of twelve variants."""
    monkeypatch.chdir(tmp_path)
    state_miniature()
    write_analysis(Path("results"))
    say(controls={"outcome": "passed"})


def say(**metrics: object) -> None:
    write_json(METRICS, {**read_json(METRICS), **metrics})


def test_every_variant_stands_with_its_interval_its_contrast_and_the_verdict(results: None) -> None:
    lines = summary().splitlines()
    assert lines[0].split("  ")[0] == "variant"
    assert "held-out %" in lines[0]
    assert [line.split()[0] for line in lines[1:4]] == ["full", "minus_convolution", "minus_attention"]
    assert lines[2].endswith("superiority supported")
    assert lines[-2:] == [
        "intervals: 95 %, new seeds; of differences: new seeds and new items",
        "report: results/report.html   costs of this machine: observed/index.html",
    ]
    assert len(lines) == 1 + 12 + 2


def test_a_failed_control_makes_every_finding_invalid(results: None) -> None:
    say(controls={"outcome": "failed: shuffled_labels"})
    said = "INVALID: a control failed: shuffled_labels; every finding is invalid until the cause is found"
    assert summary().splitlines()[-2] == said


def test_a_study_that_was_planned_after_a_look_says_that_it_confirms_nothing(results: None) -> None:
    say(status="exploratory after a look")
    assert "this study is exploratory after a look: its verdicts are no confirmation" in summary()


def test_claims_looks_and_cautions_are_told(results: None) -> None:
    say(claims={"helps": "inconclusive"}, look="1 of 2")
    lines = summary("Statistics here are over runs of 2 classes of machine.").splitlines()
    assert "look 1 of 2 of those that the plan states" in lines
    assert lines[-3:-1] == ["claim helps: inconclusive", "Statistics here are over runs of 2 classes of machine."]


def test_an_exploratory_study_shows_scores_on_validation_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    state_miniature(metric="balanced_accuracy")
    write_analysis(Path("results"), "exploratory")
    say(controls={"outcome": "passed"})
    said = summary()
    assert "validation %" in said
    assert "held-out" not in said
    assert "supported" not in said
    assert said.splitlines()[-2].startswith("scores: ")
    assert "balanced accuracy" in said


def test_numbers_are_spelled_in_percent_and_points_without_a_negative_zero() -> None:
    assert (percent("0.125"), percent("-0.0001"), percent("")) == ("12.5", "0.0", "–")
    row = {"difference": "-0.00001", "population_low": "-0.0123", "population_high": "0.0123"}
    assert points(row) == "+0.0 [-1.2, 1.2]"
