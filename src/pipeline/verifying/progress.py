"""How far a rebuild has come: a bar on a terminal, else a line now and then."""

import contextlib
import sys
from collections.abc import Callable, Iterator

EVERY = 20


@contextlib.contextmanager
def shown_progress() -> Iterator[Callable[[str], None]]:
    """Yield what is told of each artefact that was rebuilt."""
    if not sys.stderr.isatty():
        yield counted()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed} rebuilt"), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda home: progress.update(task, advance=1, description=home)


def counted() -> Callable[[str], None]:
    """Return what prints a line at each of the first few artefacts, then at every twentieth."""
    count = 0

    def made(home: str) -> None:
        nonlocal count
        count += 1
        if count <= 2 or count % EVERY == 0:
            print(f"{count} rebuilt, last {home}", file=sys.stderr, flush=True)

    return made
