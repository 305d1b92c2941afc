"""What is rebuilt: everything, some artefacts with all upstream, or some runs given the recorded choices."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from pipeline.base.design import FULL
from pipeline.base.errors import RecordError, nearest
from pipeline.io.receipts import RECEIPT
from pipeline.verifying.recorded import Recorded

REBUILT, AS_RECORDED = "rebuilt", "as recorded"
WHOLE = ("analysis", "results")  # they rest on every run


@dataclass(frozen=True)
class Scope:
    """What is rebuilt, and how it was chosen. `runs` names those that the graph is asked for, None for all."""

    kind: str
    targets: tuple[str, ...]
    rule: str
    seed: int | None
    claims_covered: tuple[int, int]
    choices: str
    runs: tuple[str, ...] | None

    def stated(self) -> dict[str, Any]:
        """Return what a result says of its scope."""
        return {
            "kind": self.kind,
            "targets": list(self.targets),
            "rule": self.rule,
            "seed": self.seed,
            "claims_covered": list(self.claims_covered),
            "choices": self.choices,
        }

    @property
    def full(self) -> bool:
        """Whether everything is rebuilt, search included."""
        return self.kind == "all"


def everything(recorded: Recorded) -> Scope:
    """Return the scope of all that was recorded."""
    claims = len(contrasts_of(recorded))
    return Scope("all", (), "every artefact, from raw data, search included", None, (claims, claims), REBUILT, None)


def of_targets(recorded: Recorded, paths: Sequence[str]) -> Scope:
    """Return the scope of the artefacts that hold some paths; raise RecordError where none does."""
    homes = sorted({home_of(path, recorded.artefacts) for path in paths})
    runs = None if set(homes) & set(WHOLE) else tuple(sorted({run for home in homes if (run := run_of(home))})) or None
    claims = contrasts_of(recorded)
    covered = len(claims) if set(homes) & set(WHOLE) else covered_claims(runs or (), claims)
    rule = "the artefacts that hold the targets, and all that they rest on, from raw data"
    return Scope("targets", tuple(homes), rule, None, (covered, len(claims)), REBUILT, runs)


def of_runs(recorded: Recorded, names: Sequence[str]) -> Scope:
    """Return the scope of some runs by name; raise RecordError for one that was not recorded."""
    known = recorded_runs(recorded)
    for name in names:
        if name not in known:
            raise RecordError(f"--runs: no run {name} was recorded; {nearest(name, known)}")
    return chosen(recorded, "runs", tuple(sorted(set(names))), "the runs that were named", None)


def sample_of(recorded: Recorded, size: int, seed: int) -> Scope:
    """Return the scope of some runs drawn by a seed."""
    known = recorded_runs(recorded)
    if not 1 <= size <= len(known):
        raise RecordError(f"--sample: is {size}; {len(known)} runs were recorded, so state 1 to {len(known)}")
    names = tuple(sorted(sorted(known, key=lambda name: rank(seed, name))[:size]))
    rule = f"{size} of {len(known)} runs, those with the smallest sha256 of '<seed> <run>'"
    return chosen(recorded, "sample", names, rule, seed)


def chosen(recorded: Recorded, kind: str, names: tuple[str, ...], rule: str, seed: int | None) -> Scope:
    """Return the scope of some runs, given the recorded choices."""
    claims = contrasts_of(recorded)
    covered = (covered_claims(names, claims), len(claims))
    return Scope(kind, names, rule, seed, covered, AS_RECORDED, names)


def rank(seed: int, name: str) -> str:
    """Return what a draw sorts by."""
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()


def recorded_runs(recorded: Recorded) -> list[str]:
    """Return the recorded runs by name, such as full/seed-200."""
    return sorted(home.removeprefix("runs/") for home in recorded.artefacts if home.startswith("runs/"))


def run_of(home: str) -> str | None:
    """Return the run that an artefact is of, or None."""
    root, _, name = home.partition("/")
    return name if root in ("runs", "evaluations") else None


def home_of(path: str, homes: Iterable[str]) -> str:
    """Return the recorded artefact that holds a path; raise RecordError where none does."""
    known = set(homes)
    given = PurePosixPath(path)
    for folder in (given, *given.parents):
        if folder.as_posix() in known:
            return folder.as_posix()
    raise RecordError(f"{path}: is in no recorded artefact; {nearest(path, known) if len(known) < 9 else 'see status'}")


def contrasts_of(recorded: Recorded) -> list[dict[str, str]]:
    """Return the recorded contrasts, none where the study is exploratory."""
    return list(recorded.manifest["conclusions"].get("contrasts", []))


def covered_claims(runs: Iterable[str], contrasts: Iterable[Mapping[str, str]]) -> int:
    """Return how many contrasts have at least one run of each side among some runs."""
    variants = {run.partition("/")[0] for run in runs}
    return sum(FULL in variants and contrast["variant"] in variants for contrast in contrasts)


def goals(scope: Scope, recorded: Recorded) -> list[str]:
    """Return what Snakemake is asked for: receipts of the artefacts, nothing for all there is."""
    if scope.full:
        return []
    if scope.kind == "targets":
        return [f"{home}/{RECEIPT}" for home in scope.targets]
    return [f"{home}/{RECEIPT}" for run in scope.targets for home in homes_of(run) if home in recorded.artefacts]


def homes_of(run: str) -> tuple[str, str]:
    """Return the artefacts of a run."""
    return f"runs/{run}", f"evaluations/{run}"
