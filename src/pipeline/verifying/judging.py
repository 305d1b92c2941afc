"""Verdicts on rebuilt artefacts: the same bytes, close numbers, the same conclusions, or where they part."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipeline.base.canonical import file_digest
from pipeline.io.machine import machine_class
from pipeline.io.receipts import RECEIPT, WITHDRAWN, changed, place
from pipeline.verifying.comparing import file_difference
from pipeline.verifying.distances import Difference, Kind
from pipeline.verifying.recorded import Recorded

CONCLUDED = ("family", "variant", "claim", "finding", "verdict")
TELLING = (".safetensors", ".parquet", ".csv", ".json")  # in which files a first difference says most
RUN_RECORD = "run.json"
SETTINGS = ("model", "settings", "seed")


class Verdict(StrEnum):
    """What a rebuild says of an artefact, from best to worst."""

    IDENTICAL = "identical"
    CLOSE = "close"
    EQUIVALENT = "equivalent"
    NOT_COMPARABLE = "not comparable here"
    NOT_VERIFIABLE = "not verifiable"
    DIVERGED = "diverged"


@dataclass
class Judged:
    """One artefact: its verdict, digests on both sides, and how its files differ.

    `as_stated` is False where it is known that the two sides were told different things, such as another seed.
    """

    verdict: Verdict
    recorded: str | None
    rebuilt: str | None
    files: dict[str, dict[str, str | None]]
    detail: str = ""
    differences: dict[str, Difference] = field(default_factory=dict)
    as_stated: bool = True

    def stated(self) -> dict[str, Any]:
        """Return what a result says of the artefact."""
        return {
            "verdict": str(self.verdict),
            "recorded": self.recorded,
            "rebuilt": self.rebuilt,
            "files": self.files,
            "detail": self.detail,
        }


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return the worst of some verdicts; nothing at all is not verifiable."""
    return max(verdicts, key=list(Verdict).index, default=Verdict.NOT_VERIFIABLE)


def not_rebuilt(home: str, recorded: Recorded, verdict: Verdict, reason: str) -> Judged:
    """Return the verdict on an artefact that there is no rebuild of."""
    about = recorded.artefacts.get(home, {"receipt": None, "files": {}})
    files: dict[str, dict[str, str | None]] = {
        name: {"recorded": digest, "rebuilt": None} for name, digest in about["files"].items()
    }
    return Judged(verdict, about["receipt"], None, files, reason)


def judge(home: str, recorded: Recorded, study: Path) -> Judged:
    """Return the verdict on an artefact of a room's study, by its bytes and, where they are at hand, its numbers."""
    rebuilt = rebuilt_digests(study / home)
    stated = recorded.digests(home) if home in recorded.artefacts else {}
    both: dict[str, dict[str, str | None]] = {
        name: {"recorded": stated.get(name), "rebuilt": rebuilt.get(name)} for name in sorted({*stated, *rebuilt})
    }
    found = Judged(Verdict.IDENTICAL, stated.get(RECEIPT), rebuilt.get(RECEIPT), both)
    found.files = {name: pair for name, pair in both.items() if name != RECEIPT}
    for name, pair in both.items():
        if pair["recorded"] != pair["rebuilt"]:
            found.differences[name] = difference_of(home, name, recorded, study)
    if found.differences:
        found.as_stated = told_the_same(home, recorded, study)
        found.verdict = Verdict.CLOSE if is_close(found) else Verdict.DIVERGED
        found.detail = described(found) if stated else "is in no manifest"
    return found


def rebuilt_digests(folder: Path) -> dict[str, str]:
    """Return {file: sha256} of a rebuilt artefact, its receipt under the name of one that stands."""
    found = {
        path.relative_to(folder).as_posix(): file_digest(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }
    if WITHDRAWN in found:  # finished, in a pack of which another run failed
        found[RECEIPT] = found.pop(WITHDRAWN)
    return found


def difference_of(home: str, name: str, recorded: Recorded, study: Path) -> Difference:
    """Return how one file of an artefact differs, as far as the recorded bytes are at hand."""
    here = study / home / (place(str(study / home)) if name == RECEIPT else name)
    if home not in recorded.artefacts or name not in recorded.digests(home):
        return Difference(Kind.OTHER, name, f"{name} was not recorded")
    if not here.is_file():
        return Difference(Kind.OTHER, name, f"{name} was not rebuilt")
    kept = recorded.bytes_of(home, name)
    if kept is None:
        return Difference(Kind.BYTES, "", "its recorded bytes are not at hand (`dvc pull`), so no distance is known")
    if name == RECEIPT:
        return receipt_difference(kept, here)
    return file_difference(kept, here) or Difference(Kind.BYTES, "", "the files changed meanwhile")


def receipt_difference(recorded: Path, rebuilt: Path) -> Difference:
    """Return how two receipts differ: in what was stated, or only in the content of what was read and made."""
    before, after = (statement(path) for path in (recorded, rebuilt))
    if lines := changed(before, after):
        return Difference(Kind.OTHER, lines[0].partition(" ")[0], lines[0])
    return Difference(Kind.DIGEST, "reads", "the same statement, of inputs or files that differ")


def statement(path: Path) -> dict[str, Any]:
    """Return what a receipt states beside digests of what was read and made: told, code, environment, which inputs."""
    try:
        stated = dict(json.loads(path.read_text(encoding="utf-8")))
        reads = {name: dict.fromkeys(paths, "") for name, paths in stated["reads"].items()}
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}
    return {**{key: stated[key] for key in stated if key not in ("seal", "files")}, "reads": reads}


