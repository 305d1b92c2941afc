"""The text of a table of separated fields: one encoding, one header, as many fields in every line."""

import csv
import io
from pathlib import Path

from pipeline.base.errors import DataError
from pipeline.science.datasets.table_file import SEPARATORS

OTHERS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
BYTE_ORDER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
Rows = list[list[str]]


def read_rows(path: Path) -> Rows:
    """Return the header and the rows of a .csv or .tsv file; raise DataError naming the line that is not as it should.

    Empty lines are left out.
    """
    text, separator = decoded(path), SEPARATORS[path.suffix.lower()]
    found: Rows = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for fields in reader:
            if not fields:
                continue
            if found and len(fields) != len(found[0]):
                said = f"line {reader.line_num} has {len(fields)} fields, the header {len(found[0])}"
                raise DataError(f"{path}: {said}; quote fields that hold a separator, and mend the line")
            if not found:
                check_header(path, fields, separator)
            found.append(fields)
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: {error}; mend its quotes") from None
    if not found:
        raise DataError(f"{path}: is empty; restore it from its origin")
    if len(found) == 1:
        raise DataError(f"{path}: has a header and no rows; restore it from its origin")
    return found


def decoded(path: Path) -> str:
    """Return the text of a file in UTF-8; raise DataError naming the line of the first byte that is not."""
    content = path.read_bytes()
    if kind := BYTE_ORDER_MARKS.get(content[:2]):
        raise DataError(f"{path}: is {kind}, not UTF-8; convert it (iconv -f utf-16 -t utf-8)")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        remedy = "convert it (iconv -f latin1 -t utf-8, if that is what it is)"
        raise DataError(f"{path}: line {line} is not UTF-8 (byte 0x{content[error.start]:02x}); {remedy}") from None
    if "\0" in text:
        raise DataError(f"{path}: holds zero bytes, so it is no text; export it as comma-separated text")
    return text


def check_header(path: Path, header: list[str], separator: str) -> None:
    """Raise DataError where columns are not named, each otherwise."""
    if len(header) == 1:
        for other, name in OTHERS.items():
            if other != separator and other in header[0]:
                wanted = OTHERS[separator]
                raise DataError(f"{path}: separates fields with {name}, not {wanted}; save it with {wanted}")
    for number, name in enumerate(header, start=1):
        if not name.strip():
            raise DataError(f"{path}: column {number} has no name; name it in the first line")
        if header.count(name) > 1:
            raise DataError(f"{path}: two columns are named '{name}'; rename one")
    if all(is_number(name) for name in header):
        raise DataError(f"{path}: its first line holds numbers, not the names of columns; put a header above it")


def is_number(text: str) -> bool:
    """Tell whether a text spells a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def write_rows(rows: Rows, kept: list[int], place: Path) -> None:
    """Write the header and the rows that are kept, numbered from 0, separated as the name of the file says."""
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=SEPARATORS[place.suffix.lower()], lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows(rows[row + 1] for row in kept)
