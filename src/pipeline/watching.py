"""Watches a run at work until it ends: a table on a terminal, else a line for each change. Reads, and locks nothing."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.base.errors import PipelineError
from pipeline.io.runs import is_held
from pipeline.progress import Progress, asked_for, in_words, kind, observed_costs, progress, run_at_work

if TYPE_CHECKING:
    from rich.table import Table

EVERY = 1.0
LONG = 30.0  # seconds without a change, after which it is asked whether the run is still there
Show = Callable[[Progress], None]


def watch(as_json: bool) -> bool:
    """Show how far the run at work here has come until it ends; tell whether it made all that it set out to make.

    Raises PipelineError where no run is at work.
    """
    graph = begun()
    jobs, costs = asked_for(graph), observed_costs()
    now = progress(jobs, costs)
    with shown(as_json) as show:
        show(now)
        changed = time.monotonic()
        while graph.exists():
            time.sleep(EVERY)
            before, now = now, progress(jobs, costs)
            show(now)
            if (now.done, now.running) != (before.done, before.running):
                changed = time.monotonic()
            elif time.monotonic() - changed > LONG:
                changed = time.monotonic()
                if not is_held():  # it was killed, and left its graph
                    break
        now = progress(jobs, costs)
        show(now)
    return now.is_complete and not graph.exists()  # of a run that was killed it is left


def begun() -> Path:
    """Return the graph of the run at work, waiting for it while that run still settles; raise PipelineError if none."""
    while (graph := run_at_work()) is None or not is_held():
        if not is_held():
            raise PipelineError("no snakemake is at work in this folder; start one, or leave --watch out")
        time.sleep(EVERY)
    return graph


@contextmanager
def shown(as_json: bool) -> Iterator[Show]:
    """Yield what shows a state: one line for each that is another, or a table that is drawn over."""
    if as_json or not sys.stdout.isatty():
        yield lines(lambda now: json.dumps(now.facts()) if as_json else in_words(now))
        return
    from rich.live import Live

    with Live(auto_refresh=False) as live:
        yield lambda now: live.update(table(now), refresh=True)


def lines(spell: Callable[[Progress], str]) -> Show:
    """Return what prints a state where something else is done, running or failed than before."""
    last: tuple[object, ...] = ()

    def show(now: Progress) -> None:
        nonlocal last
        if (state := (now.done, now.running, now.failed)) != last:
            print(spell(now), flush=True)
        last = state

    return show


def table(now: Progress) -> "Table":
    """Return a row for each kind of artefact: how many are done of how many, and what runs or failed."""
    from rich.table import Table

    drawn = Table("artefacts", "done", "of", "running", "failed", title=in_words(now), title_justify="left")
    finished = set(now.done)
    kinds: dict[str, list[str]] = {}
    for home in now.total:
        kinds.setdefault(kind(home), []).append(home)
    for name, homes in kinds.items():
        done = sum(home in finished for home in homes)
        under_way, lost = ([home for home in homes if home in states] for states in (now.running, now.failed))
        of = str(len(homes)) if now.is_whole else ""
        drawn.add_row(name, str(done), of, seeds(under_way), f"[red]{seeds(lost)}[/red]" if lost else "")
    return drawn


def seeds(homes: list[str]) -> str:
    """Return the last part of each name: a run's seed."""
    return " ".join(home.rpartition("/")[2] for home in homes)
