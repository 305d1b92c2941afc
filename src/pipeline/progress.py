"""How far a run at work has come: read from what its jobs note, without a lock, here or on a disk that is shared."""

import contextlib
import json
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from pipeline.io.attempts import Attempt, attempts, standing
from pipeline.io.files import read_json
from pipeline.io.jobs import OBSERVED
from pipeline.io.runs import RUNS

EVERY = 15.0  # seconds between two lines in a log
SHOWN = 3
START = "start of a job"
Costs = Mapping[str, float]
OVER: dict[str, Attempt] = {}  # attempts that ended, which this process need not read again


@dataclass(frozen=True)
class Progress:
    """What is to be made, made, under way and failed; seconds left, without artefacts whose like was never made.

    Where `is_whole` is not, what the run set out to make is not known: `total` is what was begun so far.
    """

    total: list[str]
    done: list[str]
    running: dict[str, str]
    failed: dict[str, str]
    seconds_left: float
    never_made: int
    is_whole: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether all is made."""
        return len(self.done) == len(self.total)

    def facts(self) -> dict[str, Any]:
        """Return it for machines; `running` tells of each artefact the job that Slurm knows, or nothing."""
        waiting = len(self.total) - len(self.done) - len(self.running) - len(self.failed)
        return {
            "total": len(self.total) if self.is_whole else None,
            "done": len(self.done),
            "running": self.running,
            "failed": self.failed,
            "waiting": waiting if self.is_whole else None,
            "seconds_left": round(self.seconds_left) if self.is_whole else None,
            "not_in_seconds_left": self.never_made,
        }


def run_at_work() -> Path | None:
    """Return the graph that the run at work has announced, None where there is none."""
    return next(iter(sorted(RUNS.glob("*.json"))), None)


def asked_for(graph: Path) -> list[list[str]] | None:
    """Return the artefacts that a run set out to make, job by job; None where that is not known.

    That is nothing where it has just ended.
    """
    with contextlib.suppress(FileNotFoundError):
        told = json.loads(graph.read_text(encoding="utf-8"))
        if told["missing"] is None:
            return None
        missing = set(told["missing"])
        jobs = [[str(Path(path).parent) for path in job["outputs"] if path in missing] for job in told["jobs"]]
        return [job for job in jobs if job]
    return []


def progress(asked: Sequence[Sequence[str]] | None, costs: Costs) -> Progress:
    """Return how far a run has come with the jobs that it set out to do; `costs` are seconds by kind, known before."""
    jobs = asked or []
    found = attempts(OVER)
    made = {home: seconds for attempt in found for home, seconds in attempt.made.items()}
    last = standing(found)
    total = list(dict.fromkeys([*(home for job in jobs for home in job), *last]))
    done = [home for home in total if home in made]
    open_now = {home: attempt for home, attempt in last.items() if home not in made}
    running = {attempt.current: attempt for attempt in open_now.values() if not attempt.ended and not attempt.is_dead()}
    failed = {
        home: attempt.failed.get(home, "killed")
        for home, attempt in open_now.items()
        if home in attempt.failed or attempt.is_dead()
    }
    begun = {home for attempt in running.values() for home in attempt.homes}
    left, unknown = seconds_left(jobs, {*done, *failed}, begun, len(running), {**costs, **learned(found)})
    named = {home: attempt.slurm_job or "" for home, attempt in running.items()}
    return Progress(total, done, named, failed, left, unknown, asked is not None)


def learned(found: Sequence[Attempt]) -> dict[str, float]:
    """Return what attempts show of costs; what a job makes first took its start besides, which is told apart."""
    first = {home: took for attempt in found for home, took in list(attempt.made.items())[:1]}
    later = {home: took for attempt in found for home, took in list(attempt.made.items())[1:]}
    costs = {**by_kind(first), **by_kind(later)}
    starts = [max(0.0, took - costs[kind(home)]) for home, took in first.items() if took and kind(home) in costs]
    return {**costs, START: median(starts)} if starts else costs


def by_kind(seconds: Mapping[str, float]) -> dict[str, float]:
    """Return the median seconds of each kind of artefact, and of each step, those that were brought back left out."""
    kinds: dict[str, list[float]] = {}
    for home, took in seconds.items():
        if took:
            for name in {kind(home), home.split("/")[0]}:
                kinds.setdefault(name, []).append(took)
    return {name: median(each) for name, each in kinds.items()}


def kind(home: str) -> str:
    """Return what an artefact is one of: a variant's runs or evaluations, else itself."""
    parts = home.split("/")
    return "/".join(parts[:2]) if len(parts) == 3 else home


def seconds_left(
    jobs: Sequence[Sequence[str]], over: set[str], begun: set[str], at_once: int, costs: Costs
) -> tuple[float, int]:
    """Return the seconds that what is left takes if as many jobs as now run at once, no less than the longest job.

    Artefacts of whose kind and step no cost is known count for nothing; their number is returned beside it.
    """
    longest = total = 0.0
    unknown = 0
    for job in jobs:
        took = [costs.get(kind(home), costs.get(home.split("/")[0])) for home in job if home not in over]
        known = [each for each in took if each is not None]
        unknown += len(took) - len(known)
        start = costs.get(START, 0.0) if took and not begun & set(job) else 0.0
        longest, total = max(longest, start + sum(known)), total + start + sum(known)
    return max(longest, total / max(1, at_once)), unknown


def observed_costs() -> dict[str, float]:
    """Return the median seconds of each kind of artefact that was made here before."""
    noted = [read_json(path) for path in sorted((OBSERVED / "artefacts").glob("*.json"))]
    return by_kind({fact["artefact"]: fact["wall_seconds"] for fact in noted if "wall_seconds" in fact})


def in_words(now: Progress) -> str:
    """Return one line: done, running, failed, time left."""
    of = f" of {len(now.total)}" if now.is_whole else ""
    parts = [f"{len(now.done)}{of} done", f"{len(now.running)} running{some(now.running)}"]
    if now.failed:
        parts.append(f"{len(now.failed)} failed{some(now.failed)}")
    if now.is_whole and not now.is_complete:
        parts.append(time_left(now))
    return f"progress: {', '.join(parts)}"


def time_left(now: Progress) -> str:
    """Return how long it takes, as far as that is known."""
    if now.never_made and now.seconds_left < 1:
        return "time left not known"
    return f"{'more than' if now.never_made else 'about'} {spelled(now.seconds_left)} left"


def some(homes: Mapping[str, str]) -> str:
    """Return a few names in brackets."""
    names = [home.removeprefix("runs/") for home in list(homes)[:SHOWN]]
    more = [f"{len(homes) - SHOWN} more"] if len(homes) > SHOWN else []
    return f" ({', '.join([*names, *more])})" if names else ""


def spelled(seconds: float) -> str:
    """Return a duration in the unit that suits it."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def tell_progress(every: float = EVERY) -> Callable[[], None]:
    """Print a line on the run of this process now and then, where something changed; return what ends that."""
    graph = run_at_work()
    jobs = asked_for(graph) if graph else []
    over = threading.Event()

    def tell() -> None:
        costs, told = None, ""
        while not over.wait(every):
            costs = observed_costs() if costs is None else costs  # a run that ends at once reads none
            now = progress(jobs, costs)
            if (state := f"{now.done}{now.running}{now.failed}") != told:
                print(in_words(now), file=sys.stderr, flush=True)
            told = state

    threading.Thread(target=tell, daemon=True).start()
    return over.set
