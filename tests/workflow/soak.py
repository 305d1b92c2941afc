"""Many random histories, from one start: `make soak STEPS=60 SEED=1`, a line a step and a tally at the end.

Seeds may run beside each other; --kept names a folder in which they then share what empty clones build. A history
that goes wrong is printed as text, which --replay runs again; --shrink looks for a shorter one.
"""

import argparse
import contextlib
import itertools
import math
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, Phase
from tests.study import Study, checkout, copy_of
from tests.workflow.histories import SMALL, UNDONE, History, Outcome, Step, histories, parsed
from tests.workflow.oracle import Oracle

HISTORIES = 12  # that are drawn from one seed


def start(folder: Path) -> Study:
    """Return a study with two recorded commits, one confirmatory and one not, built and checked out at the first."""
    study = checkout(folder, SMALL)
    study.commit("Start")
    study.pipeline("plan", "--lock")
    for leaf in (1, 2):
        study.change("method.min_samples_leaf", leaf)
        study.dvc("repro")
        study.commit(f"Record leaves of {leaf}")
    study.git("checkout", "-q", "HEAD~1")
    study.dvc("checkout")
    (folder / ".git" / "base").mkdir()
    for name in UNDONE:
        shutil.copy(folder / name, folder / ".git" / "base" / name)
    study.snakemake()
    return study


@dataclass
class Soak:
    """Histories, each from the same start, and the tally of their steps."""

    folder: Path
    base: Study
    oracle: Oracle
    tally: Counter[str] = field(default_factory=Counter)
    limit: float = math.inf
    began: float = field(default_factory=time.monotonic)

    def many(self, steps: int, seed: int, stop: bool = False) -> None:
        """Run some steps of random histories; where all is to stop at a wrong one, Hypothesis shortens its history."""
        self.limit = self.tally["steps"] + steps
        numbers = itertools.count(1000 * seed)
        while self.tally["steps"] < self.limit:
            self._draw(next(numbers), stop)

    def _draw(self, seed: int, stop: bool) -> None:
        """Run what Hypothesis draws from a seed: not much, since it begins with simple histories and varies them."""

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=HISTORIES,
            phases=(Phase.generate, Phase.shrink) if stop else (Phase.generate,),
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @hypothesis.given(histories())
        def drawn(history: list[Step]) -> None:
            self.run(history, stop)

        drawn()

    def run(self, steps: list[Step], stop: bool = False) -> None:
        """Run a history until it goes wrong; raise AssertionError then if it is to `stop` all."""
        shutil.rmtree(self.folder / "study", ignore_errors=True)
        history = History(copy_of(self.base, self.folder / "study"), self.oracle)
        for number, step in enumerate(steps, start=1):
            if self.tally["steps"] >= self.limit and not stop:
                return
            outcome = history.step(step)
            self._count(outcome, step)
            if outcome.wrong:
                told = " ".join(map(str, steps[:number]))
                print(f"     history: {told}")
                assert not stop, f"{outcome.problems} {outcome.needless} after: {told}"
                return

    def _count(self, outcome: Outcome, step: Step) -> None:
        self.tally["steps"] += 1
        self.tally["wrong"] += bool(outcome.problems)
        self.tally["needless"] += bool(outcome.needless)
        verdict = "WRONG" if outcome.wrong else "ok"
        print(
            f"{self.tally['steps']:4} {verdict:5} {outcome.seconds:4.0f} s, made {outcome.made:2}  {step}", flush=True
        )
        if outcome.wrong:
            print(f"     {outcome.problems}; needless: {outcome.needless}")
            print("     " + "\n     ".join(outcome.said.strip().splitlines()[-12:]), flush=True)


def soak(steps: int, seed: int, shrink: bool = False, kept: Path | None = None) -> int:
    """Run random histories; return how many steps went wrong, or ran a body needlessly."""
    with prepared(kept) as running:
        running.many(steps, seed, shrink)
        return told(running)


@contextlib.contextmanager
def prepared(kept: Path | None = None, started: Study | None = None) -> Iterator[Soak]:
    """Yield a soak in a temporary folder, removed at the end, from a start of its own or one that is there."""
    with tempfile.TemporaryDirectory(prefix="histories-") as name:
        oracle = Oracle(kept or Path(name) / "kept")
        oracle.folder.mkdir(parents=True, exist_ok=True)
        yield Soak(Path(name), started or start(Path(name) / "start"), oracle)


def told(running: Soak) -> int:
    """Print the tally; return how many steps went wrong."""
    tally, took = running.tally, time.monotonic() - running.began
    bad = tally["wrong"] + tally["needless"]
    print(
        f"{tally['steps']} steps, {tally['steps'] / took:.2f} a second: "
        f"{tally['wrong']} wrong, {tally['needless']} with needless work; "
        f"{running.oracle.built} states of the sources built, {running.oracle.from_nothing} of them from nothing too"
    )
    return bad


def replay(history: str) -> int:
    """Run one history again; return how many steps went wrong."""
    steps = parsed(history)
    with prepared() as running:
        running.run(steps)
        return told(running)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--shrink", action="store_true")
    parser.add_argument("--replay", metavar="HISTORY")
    given = parser.parse_args()
    bad = replay(given.replay) if given.replay else soak(given.steps, given.seed, given.shrink, given.kept)
    sys.exit(min(1, bad))


if __name__ == "__main__":
    main()
