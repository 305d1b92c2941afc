"""Tables as plain text."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


def plain(table: "Table", width: int) -> str:
    """Return a table as lines of at most so many characters, no blanks at their ends, brackets taken as they are."""
    from rich.console import Console

    console = Console(width=width, file=io.StringIO(), force_terminal=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
