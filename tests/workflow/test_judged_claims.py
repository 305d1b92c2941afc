"""A claim that fell is told, and no green exit hides it."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.judged_claims import fallen, told_of_claims
from pipeline.observing import PAGE, render_page
from pipeline.status import is_clean

SOUND: dict[str, Any] = {
    "artefacts": {"results": {"state": "valid"}},
    "nondeterminism": [],
    "record": {},
    "controls": "passed",
    "claims": {},
    "held_out": {"removed": {}},
}


def claim(verdict: str, recorded: str | None) -> dict[str, dict[str, Any]]:
    """Return one claim as it is judged, and as it was recorded."""
    return {"helps": {"sentence": "It helps.", "verdict": verdict, "recorded": recorded}}


@pytest.mark.parametrize(
    ("verdict", "recorded", "falls"),
    [
        ("supported", None, False),
        ("supported", "not supported", False),
        ("inconclusive", None, False),
        ("inconclusive", "inconclusive", False),
        ("inconclusive", "supported", True),
        ("not supported", None, True),
        ("not supported", "not supported", True),
        ("invalid", None, True),
        ("not judged", "supported", False),
    ],
)
def test_a_claim_falls_where_the_opposite_was_found_or_it_stood_in_the_record(
    verdict: str, recorded: str | None, falls: bool
) -> None:
    claims = claim(verdict, recorded)
    assert bool(fallen(claims)) is falls
    assert is_clean({**SOUND, "claims": claims}) is not falls
    assert ("fell" in told_of_claims(claims)[0]) is falls


def test_a_fall_is_told_with_what_was_recorded_and_the_sentence() -> None:
    (line,) = told_of_claims(claim("inconclusive", "supported"))
    assert line == "claim helps: fell, it is inconclusive (recorded as supported): “It helps.”"


def test_a_removed_look_is_not_clean() -> None:
    assert is_clean(SOUND)
    assert not is_clean({**SOUND, "held_out": {"removed": {"looks/x.json": "Git's history"}}})


def test_the_observed_page_shows_what_is_known_of_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    render_page(["held-out: seen by 3 configurations, under 1 plan (looks/)"])
    assert "<li>held-out: seen by 3 configurations, under 1 plan (looks/)</li>" in PAGE.read_text()
    render_page()
    assert "Looks at held-out" not in PAGE.read_text()
