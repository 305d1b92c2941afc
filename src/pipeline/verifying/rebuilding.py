"""The work in the room: data first, then what the scope asks for, by the room's own graph."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.io.files import read_json, write_text
from pipeline.io.jobs import FAILURES, JOURNAL
from pipeline.io.receipts import RECEIPT, all_paths, place
from pipeline.stages import resample
from pipeline.verifying.recorded import Recorded
from pipeline.verifying.room import Room
from pipeline.verifying.scope import AS_RECORDED, Scope, goals
from pipeline.workflow import DATA_HOMES

MADE = re.compile(r"(\S+) made in ")
FAILED = re.compile(r"failed: ([^:]+): (.*)")
MOST_IN_A_PACK = 20
Made = Callable[[str], None]


@dataclass
class Rebuilt:
    """What a room made: artefacts, why each failed one failed, and what stopped all else."""

    homes: set[str]
    reasons: dict[str, str] = field(default_factory=dict)
    stopped: str = ""

    def reason(self, home: str) -> str:
        """Return why an artefact was not rebuilt."""
        return self.reasons.get(home) or self.stopped or "rests on what was not rebuilt"


def rebuild(room: Room, recorded: Recorded, scope: Scope, cores: int, made: Made) -> Rebuilt:
    """Build what a scope asks for; `made` is told of each artefact. Failures are part of what is returned."""
    config = only(scope, cores)

    def hear(line: str) -> None:
        if match := MADE.match(line):
            made(match[1])

    if scope.choices == AS_RECORDED:
        code, tail = room.snakemake(["prepared"], config, cores, hear)
        if code:
            return outcome(room.study, tail)
        folds = tuple(f"{folder}/" for folder in resample.HOMES)
        data = [*DATA_HOMES, *(home for home in recorded.artefacts if home.startswith(folds))]
        if differing := [home for home in data if receipt_digest(room.study, home) != recorded_receipt(recorded, home)]:
            found = outcome(room.study, [])
            found.stopped = f"rests on {differing[0]}, which is not what was recorded"
            return found
        put_choices(room.study, recorded)
    code, tail = room.snakemake(goals(scope, recorded), config, cores, hear)
    return outcome(room.study, tail if code else [])


def only(scope: Scope, cores: int) -> list[str]:
    """Return the machine's settings for a part of the runs: which, and in packs such that all cores have work."""
    if scope.runs is None:
        return []
    pack = min(MOST_IN_A_PACK, -(-len(scope.runs) // cores))
    return [f"only={','.join(scope.runs)}", f"pack={pack}"]


def put_choices(study: Path, recorded: Recorded) -> None:
    """Write the recorded choices of hyper-parameters into a room, where their receipts settle as true or fall."""
    for home, texts in recorded.choice_texts().items():
        for name, text in texts.items():
            place = study / home / name
            if place.resolve().is_relative_to(study.resolve()):  # not where a link of the room leads
                write_text(place, text)


def outcome(study: Path, tail: list[str]) -> Rebuilt:
    """Return what a room's study holds that its jobs made, and what failed; `tail` is what a failed run printed."""
    events = [json.loads(line) for line in lines_of(study / JOURNAL)]
    found = Rebuilt({event["artefact"] for event in events if event["event"] == "made"})
    for line in lines_of(study / FAILURES):
        if match := FAILED.match(line):
            found.reasons.update(dict.fromkeys(match[1].split(), match[2]))
    said = [line.removeprefix("pipeline: ") for line in tail if line.startswith("pipeline: ")]
    if tail and not found.reasons:
        found.stopped = (said or [line for line in tail if line.strip()] or ["the rebuild failed"])[-1]
    return found


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file, none where there is none."""
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def receipt_digest(study: Path, home: str) -> str | None:
    """Return the sha256 of a rebuilt artefact's receipt, None where there is none."""
    from pipeline.base.canonical import file_digest

    path = study / home / RECEIPT
    return file_digest(path) if path.is_file() else None


def recorded_receipt(recorded: Recorded, home: str) -> str | None:
    """Return the sha256 of an artefact's recorded receipt, None where none was recorded."""
    return recorded.artefacts.get(home, {}).get("receipt")


def expected(scope: Scope, recorded: Recorded, rebuilt: Rebuilt) -> set[str]:
    """Return the artefacts that a verdict is due for: all that the scope names, and all that were made."""
    if scope.full:
        return {*recorded.artefacts, *rebuilt.homes}
    parts = set(scope.targets)
    if scope.kind != "targets":
        parts = {f"{root}/{run}" for run in scope.targets for root in ("runs", "evaluations")} | set(DATA_HOMES)
    return {*(parts & set(recorded.artefacts)), *rebuilt.homes, *rebuilt.reasons}


def upstream(study: Path, home: str) -> list[str]:
    """Return the artefacts that a rebuilt one read."""
    path = study / home / place(str(study / home))
    reads = read_json(path)["reads"] if path.is_file() else {}
    return [str(Path(source).parent) for source in all_paths(reads) if source.endswith(f"/{RECEIPT}")]
