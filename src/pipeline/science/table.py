"""A table as arrays: its columns are numbers or codes of categories, its label is a class."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.base.errors import DataError, nearest
from pipeline.science.settings import Column

if TYPE_CHECKING:
    import pandas as pd

MOST_CATEGORIES = 254  # of a nominal column, and of a label: what gradient boosting takes, missing values apart
FEWEST_ROWS = 2  # of a category of text, on average: with fewer the column is an identifier


@dataclass(frozen=True)
class Table:
    """Rows of mixed columns: x float32 [n, columns], y int64 [n], what each column holds, the classes by code.

    A nominal value is the code of its category, a missing one NaN.
    """

    x: NDArray[np.float32]
    y: NDArray[np.int64]
    columns: tuple[Column, ...]
    classes: tuple[str, ...]

    def described(self) -> dict[str, Any]:
        """Return what the columns and codes stand for, as it is written beside the arrays."""
        return {"columns": [column.model_dump(mode="json") for column in self.columns], "labels": list(self.classes)}


def in_parts(loaded: Table | tuple[NDArray[Any], NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any], dict[str, Any]]:
    """Return what a data set's module loaded as x, y, and what the columns and codes of a table stand for."""
    return (loaded.x, loaded.y, loaded.described()) if isinstance(loaded, Table) else (*loaded, {})


def table(frame: "pd.DataFrame", label: str, nominal: Sequence[str], drop: Sequence[str], where: str) -> Table:
    """Return a data frame as a table; `where` names its origin in errors.

    Nominal are the columns that `nominal` names, and all that hold text, categories or truth values; the others are
    numbers. Raises DataError for a column that is neither, for one that looks like an identifier, for a name that no
    column has, and for a label that is no class.
    """
    for key, names in (("label", [label]), ("nominal", nominal), ("drop", drop)):
        check_names(key, names, list(map(str, frame.columns)), where)
    y, classes = coded_label(frame[label], where)
    kept = [name for name in frame.columns if name != label and name not in drop]
    if not kept:
        raise DataError(f"{where}: has no column beside {label}; keep one or more")
    coded = [coded_column(frame[name], name in nominal, where) for name in kept]
    x = np.column_stack([values for values, _ in coded]).astype(np.float32)
    return Table(x, y, tuple(column for _, column in coded), classes)


def check_names(key: str, names: Sequence[str], columns: Sequence[str], where: str) -> None:
    """Raise DataError where a key of data names a column that there is not, or one twice."""
    for name in names:
        if name not in columns:
            raise DataError(f"params.yaml: data.{key}: {where} has no column '{name}'; {nearest(name, columns)}")
        if list(names).count(name) > 1:
            raise DataError(f"params.yaml: data.{key}: names the column '{name}' twice; name it once")


def coded_label(values: "pd.Series[Any]", where: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return classes int64 [n] and their names, sorted; raise DataError where the label is no class of every row."""
    name = values.name
    if missing := int(values.isna().sum()):
        raise DataError(f"{where}: label {name} is missing in {missing} rows; remove them, or complete them")
    if is_dated(values) or not (is_text(values) or is_whole(values)):
        raise DataError(f"{where}: label {name} holds quantities, not classes; regression is not supported, bin it")
    codes, names = coded(values, where)
    if len(names) < 2:
        raise DataError(f"{where}: label {name} has one value, {names[0]!r}; there is nothing to classify")
    if len(names) > MOST_CATEGORIES or len(names) * FEWEST_ROWS > len(values):
        problem = f"has {len(names)} values in {len(values)} rows, too many for classes"
        raise DataError(f"{where}: label {name} {problem}; regression is not supported, bin it or name another label")
    return codes.astype(np.int64), names


def coded_column(values: "pd.Series[Any]", named: bool, where: str) -> tuple[NDArray[np.float64], Column]:
    """Return one column as float64 [n], NaN where missing, and what it holds."""
    name, missing = str(values.name), bool(values.isna().any())
    if values.isna().all():
        raise DataError(f"{where}: column {name} has no value in any row; name it in data.drop")
    if is_nested(values):
        raise DataError(f"{where}: column {name} holds lists or records, not values; name it in data.drop")
    if is_dated(values):
        raise DataError(f"{where}: column {name} holds dates or times; name it in data.drop, or make numbers of it")
    if not (named or is_text(values)):
        return numbers(values, where), Column(name=name, kind="numeric", missing=missing)
    codes, names = coded(values, where)
    if len(names) > MOST_CATEGORIES or (is_text(values) and len(names) * FEWEST_ROWS > values.count()):
        problem = f"has {len(names)} categories in {len(values)} rows: text, an identifier, or numbers misspelt"
        raise DataError(f"{where}: column {name} {problem}; name it in data.drop, or mend it")
    return codes, Column(name=name, kind="nominal", categories=names, missing=missing)


def numbers(values: "pd.Series[Any]", where: str) -> NDArray[np.float64]:
    """Return numbers float64 [n]; raise DataError where they are none, or too large for float32."""
    try:
        found = values.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise DataError(f"{where}: column {values.name} holds no numbers; name it in data.drop") from None
    with np.errstate(over="ignore"):
        if np.isinf(found.astype(np.float32)).any():
            raise DataError(f"{where}: column {values.name} has a number too large, or infinite; correct it")
    return found


def coded(values: "pd.Series[Any]", where: str) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return codes float64 [n], NaN where missing, and the names of the categories, numbers in their order.

    Raises DataError where one is infinite.
    """
    import pandas as pd
    from pandas.api import types

    key: Callable[[Any], Any] = str if is_text(values) else int if types.is_integer_dtype(values) else float
    present = values.dropna().map(key)
    order = sorted(present.unique())
    if infinite := [value for value in order if not isinstance(value, str) and np.isinf(value)]:
        raise DataError(f"{where}: column {values.name} has the number {infinite[0]}; correct it")
    codes = np.full(len(values), np.nan)
    codes[values.notna().to_numpy()] = pd.Index(order).get_indexer(pd.Index(present))
    return codes, tuple(map(spelled, order))


def spelled(value: str | float) -> str:
    """Return the name of a category, whole numbers without a point."""
    return value if isinstance(value, str) else repr(int(value)) if value.is_integer() else repr(float(value))


def is_text(values: "pd.Series[Any]") -> bool:
    """Tell whether values are text, categories or truth values."""
    from pandas.api import types

    return (
        types.is_bool_dtype(values)
        or isinstance(values.dtype, types.CategoricalDtype)
        or types.is_string_dtype(values)
        or types.is_object_dtype(values)
    )


def is_dated(values: "pd.Series[Any]") -> bool:
    """Tell whether values are dates or times."""
    from pandas.api import types

    if types.is_object_dtype(values):  # what a date without a time is, and a time without a date
        return any(isinstance(value, (date, time, timedelta)) for value in values)
    return types.is_datetime64_any_dtype(values) or types.is_timedelta64_dtype(values)


def is_nested(values: "pd.Series[Any]") -> bool:
    """Tell whether values are lists or records."""
    from pandas.api import types

    return types.is_object_dtype(values) and not all(isinstance(value, Hashable) for value in values)


def is_whole(values: "pd.Series[Any]") -> bool:
    """Tell whether all values are whole numbers."""
    found = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return bool(np.all(found == np.floor(found)))
