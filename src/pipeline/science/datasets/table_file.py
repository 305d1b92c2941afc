"""A table of one's own: a CSV, TSV or Parquet file, one row an example, one column the label.

Nominal are the columns that data.nominal names, and all that hold text, categories or truth values; all others are
numbers. In CSV and TSV an empty field, NA, N/A, n/a, #N/A, NaN, nan, null and
NULL are missing values.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.science.table import Table

FROM_FILE = True
TABLE = True
OPTIONS = ("label", "nominal", "drop")  # keys of data that `load` takes
REQUIRED = ("label",)
SEPARATORS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (*SEPARATORS, ".parquet")
MISSING = ["", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL"]


def load(seed: int, source: Path, *, label: str, nominal: Sequence[str] = (), drop: Sequence[str] = ()) -> "Table":  # noqa: ARG001
    """Return the rows of the file in its order; raise DataError where it is no such table."""
    from pipeline.science.table import table

    return table(read(source), label, nominal, drop, str(source))


def read(source: Path) -> "pd.DataFrame":
    """Return the file as a data frame; raise DataError where it cannot be read, or names two columns alike."""
    suffix = source.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(f"{source}: is none of .csv, .tsv and .parquet; write it as one of these")
    try:
        frame = columnar(source) if suffix == ".parquet" else separated(source)
    except (OSError, ValueError, LookupError) as error:
        raise DataError(f"{source}: cannot be read as a table ({' '.join(str(error).split())}); mend it") from None
    if frame.empty:
        raise DataError(f"{source}: has no rows; restore it from its origin")
    return frame.set_axis([str(name) for name in frame.columns], axis="columns").reset_index(drop=True)


def separated(source: Path) -> "pd.DataFrame":
    """Return separated fields as a data frame; raise ValueError where columns or fields are not as the header says."""
    import pandas as pd

    separator = SEPARATORS[source.suffix.lower()]
    check_fields(source, separator)
    header = pd.read_csv(source, sep=separator, header=None, nrows=1, dtype=str, keep_default_na=False).iloc[0].tolist()
    refuse_twins(header)
    return pd.read_csv(
        source, sep=separator, keep_default_na=False, na_values=MISSING, low_memory=False, index_col=False
    )


def refuse_twins(names: Sequence[str]) -> None:
    """Raise ValueError where two columns have one name."""
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"two columns are named '{twice[0]}'")


def check_fields(source: Path, separator: str) -> None:
    """Raise ValueError where a row has more or fewer fields than the header: its values would move to other columns."""
    wanted = 0
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=separator)
        try:
            for fields in rows:
                if len(fields) < 2 and not "".join(fields).strip():
                    continue  # an empty line
                wanted = wanted or len(fields)
                if len(fields) != wanted:
                    raise ValueError(f"line {rows.line_num} has {len(fields)} fields, the header {wanted}")
        except csv.Error as error:
            raise ValueError(f"line {rows.line_num}: {error}") from None


def columnar(source: Path) -> "pd.DataFrame":
    """Return a Parquet file as a data frame, a named index as a column, decimals as numbers, categories as they are.

    Raises ValueError where two columns have one name.
    """
    import pandas as pd
    from pyarrow import parquet, types

    schema = parquet.read_schema(source)
    refuse_twins(schema.names)
    frame = pd.read_parquet(source)
    frame.columns = pd.Index(map(str, frame.columns))
    if named := [name for name in frame.index.names if name is not None]:
        frame = frame.reset_index(named)
    for field in schema:
        if field.name in frame.columns and types.is_decimal(field.type):
            frame[field.name] = frame[field.name].astype(float)
    for name in categories_of(schema.pandas_metadata) & set(frame.columns):
        frame[name] = as_categories(frame[name])
    return frame


def categories_of(metadata: Mapping[str, Any] | None) -> set[str]:
    """Return the columns that held categories, by what pandas wrote: of numbers Parquet keeps the numbers alone."""
    told = (metadata or {}).get("columns", ())
    return {column["name"] for column in told if column.get("pandas_type") == "categorical"}


def as_categories(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return values as categories, whole numbers without a point where some are missing."""
    from pandas.api import types

    from pipeline.science.table import is_whole

    if types.is_float_dtype(values) and is_whole(values.dropna()):
        values = values.astype("Int64")
    return values.astype("category")
