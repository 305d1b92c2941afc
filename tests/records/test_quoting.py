"""A text is held to the analysis: each number that it quotes, each fragment that was copied into it."""

from pathlib import Path

import pytest
from tests.command_line.stated import state_miniature
from tests.stages.synthetic_analysis import write_analysis

from pipeline.base.errors import PipelineError, ReceiptError
from pipeline.io.files import write_json
from pipeline.io.receipts import sealed
from pipeline.quoting import TABLES, drifting, is_faithful, quotes, render

VALUES = {"full.held_out_mean": "94.5", "full.n": "10"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def paper(text: str, name: str = "paper.tex") -> Path:
    Path(name).write_text(text)
    return Path(name)


def test_a_text_that_quotes_what_the_analysis_has_is_faithful() -> None:
    text = paper(r"We reach \quoted{full.held_out_mean}{94.5} over \result{full.n} seeds. % \result{none}")
    assert drifting(text, VALUES) == []


def test_a_number_that_moved_and_one_that_there_is_not_are_named_with_their_lines() -> None:
    text = paper("Once\n\\quoted{full.held_out_mean}{94.6}\n\\result{full.median}\n")
    assert drifting(text, VALUES) == [
        "line 2: full.held_out_mean is quoted as 94.6, the analysis has 94.5",
        "line 3: the analysis has no result full.median",
    ]


def test_a_copy_of_a_fragment_that_is_none_any_more_is_told() -> None:
    TABLES.mkdir(parents=True)
    (TABLES / "contrasts.tex").write_text("a & b")
    copy = paper("a & b", "contrasts.tex")
    assert drifting(copy, VALUES) == []
    copy.write_text("a & c")
    assert drifting(copy, VALUES) == ["is not results/tables/contrasts.tex any more; copy that again"]


def test_a_text_that_is_not_there_is_refused() -> None:
    with pytest.raises(PipelineError, match=r"paper\.tex: is no file; name the LaTeX files"):
        drifting(Path("paper.tex"), VALUES)


def test_no_text_is_held_to_an_analysis_that_is_not_true() -> None:
    state_miniature()
    write_analysis(Path("analysis"))
    for home in ("analysis", "results"):
        stated = {"artefact": home, "step": "analyse", "parameters": {}, "code": {}, "environment": {}, "reads": {}}
        write_json(Path(home) / "metrics.json", {})
        (Path(home) / "receipt.json").write_text(sealed({**stated, "files": {}}))
    with pytest.raises(ReceiptError, match="analysis: "):
        quotes([])


def test_what_drifts_is_told_a_line_each_and_is_not_faithful() -> None:
    found = {"a.tex": ["line 1: x", "line 2: y"], "b.tex": []}
    assert render(found).splitlines() == ["a.tex: line 1: x", "a.tex: line 2: y"]
    assert not is_faithful(found)
    assert is_faithful({"a.tex": []})
    assert render({"a.tex": [], "b.tex": []}) == "2 texts say what the analysis says"
