"""Verify: a recorded result rebuilt in an empty room from committed sources, compared byte for byte."""

import os
import resource
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.base.canonical import value_digest
from pipeline.base.errors import RecordError, refusal
from pipeline.io.files import write_json
from pipeline.io.folders import entries_below
from pipeline.io.jobs import OBSERVED
from pipeline.io.machine import machine_class
from pipeline.io.manifest import uncommitted
from pipeline.verifying.budget import within_budget
from pipeline.verifying.compiling import while_compiling
from pipeline.verifying.installed import Checked, check_installed
from pipeline.verifying.judging import Judged, Verdict, not_rebuilt, worst
from pipeline.verifying.raw_files import bring_raw_files
from pipeline.verifying.rebuilding import Rebuilt, expected, rebuild
from pipeline.verifying.recorded import Recorded, recorded_at
from pipeline.verifying.room import Room, Say, empty_room
from pipeline.verifying.scope import Scope, everything, of_runs, of_targets, sample_of
from pipeline.verifying.weighing import first_difference, weigh
from pipeline.workflow import ARTEFACT_ROOTS

FORMAT = 1
FOLDER = OBSERVED / "verify"
SHOWN = 4
Result = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What verify is asked for; at most one of targets, runs, sample and budget."""

    targets: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    sample: int | None = None
    budget: float | None = None
    seed: int | None = None
    commit: str = "HEAD"
    cores: int | None = None
    keep_room: bool = False

    def check(self) -> None:
        """Raise RecordError where more than one scope is asked for, or a seed that nothing draws by."""
        given = [self.targets, self.runs, self.sample, self.budget]
        if sum(bool(each) or each == 0 for each in given if each != ()) > 1:
            raise RecordError("verify: give one of TARGET, --runs, --sample and --budget")
        if self.seed is not None and self.sample is None and self.budget is None:
            raise RecordError("--seed: nothing is drawn by it; give --sample or --budget too")


def verify(asked: Asked, say: Say, progress: Say) -> Result:
    """Rebuild what is asked for in an empty room and return the result, which is written under observed/verify too.

    Raises RecordError where nothing was recorded, or of other sources than the commit has.
    """
    asked.check()
    recorded = recorded_at(asked.commit)
    if changed := uncommitted():
        say(f"not what is verified: {', '.join(changed[:SHOWN])} (not committed; commit {recorded.commit[:12]} is)")
    started, cpu = time.monotonic(), cpu_seconds()
    with empty_room(recorded.commit, asked.keep_room, say) as room:
        cores = asked.cores or usable_cores()
        missing = bring_raw_files(room.study, recorded.commit)
        checked = Checked("nothing, as raw data is missing") if missing else compared(room, say)
        scope = scope_of(asked, recorded, room, cores, started)
        say(f"scope: {scope.rule}; network {room.network}; all outside the room: {room.closed}")
        judged, first = outcome(room, recorded, scope, missing, checked, cores, progress)
    result = {
        "format": FORMAT,
        "commit": recorded.commit,
        "manifest_sha256": recorded.sha256,
        "scope": scope.stated(),
        "verdict": str(worst([each.verdict for each in judged.values()])),
        "artefacts": {home: each.stated() for home, each in judged.items()},
        "first_difference": first,
        "environment": {"checked": checked.said, "differences": checked.differences},
        "network": room.network,
        "room": room.closed,
        "machine": machine_class(),
        "cost": {
            "wall_seconds": round(time.monotonic() - started, 1),
            "cpu_seconds": round(cpu_seconds() - cpu, 1),
        },
    }
    keep(result, say)
    return result


def keep(result: Result, say: Say) -> None:
    """Keep a result under observed/verify; where this folder may only be read, say so: it is printed anyway."""
    try:
        write_json(place_of(result), result)
    except OSError as error:
        if (said := refusal(error)) is None:
            raise
        say(f"result not kept: {said}; --json prints all of it")


def compared(room: Room, say: Say) -> Checked:
    """Return how the environment compares with the lock; meanwhile the room compiles what steps import."""
    return while_compiling(room, lambda: check_installed(room.source_root, say), lambda found: bool(found.blocking))


def outcome(
    room: Room, recorded: Recorded, scope: Scope, missing: str, checked: Checked, cores: int, progress: Say
) -> tuple[dict[str, Judged], dict[str, Any] | None]:
    """Return the verdict on each artefact of a scope, and where recorded and rebuilt first part."""
    homes = sorted(expected(scope, recorded, Rebuilt(set())))
    if missing:
        return refused(homes, recorded, Verdict.NOT_VERIFIABLE, missing), None
    if checked.blocking:
        reason = f"environment: {checked.blocking[0]}; run `make setup`"
        return refused(homes, recorded, Verdict.NOT_COMPARABLE, reason), None
    rebuilt = rebuild(room, recorded, scope, cores, progress)
    if link := first_link(room.study, room.source_root):
        reason = f"{link} is a link in the room: what it leads to was not rebuilt"
        return refused(homes, recorded, Verdict.NOT_VERIFIABLE, reason), None
    judged = weigh(sorted(expected(scope, recorded, rebuilt)), recorded, room.study, scope, rebuilt)
    return judged, first_difference(judged, recorded, room.study)


def first_link(study: Path, clone: Path) -> str | None:
    """Return the first link among a room's artefacts or on the way to them: other files could pass for them."""
    for root in ARTEFACT_ROOTS:
        folder = study / root
        above = [path for path in (folder, *folder.parents) if path.is_relative_to(clone)]
        below = [Path(entry.path) for entry in entries_below(str(folder))]
        if found := next((path for path in (*reversed(above), *below) if path.is_symlink()), None):
            return found.relative_to(clone).as_posix()
    return None


def refused(homes: list[str], recorded: Recorded, verdict: Verdict, reason: str) -> dict[str, Judged]:
    """Return one verdict for all of some artefacts, none of which was rebuilt."""
    return {home: not_rebuilt(home, recorded, verdict, reason) for home in homes}


def scope_of(asked: Asked, recorded: Recorded, room: Room, cores: int, started: float) -> Scope:
    """Return what is rebuilt. A seed that is not given is drawn now, so that nobody can foresee the sample."""
    seed = asked.seed if asked.seed is not None else secrets.randbelow(2**32)
    if asked.targets:
        return of_targets(recorded, asked.targets)
    if asked.runs:
        return of_runs(recorded, asked.runs)
    if asked.sample is not None:
        return sample_of(recorded, asked.sample, seed)
    if asked.budget is not None:
        study = yaml.safe_load((room.study / "params.yaml").read_text(encoding="utf-8"))["study"]
        left = asked.budget - (time.monotonic() - started)
        return within_budget(recorded, study, left, seed, cores)
    return everything(recorded)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of the children that have ended."""
    times = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(spent.ru_utime + spent.ru_stime for spent in times)


def place_of(result: Result) -> Path:
    """Return where a result is kept: named by its commit, scope and content."""
    return FOLDER / f"{result['commit'][:12]}-{result['scope']['kind']}-{value_digest(result)[:8]}.json"
