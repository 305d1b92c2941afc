"""The columns of a table of one's own, looked at one by one: what each is, and what in it would be misread."""

import re
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.base.errors import DataError
from pipeline.own_data.precision import told_apart
from pipeline.own_data.source import Column
from pipeline.science.table import FEWEST_ROWS, MOST_CATEGORIES, is_dated, is_nested, is_text, is_whole

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

MOST_NUMBERED_CLASSES = 50  # a target of more whole numbers counts something
SPELLED_MISSING = ("N/A", "n/a", "#N/A", "NULL", "None", "<NA>", "?", "-")  # which nobody means as a class
IDENTIFIER = re.compile(
    r"(^|[_\s.-])(?i:id|uuid|guid|index|idx|row|nr|no|key|unnamed: ?\d+)$|[a-z](ID|Id|UUID|GUID|Nr|No|Key|Index)$"
)
BESIDE_DIGITS = r"[\s,'%€$£¥]"  # what people write in and about numbers
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
DATE = re.compile(
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}(\D.*)?|\d{1,2}([-/.])\d{1,2}\3(\d{4}|\d{2})(\D.*)?|\d{1,2}:\d{2}(:\d{2}.*)?"
    rf"|\d{{1,2}}[-. ]+{MONTH}[-., ]+\d{{2,4}}(\D.*)?|{MONTH} \d{{1,2}},? \d{{4}}(\D.*)?",
    re.IGNORECASE,
)
LEADING_ZERO = re.compile(r"\s*[+-]?0\d")


def check_target(path: "Path", values: "pd.Series[Any]", texts: Sequence[str] | None) -> None:
    """Raise DataError where a target has missing values, holds quantities, or classes that would be misread.

    `texts` are the fields as the file spells them, where it is text.
    """
    refuse_nested(path, values)
    if missing := int(values.isna().sum()):
        first = int(np.flatnonzero(values.isna())[0]) + 1
        said = f"is missing in {missing} rows, the first of them row {first}"
        raise DataError(f"{path}: target '{values.name}' {said}; remove these rows, or complete them")
    refuse_missing_as_class(path, values)
    distinct = values.nunique()
    if is_dated(values) or not (is_text(values) or (is_whole(values) and distinct <= MOST_NUMBERED_CLASSES)):
        said = f"is continuous ({distinct} values)"
        raise DataError(f"{path}: target '{values.name}' {said}; only classes are studied: bin it, or name another")
    if distinct > 1 and (distinct > MOST_CATEGORIES or distinct * FEWEST_ROWS > len(values)):
        said = f"has {distinct} values in {len(values)} rows, too many for classes"
        raise DataError(f"{path}: target '{values.name}' {said}; name another column, or merge classes")
    refuse_alike(path, values, texts)


def described(
    path: "Path",
    values: "pd.Series[Any]",
    named: bool,
    texts: Sequence[str] | None = None,
    again: "pd.Series[bool] | None" = None,
) -> Column:
    """Return what a column is; raise DataError for a date, an infinite number, text of too many kinds or of numbers.

    `texts` are the fields as the file spells them, where it is text. `again` tells of each row whether it repeats an
    earlier one: what names rows names these alike.
    """
    refuse_nested(path, values)
    name, missing = str(values.name), int(values.isna().sum())
    distinct, present = values.nunique(), len(values) - missing
    once = values if again is None else values[~again]
    remedy = f"leave it out (--drop '{name}'), or make numbers or fewer kinds of it"
    if is_dated(values):
        raise DataError(f"{path}: column '{name}' holds dates or times; {remedy}")
    if not named and spells_dates(values):
        raise DataError(f"{path}: column '{name}' holds dates or times; {remedy}, or say --nominal '{name}'")
    if distinct < 2 and not missing:
        return Column(name, "constant", missing, distinct, "left out: it says nothing")
    if not present:
        return Column(name, "empty", missing, distinct, "left out: it says nothing")
    if not named:
        refuse_numbers_as_text(path, values, once)
    if identifies(once, name):
        reason = "it names rows" if not is_text(values) or is_called_id(name) else "text, every value another"
        return Column(name, "identifier", missing, distinct, f"left out: {reason}")
    kind = "nominal" if named or is_text(values) else "numeric"
    if kind == "nominal":
        refuse_alike(path, values, texts)
    if kind == "nominal" and (distinct > MOST_CATEGORIES or distinct * FEWEST_ROWS > present):
        raise DataError(f"{path}: column '{name}' has {distinct} kinds of values in {present} rows; {remedy}")
    if kind == "numeric":
        check_numbers(path, values)
    return Column(name, kind, missing, distinct, odd(values, kind, missing, texts))


def refuse_nested(path: "Path", values: "pd.Series[Any]") -> None:
    """Raise DataError for a column of lists or records."""
    if is_nested(values):
        remedy = f"leave it out (--drop '{values.name}'), or make columns of it"
        raise DataError(f"{path}: column '{values.name}' holds lists or records, not values; {remedy}")


def refuse_missing_as_class(path: "Path", values: "pd.Series[Any]") -> None:
    """Raise DataError where a class is spelled as people spell a missing value."""
    if not is_text(values):
        return
    for row, value in enumerate(values, start=1):
        if str(value).strip() in SPELLED_MISSING:
            said = f"has the class {str(value)!r}, which says that it is missing, first in row {row}"
            raise DataError(f"{path}: target '{values.name}' {said}; remove these rows, or name the class otherwise")


