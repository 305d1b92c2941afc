"""Parameter counts beside effects: a component that also changes the size of the model is not judged alone."""

from collections.abc import Mapping

from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Cell
from pipeline.science.reporting.tables import rows_of
from pipeline.science.reporting.wording import MISSING, count, is_missing, listed, number

COMPONENTS = ("ablation", "extra")


def changes(analysis: Analysis) -> dict[str, float]:
    """Return, for each variant, by which share its parameter count differs from the full method's; NaN if unknown."""
    known = {row["variant"]: row["parameters"] for row in rows_of(analysis.tables["variants"])}
    full = known["full"]
    return {
        name: float("nan") if is_missing(size) or not full else float(size) / float(full) - 1
        for name, size in known.items()
    }


def unmatched(analysis: Analysis) -> list[str]:
    """Return the variants of the full method whose parameter count differs by more than the stated share."""
    moved = changes(analysis)
    rows = rows_of(analysis.tables["variants"])
    tolerance = analysis.study.size_tolerance
    return [row["variant"] for row in rows if row["role"] in COMPONENTS and abs(moved[row["variant"]]) > tolerance]


def size_cells(analysis: Analysis) -> Mapping[str, tuple[Cell, Cell]]:
    """Return, for each variant, its parameter count and its change against the full method, marked if not matched."""
    moved, flagged = changes(analysis), set(unmatched(analysis))
    return {
        row["variant"]: (
            Cell(count(row["parameters"])),
            Cell(change_text(moved[row["variant"]]), *(("≠", "open") if row["variant"] in flagged else ())),
        )
        for row in rows_of(analysis.tables["variants"])
    }


def change_text(share: float) -> str:
    """Return a change of size in percent, signed."""
    if is_missing(share):
        return MISSING
    text = number(100 * share, 1)
    return f"{text} %" if text.startswith("−") or not text.strip("0.") else f"+{text} %"


def reading(analysis: Analysis) -> str:
    """Return which variants have no matched parameter count, as a sentence."""
    share = f"{number(100 * analysis.study.size_tolerance, 0)} %"
    flagged = unmatched(analysis)
    if not flagged:
        return f"Parameter counts are matched: no variant of the full method differs from it by more than {share}."
    verb = "differs" if len(flagged) == 1 else "differ"
    return (
        f"Of the variants of the full method, parameter counts are not matched (≠) for {listed(flagged)}: {verb} from "
        f"it by more than {share}, so that an effect may be one of size."
    )
