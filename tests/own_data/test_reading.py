"""Tables, arrays and images looked at by the functions that look: what would be misread is refused where it lies."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from pipeline.base.errors import DataError
from pipeline.own_data.arrays import check_features, check_labels
from pipeline.own_data.images import image_files, looked_at, pack, smaller, stated_size
from pipeline.own_data.table_columns import (
    alike_but_for_case,
    check_target,
    described,
    identifies,
    is_called_id,
    spells_dates,
)
from pipeline.own_data.table_text import read_rows, write_rows
from pipeline.own_data.tables import check_options, refuse_copies_of_target, spelled

FILE = Path("rows.csv")


def written(folder: Path, content: bytes, name: str = "rows.csv") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_fields_are_read_as_they_are_quoted_and_written_back_alike(tmp_path: Path) -> None:
    rows = read_rows(written(tmp_path, b'\xef\xbb\xbfa,b\n1,"x, y"\n\n2,z\n'))
    assert rows == [["a", "b"], ["1", "x, y"], ["2", "z"]]
    write_rows(rows, [1, 0], tmp_path / "kept.tsv")
    assert (tmp_path / "kept.tsv").read_text() == "a\tb\n2\tz\n1\tx, y\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n1,2,3\n", "line 3 has 3 fields, the header 2"),
        (b'a,b\n1,"2\n', "mend its quotes"),
        (b"a,b\n1,\xe9\n", r"line 2 is not UTF-8 \(byte 0xe9\)"),
        (b"\xff\xfea", "is UTF-16, not UTF-8"),
        (b"a,b\n1,\0\n", "holds zero bytes"),
        (b"\n\n", "is empty"),
        (b"a,b\n", "has a header and no rows"),
        (b"a;b\n1;2\n", "separates fields with semicolons, not commas"),
        (b"a,a\n1,2\n", "two columns are named 'a'"),
        (b"a, \n1,2\n", "column 2 has no name"),
        (b"1,2.5\n1,2\n", "its first line holds numbers"),
    ],
)
def test_text_that_is_no_table_is_refused_by_its_line(content: bytes, said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        read_rows(written(tmp_path, content))


def column(*values: object, name: str = "c", times: int = 1) -> "pd.Series[object]":
    return pd.Series(list(values) * times, name=name)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (column(1.5, 2.5, 2.5, times=5), "numeric"),
        (column("a", "b", times=5), "nominal"),
        (column(1, 1, times=5), "constant"),
        (column(None, None), "constant"),
        (column(*range(10, 30)), "identifier"),
        (column(*map(str, "abcdefgh")), "identifier"),
        (column(5, 9, 2, name="patient_id"), "identifier"),
        (column(5, 9, 2), "numeric"),
    ],
)
def test_a_column_is_what_its_values_say(values: "pd.Series[object]", kind: str) -> None:
    if values.isna().all():
        kind = "empty"
    assert described(FILE, values, named=False).type == kind


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (column("2024-01-05", "2024-02-06", times=5), "holds dates or times"),
        (column(*pd.date_range("2024-01-05", periods=9)), "holds dates or times"),
        (column("1", "2", "?", times=5), r"holds numbers but for '\?' \(row 3\)"),
        (column("1", "2", times=5), "holds numbers as text"),
        (column("a", "a ", times=9), "differ in blanks only"),
        (column(*(f"kind {row % 50}" for row in range(80))), "has 50 kinds of values in 80 rows"),
        (column(1.5, np.inf, 2.5), "has 1 infinite or too large values, the first in row 2"),
        (column(1.5, 1e39, 2.5), "has 1 infinite or too large values"),
        (column([1], [2]), "holds lists or records"),
        (column(*(1_700_000_000_000 + 977 * row for row in range(200))), "float32 cannot tell apart"),
    ],
)
def test_a_column_that_would_be_misread_is_refused(values: "pd.Series[object]", said: str) -> None:
    with pytest.raises(DataError, match=said):
        described(FILE, values, named=False)


@pytest.mark.parametrize(
    ("values", "texts", "said"),
    [
        (column("a", None, "b"), None, "is missing in 1 rows, the first of them row 2"),
        (column("a", "?", "b", times=5), None, r"has the class '\?', which says that it is missing, first in row 2"),
        (column(0.5, 1.5, times=9), None, r"is continuous \(2 values\)"),
        (column(*range(51), times=5), None, r"is continuous \(51 values\)"),
        (column(*(f"k{row}" for row in range(30))), None, "has 30 values in 30 rows, too many for classes"),
        (column(1, 1, 2, times=5), ["01", "1", "2"] * 5, "holds 01 and 1, which would be read as one number"),
        (column("a", "a  ", times=9), None, "differ in blanks only"),
    ],
)
def test_a_target_that_has_no_classes_or_merges_some_is_refused(
    values: "pd.Series[object]", texts: list[str] | None, said: str
) -> None:
    check_target(FILE, column("a", "b", times=9), None)
    check_target(FILE, column(*range(50), times=10), None)
    with pytest.raises(DataError, match=said):
        check_target(FILE, values, texts)


def test_what_names_rows_is_told_from_what_measures_them() -> None:
    assert identifies(column("a", "b"), "c")
    assert not identifies(column("a", "a"), "c")
    assert identifies(column(7, 8, 9), "c")
    assert not identifies(column(7, 8, 19), "c")
    assert identifies(column(7, 8, 19), "customerID")
    assert not identifies(column(0.5, 1.5), "id")
    assert [is_called_id(name) for name in ("id", "row", "CustomerId", "valid", "paid", "Unnamed: 0")] == [
        True, True, True, False, False, True,
    ]  # fmt: skip


def test_dates_are_told_where_most_values_are_some() -> None:
    assert spells_dates(column("18.03.2024", "1/4/24", "x"))
    assert not spells_dates(column("18.03.2024", "x", "y"))
    assert not spells_dates(column("1.2.3", "1.2.107"))
    assert alike_but_for_case(["No", "yes", "no"]) == "'No' and 'no'"
    assert alike_but_for_case(["No", "yes"]) == ""


@pytest.mark.parametrize(
    ("nominal", "drop", "said"),
    [
        (("d",), (), "--nominal: rows.csv has no column 'd'"),
        ((), ("d",), "--drop: rows.csv has no column 'd'"),
        (("label",), (), "--nominal: 'label' is the target"),
        ((), ("label",), "--drop: 'label' is the target"),
        ((), ("a", "a"), "--drop: names the column 'a' twice"),
        (("a",), ("a",), "--nominal: 'a' is left out by --drop"),
    ],
)
def test_an_option_that_names_no_column_of_its_own_is_refused(
    nominal: tuple[str, ...], drop: tuple[str, ...], said: str
) -> None:
    check_options(FILE, "label", ["a", "b", "label"], ("a",), ("b",))
    with pytest.raises(DataError, match=said):
        check_options(FILE, "label", ["a", "b", "label"], nominal, drop)


def test_a_column_that_says_what_the_target_says_is_refused_however_it_spells_it() -> None:
    frame = pd.DataFrame({"label": ["x", "y", "x"], "code": [7, 5, 7], "other": [7, 5, 5]})
    refuse_copies_of_target(FILE, frame, "label", ["other"])
    with pytest.raises(DataError, match="column 'code' is a copy of the target 'label'"):
        refuse_copies_of_target(FILE, frame, "label", ["other", "code"])
    assert spelled([["a"], ["01"], ["1"]], 2) == {"a": ("01", "1")}
    assert spelled([["a"], ["01"]], 2) == {}


X = np.zeros((4, 3), np.float32)


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.zeros(4), "not \\[rows, features"),
        (np.zeros((0, 3)), "has shape \\[0, 3\\]"),
        (X.astype(str), "not real numbers"),
        (X.astype(complex), "not real numbers"),
        (np.where(np.eye(4, 3) == 1, np.nan, X), "3 values are missing, infinite or too large.*first at x\\[0, 0\\]"),
        (np.full((4, 3), 1e39), "too large for float32"),
        (1_700_000_000_000 + np.arange(12).reshape(4, 3), "feature 0 has numbers that float32 cannot tell apart"),
    ],
)
def test_features_that_are_no_finite_numbers_are_refused(x: np.ndarray, said: str) -> None:
    check_features(FILE, X)
    with pytest.raises(DataError, match=said):
        check_features(FILE, x)


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (np.zeros(3, int), "has shape \\[3\\] for 4 rows"),
        (np.zeros((4, 1), int), "has shape \\[4, 1\\]"),
        (np.zeros(4), "is continuous"),
        (np.array(list("abab")), "number the classes"),
        (np.array([0, 2, 0, 2]), "has labels 0 to 2, 2 of them"),
        (np.array([1, 2, 1, 2]), "has labels 1 to 2"),
        (np.array([-1, 0, 1, 0]), "has labels -1 to 1"),
    ],
)
def test_labels_that_are_not_whole_numbers_from_0_are_refused(y: np.ndarray, said: str) -> None:
    check_labels(FILE, X, np.array([0, 1, 2, 1]))
    with pytest.raises(DataError, match=said):
        check_labels(FILE, X, y)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of two classes with an image each, and what file managers leave."""
    for name, shade in (("a", 10), ("b", 200)):
        (tmp_path / "images" / name).mkdir(parents=True)
        Image.new("L", (6, 8), shade).save(tmp_path / "images" / name / "1.png")
        (tmp_path / "images" / name / ".DS_Store").write_bytes(b"")
    (tmp_path / "images" / "Thumbs.db").write_bytes(b"")
    return tmp_path / "images"