def told_the_same(home: str, recorded: Recorded, study: Path) -> bool:
    """Tell whether nothing at hand shows that recorded and rebuilt artefact were told different things."""
    if home not in recorded.artefacts:
        return False
    receipt, record = recorded.bytes_of(home, RECEIPT), study / home / RUN_RECORD
    if receipt and statement(receipt) != statement(study / home / place(str(study / home))):
        return False
    kept = recorded.bytes_of(home, RUN_RECORD) if record.is_file() else None
    if kept is None:
        return True
    before, after = (json.loads(path.read_text(encoding="utf-8")) for path in (kept, record))
    return all(before.get(key) == after.get(key) for key in SETTINGS)


def is_close(found: Judged) -> bool:
    """Tell whether all that differs is floats within the thresholds, and digests that follow from them.

    Where no file differs, the receipt may name other inputs: the same bytes, made from something else.
    """
    kinds = {difference.kind for name, difference in found.differences.items() if name != RECEIPT}
    receipt = found.differences.get(RECEIPT)
    stated = receipt is None or receipt.kind is Kind.DIGEST or (bool(kinds) and receipt.kind is Kind.BYTES)
    return found.as_stated and stated and kinds <= {Kind.CLOSE, Kind.DIGEST} and kinds != {Kind.DIGEST}


def most_telling(found: Judged) -> tuple[str, Difference]:
    """Return the file, and how it differs, that says most of where an artefact differs."""
    names = list(found.differences)
    suffixes = [Path(name).suffix for name in names]
    order = {suffix: index for index, suffix in enumerate(TELLING)}
    ranked = sorted(
        zip(names, suffixes, strict=True),
        key=lambda each: (each[0] == RECEIPT, order.get(each[1], len(TELLING)), each[0]),
    )
    return ranked[0][0], found.differences[ranked[0][0]]


def described(found: Judged) -> str:
    """Return how an artefact differs, in words: the file that says most, and the largest distances."""
    name, difference = most_telling(found)
    files = sum(other != RECEIPT for other in found.differences)
    lines = [f"{name}: {difference.said}" if files else f"same files; receipt: {difference.said}"]
    numbers = [each for each in found.differences.values() if each.ulp is not None and each.relative is not None]
    if numbers:
        ulp, relative = (max(getattr(each, key) for each in numbers) for key in ("ulp", "relative"))
        lines.append(f"at most {ulp:.0f} ULP apart, {relative:.1e} relative")
    return "; ".join([*lines, *([f"{files} files differ"] if files > 1 else [])])


def other_class(home: str, recorded: Recorded) -> str:
    """Return the fields in which the class of machine that made an artefact differs from this one's, or nothing."""
    made = recorded.artefacts.get(home, {}).get("observed", {}).get("machine")
    here = machine_class("cuda" if "gpu" in (made or {}) else "cpu")
    fields = [] if made is None else [name for name in sorted({*made, *here}) if made.get(name) != here.get(name)]
    return ", ".join(f"{name}: made on {(made or {}).get(name)}, here {here.get(name)}" for name in fields)


def conclusions_stand(manifest: Mapping[str, Any], study: Path) -> bool:
    """Tell whether a rebuilt study comes to every finding and verdict that was recorded, and there are some."""
    table = study / "results" / "tables" / "contrasts.csv"
    stated = [{name: row.get(name) for name in CONCLUDED} for row in manifest["conclusions"].get("contrasts", [])]
    if not stated or not table.is_file():
        return False
    with table.open(encoding="utf-8", newline="") as file:
        return [{name: row.get(name) for name in CONCLUDED} for row in csv.DictReader(file)] == stated
