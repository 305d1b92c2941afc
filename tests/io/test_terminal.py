"""Tables as plain text: what stands in a cell is shown as it is, within the width."""

from rich.table import Table

from pipeline.io.terminal import plain


def table(*rows: tuple[str, str]) -> Table:
    found = Table("name", "value", box=None)
    for row in rows:
        found.add_row(*row)
    return found


def test_brackets_are_no_markup_and_lines_end_without_blanks() -> None:
    assert plain(table(("94.5 [94.1, 94.8]", "x"), ("[bold]", "")), 80).splitlines() == [
        " name               value",
        " 94.5 [94.1, 94.8]  x",
        " [bold]",
    ]


def test_no_line_is_longer_than_it_is_told() -> None:
    lines = plain(table(("many words " * 9, "more words " * 9)), 40).splitlines()
    assert max(map(len, lines)) <= 40
    assert " ".join(lines).count("many") == 9
