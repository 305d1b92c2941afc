"""Whether an artefact that is made again comes out the same: compared with whatever is known of an earlier one.

It costs nothing: what was noted here, the manifest and DVC's cache name the digests of what was made before. A
receipt tells whether it was from the same start (code, parameters, environment, inputs): sealed with the earlier
files, what a receipt says now must give the earlier receipt. On another class of machine, bits may differ.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.base.canonical import compact_json, text_digest, value_digest
from pipeline.base.errors import PipelineError
from pipeline.io.files import read_json
from pipeline.io.receipts import RECEIPT, Fields, place, sealed, unsealed
from pipeline.io.shelf import Shelf

NOTED = Path("observed") / "nondeterminism.jsonl"
HERE, RECORDED, CACHED = "what lay here before", "manifest.json", "DVC's cache"
DIFFERENT, SAME = "different", "same"
ENOUGH = 2  # times that an artefact must come out the same, one after another, to be believed again
ABSENT = "no file"
UNTOLD = (OSError, ValueError, LookupError, TypeError, AttributeError)  # of notes that are not there, or damaged


@dataclass(frozen=True)
class Made:
    """An artefact as it was made once: the sha256 of its receipt and of each file, the class of machine, who says so.

    The class is None where it is not known.
    """

    receipt: str
    files: Mapping[str, str]
    machine: Mapping[str, str] | None
    told_by: str = ""

    def is_from(self, stated: Fields) -> bool:
        """Tell whether it was made from the start that a receipt states."""
        return text_digest(sealed({**stated, "files": dict(self.files)})) == self.receipt


@dataclass(frozen=True)
class Before:
    """What is known of an artefact before it is made again, nearest first, and whether it ever came out different."""

    made: tuple[Made, ...] = ()
    suspected: bool = False


class Memory:
    """What was made before: as noted here, recorded in the manifest, kept by DVC."""

    def __init__(self, artefacts: Mapping[str, Any] | None = None, shelf: Shelf | None = None) -> None:
        """`artefacts` are those of a manifest."""
        self.artefacts = artefacts or {}
        self.shelf = shelf

    def recall(self, home: str, noted: Path) -> Before:
        """Return what is known of an artefact, `noted` being what was observed when it was last made here."""
        told = [*self._noted(noted), *self._recorded(home)]
        classes = {made.receipt: made.machine for made in told if made.machine}
        return Before((*told, *self._kept(home, classes)), any(event["artefact"] == home for event in events()))

    def _noted(self, path: Path) -> Iterator[Made]:
        with contextlib.suppress(*UNTOLD):
            fact = read_json(path)
            yield Made(fact["receipt"], dict(fact["files"]), fact["machine"], HERE)

    def _recorded(self, home: str) -> Iterator[Made]:
        with contextlib.suppress(*UNTOLD):
            about = self.artefacts[home]
            yield Made(about["receipt"], dict(about["files"]), about.get("observed", {}).get("machine"), RECORDED)

    def _kept(self, home: str, classes: Mapping[str, Mapping[str, str] | None]) -> Iterator[Made]:
        for text, _ in self.shelf.receipts(home) if self.shelf else ():
            with contextlib.suppress(PipelineError, *UNTOLD):
                files, receipt = dict(unsealed(text, home)["files"]), text_digest(text)
                yield Made(receipt, files, classes.get(receipt), CACHED)


def compare(before: Before, stated: Fields, machine: Mapping[str, str]) -> str | None:
    """Compare an artefact just made with what was made before from the same start; return what is to be said.

    `stated` is its receipt. What differs on the same class of machine is noted, and so is one under suspicion that
    comes out the same; of what differs on another class, or one that is not known, only a line is said.
    """
    same_start = [made for made in before.made if made.is_from(stated)]
    comparable = [made for made in same_start if made.machine == machine]
    if comparable:
        if comparable[0].files != stated["files"]:
            return warning(note(DIFFERENT, stated, difference(comparable[0], stated)))
        if before.suspected:
            note(SAME, stated)
        return None
    other = next((made for made in same_start if made.files != stated["files"]), None)
    return said_of_another_class(other, stated, machine) if other else None


def difference(made: Made, stated: Fields) -> Fields:
    """Return the first file that differs, its digest before and now, and who tells of it."""
    files = stated["files"]
    name = min(name for name in {*made.files, *files} if made.files.get(name) != files.get(name))
    return {
        "file": name,
        "before": made.files.get(name, ABSENT),
        "now": files.get(name, ABSENT),
        "told_by": made.told_by,
    }


def note(event: str, stated: Fields, more: Fields | None = None) -> Fields:
    """Append an event to the record of repeats, and return it."""
    about = {"event": event, "artefact": stated["artefact"], "step": stated["step"], "basis": basis(stated)}
    about |= more or {}
    NOTED.parent.mkdir(parents=True, exist_ok=True)
    with NOTED.open("a", encoding="utf-8") as file:
        file.write(compact_json(about) + "\n")
    return about


def basis(stated: Fields) -> str:
    """Return the digest of what a suspicion is of: the code of an artefact and the locked distributions it rests on."""
    return value_digest({"code": stated["code"]["digest"], "environment": stated["environment"]})


def warning(event: Fields) -> str:
    """Return a line on an artefact that came out different."""
    return (
        f"nondeterminism: {event['step']}: {event['artefact']}/{event['file']} is {event['now'][:12]}, and was "
        f"{event['before'][:12]} ({event['told_by']}) from the same code, parameters, environment and inputs"
    )


def remedy(home: str) -> str:
    """Return what ends a suspicion."""
    again = f"`snakemake --force {home}/{RECEIPT}`"
    return f"make its code deterministic, or make it {ENOUGH} times more with the same bytes ({again})"


def said_of_another_class(made: Made, stated: Fields, machine: Mapping[str, str]) -> str:
    """Return a line on an artefact that differs from one that need not be of the same bits."""
    found = difference(made, stated)
    line = f"{stated['artefact']}/{found['file']} differs from {made.told_by}"
    if made.machine is None:
        return f"{line}, which was made on a class of machine that is not known; bits may differ between classes"
    fields = sorted(name for name in {*made.machine, *machine} if made.machine.get(name) != machine.get(name))
    return f"{line}, which was made on another class of machine ({', '.join(fields)}); bits may differ between classes"


def events() -> list[Fields]:
    """Return what was noted of repeats, oldest first; a line that was not written whole is left out."""
    found = []
    for line in NOTED.read_text(encoding="utf-8").splitlines() if NOTED.is_file() else []:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and {"event", "artefact", "step", "basis"} <= event.keys():
            found.append(event)
    return found


def alarms() -> list[Fields]:
    """Return the last difference of each artefact that lies here and is not believed (again).

    It stands until the artefact's code or the locked distributions it rests on change, or it was made the same
    ENOUGH times, one after another.
    """
    noted: dict[str, list[Fields]] = {}
    for event in events():
        noted.setdefault(event["artefact"], []).append(event)
    found = (standing([event for event in own if event["basis"] == basis_here(home)]) for home, own in noted.items())
    return [event for event in found if event]


def standing(noted: list[Fields]) -> Fields | None:
    """Return the last difference among events of one artefact, unless it came out the same often enough since."""
    differences = [index for index, event in enumerate(noted) if event["event"] == DIFFERENT]
    if not differences or len(noted) - 1 - differences[-1] >= ENOUGH:
        return None
    return noted[differences[-1]]


def basis_here(home: str) -> str | None:
    """Return the basis of the artefact that lies here, None where none does or its receipt cannot be read."""
    try:
        return basis(read_json(Path(home) / place(home)))
    except UNTOLD:
        return None
