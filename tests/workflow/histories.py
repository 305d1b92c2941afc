"""Random histories of edits, with a from-scratch build as the oracle.

A step does something to a checkout, then brings it up to date with Snakemake or DVC. Every artefact that the
study calls for must then be, byte for byte, what a build of the same sources in an empty clone gives; and no
step's body may have run for an artefact that was already that. Where an empty clone cannot be built, nothing that
stands may differ from what it gives, and where its graph is refused nothing may change.

A history has a text, such as `corrupt:17+delete:4>dvc touch:2>snakemake`: actions, each with the seed of its choices,
and what brings the study up to date after them.
"""

import json
import shutil
import time
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

from hypothesis import strategies as st
from tests.study import MINIATURE, Study
from tests.workflow import actions
from tests.workflow.oracle import Files, Oracle, Wanted, standing

SMALL = json.loads(json.dumps(MINIATURE))
SMALL["study"]["alpha"] = 0.2
SMALL["method"]["trees"] = 3
SMALL["seeds"]["final"] = [10, 11, 12, 13]
UNDONE = ("Snakefile", "requirements.lock")  # put back after a step that they made fail
LENGTH = 6
ENGINES = ("snakemake", "snakemake+status", "snakemake+again", "dvc")
UNTRUE = ("stale:", "corrupt:", "missing:", "environment:", "nondeterminism")


def record(study: Study, random: Random) -> None:
    """Record what lies here, half of the time after all is committed and brought up to date."""
    if random.random() < 0.5:
        study.commit()
        study.snakemake(check=False)
    actions.refuse_traceback(study.pipeline("record", check=False))


ACTIONS: dict[str, tuple[int, actions.Action]] = {
    action.__name__: (weight, action)
    for weight, action in (
        (2, actions.touch), (2, actions.corrupt), (2, actions.corrupt_in_place), (2, actions.delete),
        (1, actions.swap), (1, actions.plant), (1, actions.forget), (1, actions.commit), (2, actions.check_out),
        (5, actions.change_parameter), (1, actions.change_baselines),
        (2, actions.change_code), (1, actions.comment), (1, actions.change_data), (1, actions.change_graph),
        (1, actions.change_lock), (2, actions.lock_plan), (1, actions.withdraw_plan), (1, actions.make_clean),
        (1, actions.prune), (2, actions.relink), (2, actions.partial), (1, actions.partial_dvc), (2, actions.kill),
        (1, actions.two_at_once), (2, record),
    )
}  # fmt: skip
NAMES = [name for name, (weight, _) in ACTIONS.items() for _ in range(weight)]


@dataclass(frozen=True)
class Step:
    """Actions, each with the seed of its choices, and what brings the study up to date afterwards."""

    done: tuple[tuple[str, int], ...]
    engine: str

    def __str__(self) -> str:
        return f"{'+'.join(f'{name}:{seed}' for name, seed in self.done)}>{self.engine}"


def parsed(history: str) -> list[Step]:
    """Return the steps of a history's text."""
    steps = []
    for word in history.split():
        done, _, engine = word.partition(">")
        pairs = [part.partition(":") for part in done.split("+") if part]
        steps.append(Step(tuple((name, int(seed)) for name, _, seed in pairs), engine))
    return steps


def histories(length: int = LENGTH) -> st.SearchStrategy[list[Step]]:
    """Return a strategy of histories."""
    action = st.tuples(st.sampled_from(NAMES), st.integers(0, 9999))
    several = st.lists(action, min_size=1, max_size=3).map(tuple)
    return st.lists(st.builds(Step, several, st.sampled_from(ENGINES)), min_size=length, max_size=length, unique=True)


@dataclass
class Outcome:
    """What a step came to: problems, none where it went right."""

    problems: list[str]
    needless: list[str]
    made: int
    seconds: float
    said: str

    @property
    def wrong(self) -> bool:
        return bool(self.problems or self.needless)


