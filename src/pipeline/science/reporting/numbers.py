r"""The numbers of a study by name, as a paper quotes them, and the check that a text still says what the analysis says.

`numbers.tex` defines \result{name}, which typesets a number, and \quoted{name}{text}, which typesets the text as it
stands and lets the check compare it. A name that is not there stops LaTeX.
"""

import re
from collections.abc import Mapping

from pipeline.base.effect_claims import key_of
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.escaping import latex
from pipeline.science.reporting.tables import Row, rows_of
from pipeline.science.reporting.wording import number, p_value, percent, points

RESULT = re.compile(r"\\result\{([^{}]*)\}")
QUOTED = re.compile(r"\\quoted\{([^{}]*)\}\{([^{}]*)\}")
COMMENT = re.compile(r"(?<!\\)%.*")
PARTS = ("difference", "low", "high", "population_low", "population_high")
HEAD = r"""% Numbers of the analysis. \result{name} typesets one, \quoted{name}{text} the text; see `pipeline quotes`.
\newcommand{\result}[1]{\ifcsname result:#1\endcsname\csname result:#1\endcsname
  \else\errmessage{The analysis has no result #1}\fi}
\newcommand{\quoted}[2]{\ifcsname result:#1\endcsname#2\else\errmessage{The analysis has no result #1}\fi}
"""


def numbers(analysis: Analysis) -> dict[str, str]:
    """Return {name: number as the tables print it}: percent, percentage points, p values, counts and verdicts."""
    found = {}
    for row in rows_of(analysis.variants):
        found.update(named(str(row["variant"]), of_variant(row, analysis.split)))
    for row in rows_of(analysis.tables["contrasts"]) if "contrasts" in analysis.tables else []:
        found.update(named(f"{row['family']}.{row['variant']}", of_contrast(row)))
    for row in rows_of(analysis.tables["effects"]) if "effects" in analysis.tables else []:
        found.update(named(f"effect.{key_of(row['effect'])}", of_effect(row)))
    for row in rows_of(analysis.tables["claims"]) if "claims" in analysis.tables else []:
        found.update(named(f"claim.{row['claim']}", {part: str(row[part]) for part in ("sentence", "verdict")}))
    return {**found, "alpha": f"{analysis.study.alpha:g}", "margin": number(100 * analysis.study.margin, 2)}


def named(prefix: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return values under a prefix."""
    return {f"{prefix}.{name}": value for name, value in values.items()}


def of_variant(row: Row, split: str) -> dict[str, str]:
    """Return a variant's accuracy [%] with its interval and its n."""
    parts = {part: percent(row[f"{split}_{part}"]) for part in ("mean", "sd", "low", "high")}
    return {**parts, "n": str(row["n"])}


def of_contrast(row: Row) -> dict[str, str]:
    """Return a contrast's difference [points] with both intervals, p, n and verdict."""
    told = {"p": p_value(row["p_corrected"]), "n": str(row["n"]), "verdict": str(row["verdict"])}
    return {**{part: points(row[part]) for part in PARTS}, **told}


def of_effect(row: Row) -> dict[str, str]:
    """Return an effect's value [points] with both intervals, p, n and finding."""
    told = {"p": p_value(row["p_corrected"]), "n": str(row["n"]), "finding": str(row["finding"])}
    return {**{part: points(row[part]) for part in PARTS}, **told}


def numbers_tex(values: Mapping[str, str]) -> str:
    r"""Return the LaTeX file that defines \result and \quoted."""
    lines = [rf"\expandafter\def\csname result:{name}\endcsname{{{latex(value)}}}" for name, value in values.items()]
    return HEAD + "\n".join(lines) + "\n"


def drift(text: str, values: Mapping[str, str]) -> list[str]:
    r"""Return where a LaTeX text says other than the analysis: a \result or \quoted it has not, a \quoted that differs.

    Minus signs and spaces are compared as they read, however they are typed.
    """
    found = []
    for line, content in enumerate((COMMENT.sub("", each) for each in text.splitlines()), start=1):
        named_here = [*RESULT.findall(content), *(name for name, _ in QUOTED.findall(content))]
        found += [f"line {line}: the analysis has no result {name}" for name in named_here if name not in values]
        found += [
            f"line {line}: {name} is quoted as {said}, the analysis has {values[name]}"
            for name, said in QUOTED.findall(content)
            if name in values and as_read(said) != as_read(values[name])
        ]
    return found


def as_read(text: str) -> str:
    """Return a quoted number as people read it: plain signs, no mathematics, no spaces."""
    plain = text.replace("−", "-").replace("\\,", "").replace("$", "").replace("~", "").replace("\\%", "")
    return "".join(plain.split())