def test_images_are_those_of_class_folders_by_name(folder: Path) -> None:
    files = image_files(folder)
    assert [path.relative_to(folder).as_posix() for path in files] == ["a/1.png", "b/1.png"]
    assert looked_at(files) == ({(8, 6): 2}, {"L": 2})


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("labels.csv", "labels.csv: lies in no class folder"),
        ("a/more/1.png", "more: is a folder inside a class"),
        ("c/.DS_Store", "c: holds no image"),
    ],
)
def test_what_is_no_part_of_a_class_is_refused(path: str, said: str, folder: Path) -> None:
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_bytes(b"")
    with pytest.raises(DataError, match=said):
        image_files(folder)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"to do", "is no image"), (None, "is a damaged image"), ("RGBA", "has see-through pixels")],
)
def test_an_image_that_cannot_be_read_whole_is_refused(content: bytes | str | None, said: str, folder: Path) -> None:
    path = folder / "a" / "2.png"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        Image.new("RGBA", (6, 8), (9, 9, 9, 128)).save(path)
    else:
        path.write_bytes((folder / "a" / "1.png").read_bytes()[:50])
    with pytest.raises(DataError, match=f"2.png: {said}"):
        looked_at([path])


def test_a_size_is_plain_or_stated(folder: Path) -> None:
    one = {(8, 6): 2}
    sizes = looked_at(image_files(folder))[0]
    assert sizes == one
    assert stated_size(folder, None, sizes) == (8, 6)
    assert stated_size(folder, "28X30", sizes) == (28, 30)
    assert stated_size(folder, "1024x1", sizes) == (1024, 1)
    for size in ("28", "0x8", "-1x8", "1025x8", "8x"):
        with pytest.raises(DataError, match=f"--size: is {size}"):
            stated_size(folder, size, sizes)
    sizes[9, 9] += 1
    with pytest.raises(DataError, match=r"holds images of 2 sizes, 8x6 \(2\), 9x9 \(1\); state --size 8x6"):
        stated_size(folder, None, sizes)
    with pytest.raises(DataError, match="images are 65x6, more than 64 pixels a side; state --size 32x3"):
        stated_size(folder, None, type(sizes)({(65, 6): 1}))
    assert (smaller((100, 200)), smaller((8, 6)), smaller((1, 1000))) == ("16x32", "8x6", "1x32")


def test_a_pack_has_the_same_bytes_whatever_the_times_of_its_files(folder: Path, tmp_path: Path) -> None:
    files = image_files(folder)
    pack(folder, files, tmp_path / "one.zip")
    for path in files:
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)
        path.chmod(0o600)
    pack(folder, files, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    pack(folder, files[1:], tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() != (tmp_path / "two.zip").read_bytes()
