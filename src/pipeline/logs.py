"""A job's log: details to its file, one line an artefact to the terminal, failures where the end can list them."""

import contextlib
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from pipeline.base.errors import PipelineError, RunFailedError
from pipeline.io.jobs import FAILURES
from pipeline.io.receipts import RECEIPT


@contextlib.contextmanager
def logged(path: Path) -> Iterator[Callable[[str], None]]:
    """Send what a job prints to its log; yield a function that says a line both there and on the terminal."""
    path.parent.mkdir(parents=True, exist_ok=True)
    terminal = sys.stderr
    with named(path), path.open("w", encoding="utf-8", buffering=1) as log:

        def say(line: str) -> None:
            print(line, file=log)
            print(line, file=terminal, flush=True)

        try:
            with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
                yield say
        except Exception as error:
            with contextlib.suppress(OSError):  # a full disk must not hide what went wrong
                if isinstance(error, PipelineError):
                    print(error, file=log)
                else:
                    traceback.print_exc(file=log)
                note_failure(path, error)
            raise


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Name a file in an error of the machine that names none."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def note_failure(log: Path, error: Exception) -> None:
    """Append what failed, its log and the command that repeats it to the list that is shown at the end."""
    failed = error.failed if isinstance(error, RunFailedError) else {}
    homes: dict[str, list[str]] = {}
    for home, reason in failed.items():
        homes.setdefault(reason, []).append(home)
    lines = [
        f"failed: {' '.join(same)}: {reason}\n  log:    {log}\n"
        f"  repeat: snakemake --cores 1 {' '.join(f'{home}/{RECEIPT}' for home in same)}\n"
        for reason, same in homes.items()
    ]
    FAILURES.parent.mkdir(parents=True, exist_ok=True)
    with FAILURES.open("a", encoding="utf-8") as file:
        file.write("".join(lines) or f"failed: {error}\n  log:    {log}\n")
