"""A table of one's own, CSV, TSV or Parquet: its columns looked at one by one, its target told from a quantity."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.base.errors import DataError, nearest
from pipeline.own_data.source import Source
from pipeline.own_data.table_columns import check_target, described, refuse_nested
from pipeline.own_data.table_text import Rows, read_rows, write_rows
from pipeline.science.datasets import table_file
from pipeline.science.table import coded_label

if TYPE_CHECKING:
    import pandas as pd

LEFT_OUT = ("constant", "empty", "identifier")


def open_table(path: Path, target: str | None, nominal: Sequence[str], drop: Sequence[str]) -> Source:
    """Return a table as a source; raise DataError where it, its target or one of its columns cannot be studied.

    Columns that are constant, empty or identify rows are left out, and said to be.
    """
    rows = read_rows(path) if path.suffix.lower() in table_file.SEPARATORS else None
    frame = table_file.read(path)
    label = named_target(path, target, list(frame.columns))
    check_options(path, label, list(frame.columns), nominal, drop)
    texts = spelled(rows, len(frame)) if rows is not None else {}
    check_target(path, frame[label], texts.get(label))
    kept = [name for name in frame.columns if name not in (label, *drop)]
    for name in kept:
        refuse_nested(path, frame[name])
    again = frame[[label, *kept]].duplicated()
    columns = [described(path, frame[name], name in nominal, texts.get(name), again) for name in kept]
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
    return Source("table", "table_file", path.name, class_names(path, frame[label]), write, options, columns, notes)


def named_target(path: Path, target: str | None, columns: list[str]) -> str:
    """Return the column that is predicted; raise DataError where none is named, or there is none of that name."""
    if target is None:
        raise DataError(f"--target: is missing; name the column of {path} to predict, one of {', '.join(columns)}")
    if target not in columns:
        raise DataError(f"--target: {path} has no column '{target}'; {nearest(target, columns)}")
    return target


def check_options(path: Path, label: str, columns: list[str], nominal: Sequence[str], drop: Sequence[str]) -> None:
    """Raise DataError for a column that there is not, that is named twice, or that is the target."""
    for option, names in (("--nominal", nominal), ("--drop", drop)):
        for name in names:
            if name not in columns:
                raise DataError(f"{option}: {path} has no column '{name}'; {nearest(name, columns)}")
            if name == label:
                raise DataError(f"{option}: '{name}' is the target; name another column")
            if list(names).count(name) > 1:
                raise DataError(f"{option}: names the column '{name}' twice; name it once")
            if option == "--nominal" and name in drop:
                raise DataError(f"--nominal: '{name}' is left out by --drop; say one of them")


def spelled(rows: Rows, wanted: int) -> dict[str, Sequence[str]]:
    """Return the fields of each column as the file spells them, none where its rows are not those that were read."""
    header, *fields = rows
    if len(fields) != wanted:
        return {}
    return dict(zip(header, zip(*fields, strict=True), strict=True))


def refuse_copies_of_target(path: Path, frame: "pd.DataFrame", label: str, names: list[str]) -> None:
    """Raise DataError for a column that says, row by row, what the target says."""
    import pandas as pd

    wanted = pd.factorize(frame[label])[0]
    for name in names:
        if np.array_equal(pd.factorize(frame[name])[0], wanted):
            raise DataError(
                f"{path}: column '{name}' is a copy of the target '{label}'; leave it out (--drop '{name}')"
            )


def class_names(path: Path, values: "pd.Series[Any]") -> list[str]:
    """Return the classes in the order of their labels."""
    return list(coded_label(values, str(path))[1])
