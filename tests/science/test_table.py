from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.base.errors import DataError
from pipeline.science.datasets import digest, fair, table_file
from pipeline.science.table import Table, table

ROWS = 120
FRAME = pd.DataFrame(
    {
        "height": [1.5, 2.25, None, 4.0] * 30,
        "town": ["york", "bath", None, "ely"] * 30,
        "level": [10, 9, 2, 10] * 30,
        "member": [True, False] * 60,
        "bought": ["no", "yes", "yes"] * 40,
    }
)


def stated(**changes: Any) -> Table:
    return table(FRAME.assign(**changes), "bought", ["level"], [], "rows.csv")


def test_columns_become_numbers_and_codes_in_the_order_of_their_categories() -> None:
    made = stated()
    assert [(column.name, column.kind, column.missing) for column in made.columns] == [
        ("height", "numeric", True), ("town", "nominal", True),
        ("level", "nominal", False), ("member", "nominal", False),
    ]  # fmt: skip
    assert [column.categories for column in made.columns[1:]] == [
        ("bath", "ely", "york"), ("2", "9", "10"), ("False", "True"),
    ]  # fmt: skip
    np.testing.assert_array_equal(made.x[:3], np.float32([[1.5, 2, 2, 1], [2.25, 0, 1, 0], [np.nan, np.nan, 0, 1]]))
    assert made.x.dtype == np.float32
    assert made.classes == ("no", "yes")
    assert made.y[:4].tolist() == [0, 1, 1, 0]


def test_categories_that_are_no_whole_numbers_are_named_as_they_are_written() -> None:
    made = stated(level=[0.5, 10.0, -1.25, np.nan] * 30)
    assert made.columns[2].categories == ("-1.25", "0.5", "10")


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_a_file_gives_the_same_table_in_every_format(suffix: str, tmp_path: Path) -> None:
    source = tmp_path / f"rows{suffix}"
    if suffix == ".parquet":
        FRAME.to_parquet(source)
    else:
        FRAME.to_csv(source, index=False, sep="," if suffix == ".csv" else "\t")
    made = table_file.load(0, source, label="bought", nominal=["level"])
    np.testing.assert_array_equal(made.x, stated().x)
    assert made.described() == stated().described()


def test_the_digest_is_of_the_values_and_of_what_they_stand_for() -> None:
    one, other = stated(), stated(town=FRAME["town"].replace("york", "zurich"))
    np.testing.assert_array_equal(one.x, other.x)
    assert digest(one.x, one.y, one.described()) != digest(other.x, other.y, other.described())
    assert digest(one.x, one.y, {}) == digest(one.x, one.y)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "quantities as label": ({"bought": np.linspace(0, 1, ROWS)}, "regression is not supported, bin it"),
    "counts as label": ({"bought": np.arange(ROWS)}, "120 values in 120 rows, too many for classes; regression"),
    "a label that is missing": ({"bought": [None, "yes"] * 60}, "label bought is missing in 60 rows"),
    "one class": ({"bought": "yes"}, "has one value, 'yes'; there is nothing to classify"),
    "a date as label": ({"bought": pd.Timestamp("2020-01-01")}, "holds quantities, not classes"),
    "dates": ({"height": pd.Timestamp("2020-01-01")}, "column height holds dates or times; name it in data.drop"),
    "an identifier": ({"town": [f"town {row}" for row in range(ROWS)]}, "column town has 120 categories in 120 rows"),
    "an empty column": ({"height": None}, "column height has no value in any row; name it in data.drop"),
    "an infinite number": ({"height": np.inf}, "column height has a number too large, or infinite"),
    "an infinite category": ({"level": [10, -np.inf] * 60}, "column level has the number -inf; correct it"),
    "an infinite class": ({"bought": [1, np.inf] * 60}, "column bought has the number inf; correct it"),
    "too large a number": ({"height": 1e39}, "column height has a number too large, or infinite"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_class_no_number_and_no_category_is_refused_with_the_reason(case: str) -> None:
    changes, reason = REFUSED[case]
    with pytest.raises(DataError, match=f"^rows.csv: .*{reason}"):
        stated(**changes)


def test_a_name_that_no_column_has_is_refused_with_the_nearest_one() -> None:
    for key, names in (
        ("label", ("boughd", [], [])),
        ("nominal", ("bought", ["levl"], [])),
        ("drop", ("bought", [], ["towm"])),
    ):
        with pytest.raises(DataError, match=rf"^params.yaml: data.{key}: rows.csv has no column"):
            table(FRAME, *names, "rows.csv")


def test_a_column_that_is_named_twice_is_refused() -> None:
    for key, name, names in (("nominal", "level", (["level"] * 2, [])), ("drop", "town", ([], ["town"] * 2))):
        with pytest.raises(DataError, match=f"^params.yaml: data.{key}: names the column '{name}' twice; name it once"):
            table(FRAME, "bought", *names, "rows.csv")


FILES: dict[str, tuple[str, bytes, str]] = {
    "another format": ("rows.xlsx", b"", "is none of .csv, .tsv and .parquet"),
    "a torn file": ("rows.parquet", b"PAR1", "cannot be read as a table"),
    "an empty file": ("rows.csv", b"", "cannot be read as a table"),
    "a header alone": ("rows.csv", b"a,b\n", "has no rows"),
    "two columns of one name": ("rows.csv", b"a,a\n1,2\n", "two columns are named 'a'"),
    "a row that is too long": ("rows.csv", b"a,b\n1,2\n1,2,3\n", "cannot be read as a table"),
    "a name more in each row than in the header": (
        "rows.csv", b"a,b,c\nr1,1,2,x\nr2,3,4,y\n", "line 2 has 4 fields, the header 3"),
    "a row that is too short": ("rows.csv", b"a,b,c\n1,2,x\n1,2\n", "line 3 has 2 fields, the header 3"),
    "a row of too few empty fields": ("rows.csv", b"a,b,c\n1,2,x\n,\n", "line 3 has 2 fields, the header 3"),
    "other than UTF-8": ("rows.csv", b"a,b\n\xff,2\n", "cannot be read as a table"),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_no_table_is_refused(case: str, tmp_path: Path) -> None:
    name, content, reason = FILES[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=reason):
        table_file.load(0, tmp_path / name, label="a")


def test_empty_lines_and_quoted_separators_and_lines_are_no_fields(tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    source.write_bytes(b'\xef\xbb\xbf\n  \na,b\r\n1,"x, y\nz"\r\n\r\n2,w\r\n  \r\n3,w\r\n4,"x, y\nz"\r\n')
    made = table_file.load(0, source, label="b")
    assert (made.x[:, 0].tolist(), made.classes) == ([1, 2, 3, 4], ("w", "x, y\nz"))


def test_fairs_survey_has_two_nominal_columns_and_no_missing_values() -> None:
    made = fair.load(0)
    assert made.x.shape == (6366, 8)
    assert made.y.sum() == 2053
    assert [column.name for column in made.columns if column.kind == "nominal"] == ["occupation", "occupation_husb"]
    assert np.isfinite(made.x).all()
