"""A report in the words of the study's measure, where that is not accuracy."""

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from matplotlib.figure import Figure
from matplotlib.text import Text

from pipeline.science.reporting.blocks import Picture, Report, Section

ACCURACY = "accuracy"
WORD = r"(?<![\w-])(?P<first>A|a)ccuracy(?![\w-])"
OF_ACCURACY = ("controls",)  # sections that speak of accuracy whatever the measure is
CURVE = "validation_accuracy"  # a network's learning curve, in accuracy too
NAMES = ("name", "anchor", "href", "symbol", "tone", "status")  # what others refer to
Part = TypeVar("Part")


def in_words(report: Report, words: str) -> Report:
    """Return a report that names its measure, `words`, where it spoke of accuracy."""
    if words == ACCURACY:
        return report
    return replace(report, sections=tuple(section_in_words(section, words) for section in report.sections))


def section_in_words(section: Section, words: str) -> Section:
    """Return a section that names its measure, unless it speaks of accuracy itself."""
    return section if section.anchor in OF_ACCURACY else renamed(section, words)


def renamed(part: Part, words: str) -> Part:
    """Return a part of a report, or a text, with the measure's name in the place of accuracy."""
    found: Any = part
    if isinstance(part, str):
        found = re.sub(f"{re.escape(words)}|{WORD}", lambda match: spelled(match, words), part)
    elif isinstance(part, tuple):
        found = tuple(renamed(each, words) for each in part)
    elif is_dataclass(part) and not isinstance(part, type) and not (isinstance(part, Picture) and part.name == CURVE):
        texts = {field.name: getattr(part, field.name) for field in fields(part) if field.name not in NAMES}
        found = replace(part, **{name: renamed(value, words) for name, value in texts.items()})
    return found  # type: ignore[no-any-return]


def spelled(match: re.Match[str], words: str) -> str:
    """Return the measure's name for a word that was found; what names the measure already stays as it is."""
    return words[0].upper() + words[1:] if match["first"] == "A" else words


def figure_in_words(figure: Figure, name: str, words: str) -> Figure:
    """Return a figure whose texts name the measure, unless it shows accuracy itself."""
    if words != ACCURACY and name not in (*OF_ACCURACY, CURVE):
        for text in figure.findobj(Text):
            text.set_text(renamed(text.get_text(), words))
    return figure
