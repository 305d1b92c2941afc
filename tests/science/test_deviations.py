from typing import Any

import pytest

from pipeline.science.deviations import counted_seeds, sentences, standing

NONE: dict[str, Any] = {"configurations": {}, "plans": {}, "unplanned_seeds": [], "dropped_seeds": []}
SEEDS = {**NONE, "plans": {"0123": ["seeds.final"]}, "unplanned_seeds": [12]}


@pytest.mark.parametrize(
    ("plan", "found", "status"),
    [
        (None, None, "exploratory"),
        ("4567", None, "confirmatory"),
        ("4567", SEEDS, "confirmatory"),
        ("4567", {**SEEDS, "dropped_seeds": [11]}, "exploratory after a look"),
        ("4567", {**NONE, "plans": {"0123": ["study.margin"]}}, "exploratory after a look"),
        ("4567", {**NONE, "configurations": {"89ab": ["code x:f"]}}, "exploratory after a look"),
    ],
)
def test_only_seeds_that_were_added_leave_a_study_confirmatory(plan: Any, found: Any, status: str) -> None:
    assert standing(plan, found) == status


def test_seeds_added_after_a_look_are_not_counted() -> None:
    assert counted_seeds([10, 11, 12], SEEDS) == [10, 11]
    assert counted_seeds([10, 11, 12], None) == [10, 11, 12]


def test_seeds_that_replace_others_after_a_look_count_and_confirm_nothing() -> None:
    replaced = {**SEEDS, "dropped_seeds": [10, 11]}
    assert counted_seeds([12], replaced) == [12]
    assert standing("4567", replaced) == "exploratory after a look"
    assert "count, since others were dropped" in sentences(replaced)[1]


def test_each_deviation_is_a_sentence_that_names_what_changed() -> None:
    found = {**SEEDS, "configurations": {"89ab": ["code x:f"], "cdef": ["settings.lr (1 → 2)"]}}
    plan, seeds, code, setting = sentences(found)
    assert "locked again" in plan
    assert "seeds.final" in plan
    assert "Seeds 12 were not in the plan at the first look" in seeds
    assert code.startswith("Code was edited after a look")
    assert "code x:f" in code
    assert "settings.lr (1 → 2)" in setting
    assert sentences(None) == []
