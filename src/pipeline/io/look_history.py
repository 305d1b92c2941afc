"""What Git, this clone's own state, the manifest and certificates know of looks at held-out, beside what lies here."""

import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.io.history import git_says
from pipeline.io.layout import root
from pipeline.io.looks import LEDGER, LOOKS, SEEN, looks, read_set
from pipeline.io.manifest import readable_manifest

CERTIFICATES = Path("certificates")


@dataclass(frozen=True)
class Absent:
    """Looks that are known of and do not lie here: {file: who names it}, those removed and those of other branches."""

    removed: dict[str, str]
    elsewhere: dict[str, str]


def present() -> set[str]:
    """Return the files of looks and of opened plans that lie here."""
    return {path.as_posix() for path in LOOKS.rglob("*.json")}


def absent() -> Absent:
    """Return the looks that are known of and do not lie here.

    One is removed if this branch's history, the manifest or a certificate names it, or if this clone wrote it and no
    branch has it. One that only another branch has is elsewhere: held-out was seen, but not by what is here.
    """
    here, branch, anywhere = present(), named_by("HEAD"), named_by("--all")
    witnesses = {
        **dict.fromkeys(ledger() - anywhere, "this clone's own state"),
        **certified(),
        **dict.fromkeys((readable_manifest() or {}).get("looks", []), "manifest.json"),
        **dict.fromkeys(branch, "Git's history"),
    }
    removed = {name: who for name, who in sorted(witnesses.items()) if name not in here}
    others = sorted(name for name in (anywhere | ledger()) - here - removed.keys() if not name.startswith(f"{SEEN}/"))
    return Absent(removed, dict.fromkeys(others, "another branch"))


def named_by(which: str) -> set[str]:
    """Return the files of looks that commits added: those of HEAD, or with --all of every branch and tag."""
    lines = git_says("log", which, "--relative", "--format=", "--name-only", "--diff-filter=A", "--", str(LOOKS))
    return {line for line in lines if line.endswith(".json")}


def of_other_studies() -> int:
    """Return how many looks at rows that were held out here the other studies of this repository have on record."""
    here = {look["data"]["held_out"] for look in looks().values()}
    folders = [folder for folder in (root() / LOOKS, *root().glob(f"studies/*/{LOOKS}")) if folder.is_dir()]
    others = [folder for folder in folders if folder.resolve() != LOOKS.resolve()]
    found = [look for folder in others for look in read_set(folder).values()]
    return sum(look["data"]["held_out"] in here for look in found)


def ledger() -> set[str]:
    """Return the files of looks that this clone wrote."""
    return {(LOOKS / path.relative_to(LEDGER)).as_posix() for path in LEDGER.rglob("*.json")}


def certified() -> dict[str, str]:
    """Return {file: certificate} of the looks that certificates here name; one that cannot be read names none."""
    found = {}
    for path in sorted(CERTIFICATES.glob("*.json")):
        try:
            named = json.loads(path.read_bytes())["predicate"].get("looks", [])
        except (ValueError, LookupError, TypeError, AttributeError):
            continue
        found.update({str(name): path.as_posix() for name in named if str(name).startswith(f"{LOOKS}/")})
    return found


def uncommitted_looks() -> list[str]:
    """Return the looks here that the checked-out commit does not have: written, and not committed yet."""
    lines = git_says("status", "--porcelain", "--untracked-files=all", "--", str(LOOKS))
    return [line[3:] for line in lines if line.endswith(".json") and line[:2] in ("??", "A ")]


def restoring(name: str) -> str:
    """Return the command that brings a removed look back."""
    commits = git_says("log", "--all", "--format=%h", "--diff-filter=A", "--", name)
    if commits:
        return f"git checkout {commits[0]} -- {name}"
    return f"cp {(LEDGER / Path(name).relative_to(LOOKS)).as_posix()} {name}"
