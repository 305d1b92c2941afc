"""How conclusions changed, from two records of them."""

import json
from typing import Any

from pipeline.changed_conclusions import changed_conclusions, lines

CONTRAST = {
    "family": "ablation", "variant": "minus_stem", "claim": "superiority", "finding": "better",
    "verdict": "supported", "n": "6", "difference": "0.05", "population_low": "0.01", "population_high": "0.09",
}  # fmt: skip
FULL = {
    "variant": "full", "n": "6", "validation_mean": "0.81", "held_out_mean": "0.8", "held_out_low": "0.78",
    "held_out_high": "0.82",
}  # fmt: skip
SAID: dict[str, Any] = {
    "metrics": {"status": "confirmatory", "validation": {"mean": 0.81, "n": 6, "sd": 0.02}},
    "variants": [FULL, {**FULL, "variant": "minus_stem"}],
    "contrasts": [CONTRAST],
}


def changed(**contrast: str) -> dict[str, Any]:
    """Return what changes where the one contrast does."""
    return changed_conclusions(SAID, {**SAID, "contrasts": [{**CONTRAST, **contrast}]})


def test_the_same_conclusions_leave_nothing_to_say() -> None:
    found = changed_conclusions(SAID, json.loads(json.dumps(SAID)))
    assert not any(found.values())
    assert lines(found) == []


def test_a_verdict_that_changed_is_told_with_both_findings_their_intervals_and_n() -> None:
    found = changed(finding="inconclusive", verdict="inconclusive", difference="0.01", population_low="-0.03")
    assert lines(found) == [
        "ablation, full against minus_stem: better (+5.0 [1.0, 9.0], n 6), superiority supported → "
        "inconclusive (+1.0 [-3.0, 9.0], n 6), superiority inconclusive"
    ]


def test_numbers_that_moved_under_the_same_verdict_are_counted() -> None:
    found = changed(difference="0.06")
    assert (found["contrasts"], found["moved"]) == ([], 1)
    assert lines(found) == ["1 further contrast: other numbers, the same verdict"]


def test_contrasts_appear_and_vanish() -> None:
    without = {**SAID, "contrasts": []}
    assert "minus_stem: appeared, better" in lines(changed_conclusions(without, SAID))[0]
    assert "minus_stem: vanished, better" in lines(changed_conclusions(SAID, without))[0]


def test_headline_numbers_are_told_with_their_spread_and_n() -> None:
    better = {
        **FULL,
        "held_out_mean": "0.9",
        "held_out_low": "0.88",
        "held_out_high": "0.92",
        "validation_mean": "0.92",
    }
    found = changed_conclusions(SAID, {**SAID, "variants": [better]})
    assert lines(found) == [
        "full, held-out: 80.0 % [78.0, 82.0], n 6 → 90.0 % [88.0, 92.0], n 6",
        "full, validation: 81.0 % (sd 2.0), n 6 → 92.0 % (sd 2.0), n 6",
    ]


def test_a_study_that_turned_exploratory_says_so_and_knows_no_held_out_score() -> None:
    row = {name: value for name, value in FULL.items() if not name.startswith("held_out")}
    metrics = {**SAID["metrics"], "status": "exploratory"}
    told = lines(changed_conclusions(SAID, {"metrics": metrics, "variants": [row], "contrasts": []}))
    assert told[0] == "study: confirmatory → exploratory"
    assert "full, held-out: 80.0 % [78.0, 82.0], n 6 → not known" in told


def test_a_difference_too_small_for_the_digits_shown_is_still_told() -> None:
    told = lines(changed_conclusions(SAID, {**SAID, "variants": [{**FULL, "validation_mean": "0.8100001"}]}))
    assert told == ["full, validation: 81.0 % (sd 2.0), n 6 → 81.0 % (sd 2.0), n 6 (0.81 → 0.8100001)"]