@dataclass
class History:
    """One checkout that things are done to."""

    study: Study
    oracle: Oracle
    unseen: bool = False  # DVC's cache may be damaged, or a file changed that DVC cannot see
    recorded: str = ""
    problems: list[str] = field(default_factory=list)

    def step(self, step: Step) -> Outcome:
        """Do a step and judge it."""
        start = time.monotonic()
        self.problems = []
        for name, seed in step.done:
            self._act(name, seed)
        wanted = self._wanted()
        named, before = self.study.artefacts(), everything(self.study)
        self.study.forget()
        said = self._run(step.engine, wanted)
        made, extra = self.study.made(), needless(self.study, before, wanted.files)
        self._compare(wanted, named)
        if wanted.succeeds:
            self._follow(step.engine, wanted)
        else:
            self._take_back()
        return Outcome(self.problems, sorted(extra), len(made), time.monotonic() - start, said)

    def _act(self, name: str, seed: int) -> None:
        try:
            self.unseen |= bool(ACTIONS[name][1](self.study, Random(seed)))
        except (IndexError, ValueError, FileNotFoundError):
            return  # nothing there to do it to
        except AssertionError as error:
            self.problems.append(f"{name}: {error}")
        if name == "record":
            self._compare_record()

    def _wanted(self) -> Wanted:
        try:
            return self.oracle.of(self.study)
        except AssertionError as error:
            self.problems.append(str(error))
            return self.oracle.of(self.study)

    def _run(self, engine: str, wanted: Wanted) -> str:
        if engine == "dvc" and self.unseen:
            self.study.snakemake(check=False)
        done = self.study.dvc("repro", check=False) if engine == "dvc" else self.study.snakemake(check=False)
        if (done.returncode == 0) != wanted.succeeds:
            self.problems.append(
                f"exit {done.returncode}, a build from scratch {'succeeds' * wanted.succeeds or 'fails'}"
            )
        said = done.stdout + done.stderr
        if "Traceback" in said:
            self.problems.append("a traceback")
        if wanted.refused and sum(line.startswith("pipeline: ") for line in said.splitlines()) != 1:
            self.problems.append("no refusal in one line")
        return said

    def _compare(self, wanted: Wanted, before: Files) -> None:
        found = standing(self.study)
        names = {*found, *wanted.files} if wanted.succeeds else set(found)
        if wanted.refused:
            names = set()
            self.problems += [f"refused, but changed {name}" for name in differing(before, self.study.artefacts())]
        self.problems += sorted(name for name in names if found.get(name) != wanted.files.get(name))[:6]

    def _follow(self, engine: str, wanted: Wanted) -> None:
        """Look further after a run that should have succeeded."""
        if engine == "dvc":
            self.problems += [f"left {name}" for name in self.study.artefacts() if name not in wanted.files][:4]
            status = self.study.dvc("status", check=False).stdout
            self.problems += [] if "up to date" in status else [f"dvc status: {status}"]
        elif engine == "snakemake+status":
            status = self.study.pipeline("status", check=False)
            told = status.stdout.splitlines()
            gone = any(line.startswith("removed: looks/") for line in told)  # looks on commits that no branch has
            untrue = any(line.startswith(UNTRUE) for line in told)
            if status.returncode and (untrue or not gone):
                self.problems.append(f"pipeline status: {status.stdout} {status.stderr}")
        elif engine == "snakemake+again":
            self.study.forget()
            self.study.snakemake(check=False)
            self.problems += [f"again: {event}" for event in self.study.journal()][:4]

    def _take_back(self) -> None:
        """Undo what kept the study from being built, so that the history can go on."""
        for name in UNDONE:
            shutil.copy(self.study.folder / ".git" / "base" / name, self.study.folder / name)

    def _compare_record(self) -> None:
        """See that a new manifest says what an empty clone of its commit gives, neither more nor less."""
        path = self.study.folder / "manifest.json"
        text = path.read_text() if path.exists() else ""
        if text == self.recorded:
            return
        self.recorded = text
        wanted = self.oracle.of(self.study)
        stated = {}
        for home, about in json.loads(text)["artefacts"].items():
            stated[f"{home}/receipt.json"] = about["receipt"]
            stated.update({f"{home}/{name}": digest for name, digest in about["files"].items()})
        true = {name: sha256(content).hexdigest() for name, content in wanted.files.items()}
        self.problems += [f"recorded otherwise: {name}" for name in differing(stated, true)]


def differing(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """Return the names of which two mappings say different things, a few of them."""
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))[:6]


def needless(study: Study, before: Files, wanted: Files) -> set[str]:
    """Return the artefacts whose body ran although they were, receipt and all, what they had to be."""
    found = set()
    for home in study.made():
        own = {name: content for name, content in wanted.items() if name.startswith(f"{home}/")}
        if own and all(before.get(name) == content for name, content in own.items()):
            found.add(home)
    return found


def everything(study: Study) -> Files:
    """Return every artefact's files, a withdrawn receipt under the name it would stand by."""
    found = study.artefacts()
    return {name.replace("receipt.withdrawn.json", "receipt.json"): found[name] for name in sorted(found, reverse=True)}