def refuse_alike(path: "Path", values: "pd.Series[Any]", texts: Sequence[str] | None) -> None:
    """Raise DataError where kinds differ in blanks only, or two spellings, such as 01 and 1, would be one number."""
    if not is_text(values):
        refuse_merged(path, values, texts)
        return
    first: dict[str, str] = {}
    for value in sorted(map(str, values.dropna().unique())):
        other = first.setdefault(" ".join(value.split()), value)
        if other != value:
            said = f"holds {other!r} and {value!r}, which differ in blanks only"
            raise DataError(f"{path}: column '{values.name}' {said}; spell them alike")


def refuse_merged(path: "Path", values: "pd.Series[Any]", texts: Sequence[str] | None) -> None:
    """Raise DataError where two spellings of the file would be read as one number."""
    first: dict[Hashable, str] = {}
    for value, text in zip(values, texts or (), strict=False):
        other = first.setdefault(value, text.strip()) if value == value else text.strip()  # NaN is missing
        if other != text.strip():
            said = f"holds {other} and {text.strip()}, which would be read as one number"
            raise DataError(f"{path}: column '{values.name}' {said}; spell them alike, or name kinds with letters")


def spells_dates(values: "pd.Series[Any]") -> bool:
    """Tell whether values are text, most of which spells dates or times."""
    if not is_text(values):
        return False
    present = values.dropna().astype(str).str.strip()
    return len(present) > 0 and 2 * sum(bool(DATE.fullmatch(text)) for text in present) >= len(present)


def refuse_numbers_as_text(path: "Path", values: "pd.Series[Any]", once: "pd.Series[Any]") -> None:
    """Raise DataError for text, most of which is numbers: what is none would make kinds, or an identifier, of them.

    `once` are the values of rows that repeat no other.
    """
    import pandas as pd
    from pandas.api import types

    if not is_text(values) or types.is_bool_dtype(values) or isinstance(values.dtype, pd.CategoricalDtype):
        return
    present = values.dropna().astype(str).str.strip()
    read = pd.to_numeric(present.str.replace(BESIDE_DIGITS, "", regex=True), errors="coerce")
    called = is_called_id(str(values.name)) and once.dropna().is_unique
    if called or 2 * int(read.notna().sum()) < len(present):
        return
    name, plain = values.name, pd.to_numeric(present, errors="coerce").notna().to_numpy()
    odd_ones = np.flatnonzero(~plain)
    row = int(np.flatnonzero(values.notna())[odd_ones[0]]) if len(odd_ones) else 0
    said = f"but for {values.iloc[row]!r} (row {row + 1})" if len(odd_ones) else "as text"
    remedy = f"write plain numbers and leave other fields empty, or say --nominal '{name}' or --drop '{name}'"
    raise DataError(f"{path}: column '{name}' holds numbers {said}; {remedy}")


def identifies(once: "pd.Series[Any]", name: str) -> bool:
    """Tell whether a column, of rows that differ, names them: all values differ, and are text, counted or an id."""
    present = once.dropna()
    if not present.is_unique:
        return False
    if is_text(present):
        return True
    if not is_whole(present):
        return False
    counted = int(present.max()) - int(present.min()) + 1 == len(present)
    return counted or is_called_id(name)


def is_called_id(name: str) -> bool:
    """Tell whether a column is called as people call what names rows."""
    return bool(IDENTIFIER.search(name))


def check_numbers(path: "Path", values: "pd.Series[Any]") -> None:
    """Raise DataError where a number is infinite or too large for float32, or float32 cannot tell numbers apart."""
    with np.errstate(over="ignore"):
        found = values.to_numpy(dtype=np.float64, na_value=np.nan).astype(np.float32)
    if bad := np.flatnonzero(np.isinf(found)).tolist():
        said = f"has {len(bad)} infinite or too large values, the first in row {bad[0] + 1}"
        raise DataError(f"{path}: column '{values.name}' {said}; correct them, or leave the fields empty")
    if not told_apart(values.dropna().to_numpy()):
        said = "has numbers that float32 cannot tell apart"
        raise DataError(f"{path}: column '{values.name}' {said}; subtract an offset, or round them")


def alike_but_for_case(kinds: Iterable[str]) -> str:
    """Return the first two kinds that differ in capitals only, empty where none do."""
    first: dict[str, str] = {}
    for kind in sorted(kinds):
        other = first.setdefault(kind.casefold(), kind)
        if other != kind:
            return f"{other!r} and {kind!r}"
    return ""


def odd(values: "pd.Series[Any]", kind: str, missing: int, texts: Sequence[str] | None) -> str:
    """Return what to look at in a column, empty where it is plain."""
    said = [f"{100 * missing / len(values):.0f} % missing"] if missing else []
    if kind == "numeric" and is_whole(values.dropna()) and values.nunique() <= 10:
        said.append("few whole numbers: codes of kinds? then --nominal")
    if kind == "numeric" and any(map(LEADING_ZERO.match, texts or ())):
        said.append("leading zeros: codes of kinds? then --nominal")
    if kind == "nominal" and int(values.value_counts().iloc[-1]) < FEWEST_ROWS:
        said.append("some kinds occur once")
    if kind == "numeric" and is_called_id(str(values.name)):
        said.append("called an id, and repeats: rows of one thing lie in several splits, and number it; else --drop")
    if kind == "nominal" and (alike := alike_but_for_case(map(str, values.dropna().unique()))):
        said.append(f"{alike} differ in case only")
    return "; ".join(said)
