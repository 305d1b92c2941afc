"""The manifest of a recorded study: what was recorded, of which sources, as text in Git.

It travels with the repository, so that a clone without any data knows what every artefact hashes to. A study counts
as recorded only where the manifest agrees with dvc.lock.
"""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.base.canonical import canonical_json, file_digest
from pipeline.base.errors import RecordError
from pipeline.io.dvc import file_md5
from pipeline.io.layout import sources
from pipeline.io.receipts import RECEIPT

MANIFEST = Path("manifest.json")
FORMAT = 1
KEYS = ("artefacts", "choices", "commit", "conclusions", "machines", "outs", "plan", "sources")
TOLD = {"receipt", "files", "objects"}  # of each artefact
OF_ANOTHER_USER = re.compile(r"dubious ownership in repository at '(.+)'")
Manifest = dict[str, Any]


def git(*arguments: str, at: Path | None = None) -> str:
    """Run Git, here or at a folder, and return what it prints; raise RecordError with its last line where it fails."""
    try:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True, cwd=at).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        whole = (getattr(error, "stderr", None) or str(error)).strip()
        if owned := OF_ANOTHER_USER.search(whole):
            remedy = f"if you trust it, say `git config --global --add safe.directory {owned[1]}`"
            raise RecordError(f"git {arguments[0]}: {owned[1]} belongs to another user; {remedy}") from None
        said = whole.splitlines()
        raise RecordError(f"git {arguments[0]}: {said[-1].removeprefix('fatal: ')}") from None


def sources_of(revision: str) -> dict[str, str]:
    """Return {path: Git's name for its content} of all that results follow from, at a commit."""
    lines = git("ls-tree", revision, "--", *sources()).splitlines()
    return {path: about.split()[2] for about, _, path in (line.partition("\t") for line in lines)}


def uncommitted() -> list[str]:
    """Return the sources that differ from the checked-out commit, or that Git does not know."""
    lines = git("status", "--porcelain", "--untracked-files=all", "--", *sources()).splitlines()
    return [line[3:] for line in lines]


def read_manifest(text: str) -> Manifest:
    """Return a manifest; raise RecordError where it is none, or of another format."""
    remedy = f"restore it with `git checkout {MANIFEST}`, or record anew with `pipeline record`"
    try:
        manifest = json.loads(text)
        found, missing = manifest["format"], [key for key in KEYS if key not in manifest]
        missing += [
            f"artefacts.{home}.{key}"
            for home, told in manifest["artefacts"].items()
            for key in sorted(TOLD - told.keys())
        ]
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise RecordError(f"{MANIFEST}: is no manifest ({type(error).__name__}: {error}); {remedy}") from None
    if found != FORMAT:
        raise RecordError(f"{MANIFEST}: format: is {found}, this version reads {FORMAT}; {remedy}")
    if missing:
        raise RecordError(f"{MANIFEST}: {missing[0]}: is missing; {remedy}")
    return dict(manifest)


def manifest_here() -> Manifest | None:
    """Return this folder's manifest, or None where nothing was recorded."""
    return read_manifest(MANIFEST.read_text(encoding="utf-8")) if MANIFEST.is_file() else None


def readable_manifest() -> Manifest | None:
    """Return this folder's manifest, or None where there is none that can be read."""
    try:
        return manifest_here()
    except RecordError:
        return None


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """Return the text of a manifest."""
    return canonical_json({"format": FORMAT, **manifest})


def described(files: Mapping[str, Mapping[str, str]], observed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a manifest says of artefacts: sha256 of the receipt and of each file, and what was observed.

    `objects` are DVC's names for the same bytes (md5): where a cache or a remote that lost a list still has them.
    """
    return {
        home: {
            "receipt": file_digest(Path(home) / RECEIPT),
            "files": dict(own),
            "objects": {name: file_md5(Path(home) / name) for name in (RECEIPT, *own)},
            **({"observed": observed[home]} if home in observed else {}),
        }
        for home, own in files.items()
    }


def phases_that_differ(manifest: Manifest, outs: Mapping[str, str]) -> list[str]:
    """Return the outs of which a manifest and a dvc.lock do not say the same."""
    stated = manifest["outs"]
    return sorted(out for out in {*stated, *outs} if stated.get(out) != outs.get(out))


def record_state(outs: Mapping[str, str]) -> tuple[bool, str]:
    """Return whether what dvc.lock names is recorded for the sources here, and a line saying so or why not."""
    manifest = manifest_here()
    if manifest is None:
        return False, f"not recorded: there is no {MANIFEST} (`pipeline record`)"
    commit = manifest["commit"][:12]
    if differing := phases_that_differ(manifest, outs):
        return False, f"not recorded: dvc.lock and {MANIFEST} differ in {', '.join(differing)} (`pipeline record`)"
    if changed := uncommitted() or changed_sources(manifest):
        return False, f"recorded at {commit}, for other sources: {', '.join(changed[:4])}"
    return True, f"recorded at {commit}"


def changed_sources(manifest: Manifest, revision: str = "HEAD") -> list[str]:
    """Return the sources that are not, at a commit, what a manifest was recorded for."""
    now = sources_of(revision)
    return sorted(path for path in {*now, *manifest["sources"]} if now.get(path) != manifest["sources"].get(path))
