"""Whether a text still says what the analysis says: the numbers it quotes, and the tables that were copied into it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.base.errors import PipelineError
from pipeline.io.receipts import RECEIPT
from pipeline.science.reporting.numbers import drift, numbers
from pipeline.stages.report import read_analysis
from pipeline.workflow import look

ANALYSIS, RESULTS = "analysis", "results"
TABLES = Path(RESULTS) / "tables"


def quotes(texts: Iterable[Path]) -> dict[str, list[str]]:
    """Return {text: where it drifts from the analysis} of some LaTeX files and of the report's own fragments.

    Raises ReceiptError where the results are not true now, PipelineError for a text that is not there.
    """
    world = look()
    for home in (ANALYSIS, RESULTS):
        world.check(home, RECEIPT)
    values = numbers(read_analysis(Path(ANALYSIS)))
    return {str(text): drifting(text, values) for text in [*texts, *sorted(TABLES.glob("*.tex"))]}


def drifting(text: Path, values: dict[str, str]) -> list[str]:
    """Return where a text drifts: a number that it quotes, or a copy of a fragment that is no copy any more."""
    if not text.is_file():
        raise PipelineError(f"{text}: is no file; name the LaTeX files that quote the results")
    content, fragment = text.read_text(encoding="utf-8"), TABLES / text.name
    found = drift(content, values)
    if fragment.is_file() and content != fragment.read_text(encoding="utf-8"):
        found.append(f"is not {fragment} any more; copy that again")
    return found


def is_faithful(found: dict[str, list[str]]) -> bool:
    """Tell whether no text drifts."""
    return not any(found.values())


def render(found: dict[str, list[Any]]) -> str:
    """Return what drifts, a line each, for a terminal."""
    lines = [f"{text}: {said}" for text, lines in found.items() for said in lines]
    return "\n".join(lines or [f"{len(found)} texts say what the analysis says"])
