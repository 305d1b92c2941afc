"""A table of one's own, CSV, TSV or Parquet: its columns looked at one by one, its target told from a quantity."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.base.errors import DataError, nearest
from pipeline.own_data.source import Column, Source
from pipeline.own_data.table_text import SEPARATORS, read_rows, write_rows
from pipeline.science.datasets import table_file
from pipeline.science.table import FEWEST_ROWS, MOST_CATEGORIES, coded_label, is_dated, is_text, is_whole

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (*SEPARATORS, ".parquet")
MOST_NUMBERED_CLASSES = 50  # a target of more whole numbers counts something
IDENTIFIER = re.compile(r"(^|[_\s.-])(id|uuid|guid|index|idx|row|nr|no|key|unnamed: ?\d+)$", re.IGNORECASE)
LEFT_OUT = ("constant", "empty", "identifier")


def open_table(path: Path, target: str | None, nominal: Sequence[str], drop: Sequence[str]) -> Source:
    """Return a table as a source; raise DataError where it, its target or one of its columns cannot be studied.

    Columns that are constant, empty or identify rows are left out, and said to be.
    """
    rows = read_rows(path) if path.suffix.lower() in SEPARATORS else None
    frame = table_file.read(path)
    label = named_target(path, target, list(frame.columns))
    for option, names in (("--nominal", nominal), ("--drop", drop)):
        for name in names:
            if name not in frame.columns:
                raise DataError(f"{option}: {path} has no column '{name}'; {nearest(name, frame.columns)}")
    check_target(path, frame[label])
    columns = [described(path, frame[name], name in nominal) for name in frame.columns if name not in (label, *drop)]
    refuse_copies_of_target(path, frame, label, [column.name for column in columns if column.type not in LEFT_OUT])
    out = [*drop, *(column.name for column in columns if column.type in LEFT_OUT)]
    if len(out) == len(frame.columns) - 1:
        raise DataError(f"{path}: has no column that says anything beside '{label}'; add one")

    def write(place: Path, kept: list[int] | None) -> None:
        if kept is None:
            shutil.copyfile(path, place)
        elif rows is not None:
            write_rows(rows, kept, place)
        else:
            frame.iloc[kept].to_parquet(place, index=False)

    options = {"label": label, **({"nominal": list(nominal)} if nominal else {}), **({"drop": out} if out else {})}
    notes = [f"'{name}' is left out, as asked" for name in drop]
    return Source("table", "table_file", path.name, class_names(frame[label]), write, options, columns, notes)


def named_target(path: Path, target: str | None, columns: list[str]) -> str:
    """Return the column that is predicted; raise DataError where none is named, or there is none of that name."""
    if target is None:
        raise DataError(f"--target: is missing; name the column of {path} to predict, one of {', '.join(columns)}")
    if target not in columns:
        raise DataError(f"--target: {path} has no column '{target}'; {nearest(target, columns)}")
    return target


def check_target(path: Path, values: "pd.Series[Any]") -> None:
    """Raise DataError where a target has missing values, or holds quantities and no classes."""
    if missing := int(values.isna().sum()):
        first = int(np.flatnonzero(values.isna())[0]) + 1
        said = f"is missing in {missing} rows, the first of them row {first}"
        raise DataError(f"{path}: target '{values.name}' {said}; remove these rows, or complete them")
    distinct = values.nunique()
    if is_dated(values) or not (is_text(values) or (is_whole(values) and distinct <= MOST_NUMBERED_CLASSES)):
        said = f"is continuous ({distinct} values)"
        raise DataError(f"{path}: target '{values.name}' {said}; only classes are studied: bin it, or name another")
    if distinct > 1 and (distinct > MOST_CATEGORIES or distinct * FEWEST_ROWS > len(values)):
        said = f"has {distinct} values in {len(values)} rows, too many for classes"
        raise DataError(f"{path}: target '{values.name}' {said}; name another column, or merge classes")


def described(path: Path, values: "pd.Series[Any]", named: bool) -> Column:
    """Return what a column is; raise DataError for a date, an infinite number, and text of too many kinds."""
    name, missing = str(values.name), int(values.isna().sum())
    distinct, present = values.nunique(), len(values) - missing
    remedy = f"leave it out (--drop '{name}'), or make numbers or fewer kinds of it"
    if is_dated(values):
        raise DataError(f"{path}: column '{name}' holds dates or times; {remedy}")
    if distinct < 2 and not missing:
        return Column(name, "constant", missing, distinct, "left out: it says nothing")
    if not present:
        return Column(name, "empty", missing, distinct, "left out: it says nothing")
    if identifies(values, name, distinct, present):
        return Column(name, "identifier", missing, distinct, "left out: it names rows")
    kind = "nominal" if named or is_text(values) else "numeric"
    if kind == "nominal" and (distinct > MOST_CATEGORIES or distinct * FEWEST_ROWS > present):
        raise DataError(f"{path}: column '{name}' has {distinct} kinds of values in {present} rows; {remedy}")
    if kind == "numeric":
        check_finite(path, values)
    return Column(name, kind, missing, distinct, odd(values, kind, missing))


def identifies(values: "pd.Series[Any]", name: str, distinct: int, present: int) -> bool:
    """Tell whether a column names rows: every value another, and text, counted through, or called an id."""
    if distinct < present:
        return False
    if is_text(values):
        return True
    if not is_whole(values.dropna()):
        return False
    counted = int(values.max()) - int(values.min()) + 1 == present
    return counted or bool(IDENTIFIER.search(name))


def check_finite(path: Path, values: "pd.Series[Any]") -> None:
    """Raise DataError where a number is infinite or too large for float32."""
    with np.errstate(over="ignore"):
        found = values.to_numpy(dtype=np.float64, na_value=np.nan).astype(np.float32)
    if bad := np.flatnonzero(np.isinf(found)).tolist():
        said = f"has {len(bad)} infinite or too large values, the first in row {bad[0] + 1}"
        raise DataError(f"{path}: column '{values.name}' {said}; correct them, or leave the fields empty")


def odd(values: "pd.Series[Any]", kind: str, missing: int) -> str:
    """Return what to look at in a column, empty where it is plain."""
    said = [f"{100 * missing / len(values):.0f} % missing"] if missing else []
    if kind == "numeric" and is_whole(values.dropna()) and values.nunique() <= 10:
        said.append("few whole numbers: codes of kinds? then --nominal")
    if kind == "nominal" and int(values.value_counts().iloc[-1]) < FEWEST_ROWS:
        said.append("some kinds occur once")
    return "; ".join(said)


def refuse_copies_of_target(path: Path, frame: "pd.DataFrame", label: str, names: list[str]) -> None:
    """Raise DataError for a column that says, row by row, what the target says."""
    import pandas as pd

    wanted = pd.factorize(frame[label])[0]
    for name in names:
        if np.array_equal(pd.factorize(frame[name])[0], wanted):
            raise DataError(
                f"{path}: column '{name}' is a copy of the target '{label}'; leave it out (--drop '{name}')"
            )


def class_names(values: "pd.Series[Any]") -> list[str]:
    """Return the classes in the order of their labels."""
    return list(coded_label(values, "the table")[1])
