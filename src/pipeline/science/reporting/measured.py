"""A report in the words of the study's measure, where that is not accuracy."""

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from matplotlib.figure import Figure
from matplotlib.text import Text

from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Picture, Report, Section

ACCURACY = "accuracy"
WORD = r"(?<![\w-])(?P<first>A|a)ccuracy(?![\w-])"
OF_ACCURACY = ("controls",)  # sections that speak of accuracy whatever the measure is
CURVE = "validation_accuracy"  # a network's learning curve, in accuracy too
NAMES = ("name", "anchor", "href", "symbol", "tone", "status")  # what others refer to
Part = TypeVar("Part")


def quoted(analysis: Analysis) -> tuple[str, ...]:
    """Return what the study's authors wrote, the longest first: a report quotes it as it is."""
    study, tables = analysis.study, analysis.tables
    written = [study.hypothesis, ", ".join(study.held_constant)]
    for name, column in (("claims", "sentence"), ("replication", "cite")):
        written += map(str, tables[name][column]) if name in tables else []
    return tuple(sorted(filter(None, set(written)), key=lambda text: (-len(text), text)))


def in_words(report: Report, words: str, quotes: tuple[str, ...] = ()) -> Report:
    """Return a report that names its measure, `words`, where it spoke of accuracy; `quotes` stay as they are."""
    if words == ACCURACY:
        return report
    return replace(report, sections=tuple(section_in_words(section, words, quotes) for section in report.sections))


def section_in_words(section: Section, words: str, quotes: tuple[str, ...]) -> Section:
    """Return a section that names its measure, unless it speaks of accuracy itself."""
    return section if section.anchor in OF_ACCURACY else renamed(section, words, quotes)


def renamed(part: Part, words: str, quotes: tuple[str, ...] = ()) -> Part:
    """Return a part of a report, or a text, with the measure's name in the place of accuracy, but not in quotes."""
    found: Any = part
    if isinstance(part, str):
        kept = "|".join(map(re.escape, (*quotes, words)))
        found = re.sub(f"{kept}|{WORD}", lambda match: spelled(match, words), part)
    elif isinstance(part, tuple):
        found = tuple(renamed(each, words, quotes) for each in part)
    elif is_dataclass(part) and not isinstance(part, type) and not (isinstance(part, Picture) and part.name == CURVE):
        texts = {field.name: getattr(part, field.name) for field in fields(part) if field.name not in NAMES}
        found = replace(part, **{name: renamed(value, words, quotes) for name, value in texts.items()})
    return found  # type: ignore[no-any-return]


def spelled(match: re.Match[str], words: str) -> str:
    """Return the measure's name for a word that was found; a quote, or what names the measure already, stays."""
    if match["first"] is None:
        return match[0]
    return words[0].upper() + words[1:] if match["first"] == "A" else words


def figure_in_words(figure: Figure, name: str, words: str) -> Figure:
    """Return a figure whose texts name the measure, unless it shows accuracy itself."""
    if words != ACCURACY and name not in (*OF_ACCURACY, CURVE):
        for text in figure.findobj(Text):
            text.set_text(renamed(text.get_text(), words))
    return figure
