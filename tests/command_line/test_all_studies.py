"""Every study in a row, asked in its own folder: one that cannot say is not as it should be."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.command_line.test_status import LOOKS, MISSING, SOUND, VALID

from pipeline.io.runs import held
from pipeline.studies import PAGE, all_studies, is_clean_everywhere, render, row, state_of, summed_up, write_page

STATUS: dict[str, Any] = {**SOUND, "title": "Leaves & trees", "contrasts": {"supported": 1}, "cpu_seconds": 12.0}
EVENT = {"artefact": "runs/a"}


@pytest.mark.parametrize(
    ("artefacts", "more", "said"),
    [
        ({"a": VALID}, {}, "complete"),
        ({"a": VALID, "b": MISSING, "c": {**MISSING, "state": "corrupt"}}, {}, "1 corrupt, 1 missing of 3"),
        ({"a": MISSING, "b": MISSING}, {}, "not made yet"),
        ({"a": MISSING, "b": {**MISSING, "state": "stale"}}, {}, "1 stale, 1 missing"),
        ({"a": VALID}, {"controls": "failed: p"}, "complete; a control failed"),
        ({"a": VALID}, {"nondeterminism": [EVENT]}, "complete; came out different"),
        ({"a": VALID}, {"held_out": {**LOOKS, "removed": {"looks/a.json": "Git"}}}, "complete; a look was removed"),
    ],
)
def test_the_state_of_a_study_names_all_that_ails(artefacts: dict[str, Any], more: dict[str, Any], said: str) -> None:
    assert state_of({**STATUS, "artefacts": artefacts, **more}) == said


def test_a_study_that_cannot_say_is_told_by_its_error_and_makes_the_view_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src/pipeline").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with held():
        found = all_studies()
    assert list(found) == ["."]
    assert found["."].keys() == {"error", "clean"}
    assert found["."]["error"].startswith("a snakemake is at work in this folder")
    assert not is_clean_everywhere(found)
    assert not is_clean_everywhere({**found, "studies/a": {"clean": True}})
    assert row(".", found["."])[:2] == ("default", found["."]["error"])


def test_a_row_sums_up_what_a_study_says_of_itself(tmp_path: Path) -> None:
    claims = {name: {"sentence": "", "verdict": verdict, "recorded": None} for name, verdict in (
        ("helps", "supported"), ("hurts", "inconclusive"),
    )}  # fmt: skip
    study = summed_up({**STATUS, "claims": claims}, tmp_path)
    assert row("studies/a", study) == (
        "studies/a", "complete", "confirmatory", "recorded", "1 of 2 supported", "1 of 1 supported", "12",
    )  # fmt: skip
    assert (study["report"], study["clean"]) == (None, True)
    bare = summed_up({**STATUS, "contrasts": {}, "cpu_seconds": 0.0}, tmp_path)
    assert row("studies/b", bare)[4:] == ("none stated", "not judged", "not known")
    waiting = summed_up({**STATUS, "contrasts": {"not judged": 2}}, tmp_path)
    assert row("studies/c", waiting)[5] == "not judged"


def test_the_page_leads_to_each_report_and_escapes_titles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src/pipeline").mkdir(parents=True)
    (tmp_path / "results").mkdir()
    (tmp_path / "results/report.html").write_text("")
    monkeypatch.chdir(tmp_path)
    found = {".": summed_up(STATUS, tmp_path), "studies/a": {"error": "params.yaml: <is missing>", "clean": False}}
    write_page(found)
    page = PAGE.read_text()
    (link,) = re.findall(r'href="([^"]+)"', page)
    assert (PAGE.parent / link).resolve() == (tmp_path / "results/report.html").resolve()
    assert "Leaves &amp; trees" in page
    assert "<is missing>" not in page
    assert render(found).splitlines()[-1] == f"page: {PAGE}"
