"""What was recorded at a commit: its manifest, and the recorded bytes where they are at hand."""

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.base.canonical import file_digest, text_digest
from pipeline.base.errors import RecordError
from pipeline.io.dvc import Cache
from pipeline.io.manifest import MANIFEST, Manifest, changed_sources, git, read_manifest
from pipeline.io.receipts import RECEIPT, WITHDRAWN

SHOWN = 4


@dataclass
class Recorded:
    """A manifest, the commit that holds it, and where recorded bytes may lie: this folder and DVC's cache."""

    commit: str
    manifest: Manifest
    sha256: str

    @property
    def artefacts(self) -> dict[str, dict[str, Any]]:
        """What the manifest says of each artefact."""
        return dict(self.manifest["artefacts"])

    def digests(self, home: str) -> dict[str, str]:
        """Return {file: sha256} of an artefact, its receipt among them."""
        about = self.artefacts[home]
        return {RECEIPT: about["receipt"], **about["files"]}

    def bytes_of(self, home: str, name: str) -> Path | None:
        """Return a file with the recorded content of an artefact's file, or None where none is at hand."""
        digest = self.digests(home).get(name)
        here = [Path(home) / name, *([Path(home) / WITHDRAWN] if name == RECEIPT else [])]
        for path in here:
            if path.is_file() and file_digest(path) == digest:
                return path
        kept = self.kept(home, name)
        return kept if kept and kept.is_file() and file_digest(kept) == digest else None

    @functools.cached_property
    def cache(self) -> Cache | None:
        """DVC's cache of this repository."""
        return Cache.if_any()

    def kept(self, home: str, name: str) -> Path | None:
        """Return where DVC's cache keeps an artefact's file, if the manifest names its object."""
        md5 = self.artefacts[home].get("objects", {}).get(name)
        return self.cache.object(md5) if md5 and self.cache else None

    def choice_texts(self) -> dict[str, dict[str, str]]:
        """Return {choices/<method>: {file: text}} as recorded; raise RecordError where a text is not what was recorded.

        They are hyper-parameters that a sample takes as given, so each must have the digest that the manifest states.
        """
        for home, texts in self.manifest["choices"].items():
            if {name: text_digest(text) for name, text in texts.items()} != self.digests(home):
                raise RecordError(f"{MANIFEST}: choices: {home} is not what its digests say; verify without a sample")
        return dict(self.manifest["choices"])


def recorded_at(revision: str) -> Recorded:
    """Return what a commit says was recorded.

    Raises RecordError where it has no manifest, or one of other sources than the commit's own.
    """
    commit = git("rev-parse", "--verify", f"{revision}^{{commit}}").strip()
    if not git("ls-tree", commit, "--", str(MANIFEST)).strip():
        raise RecordError(f"{MANIFEST}: is not in commit {commit[:12]}; record a result first (`pipeline record`)")
    text = git("show", f"{commit}:./{MANIFEST}")
    manifest = read_manifest(text)
    if changed := changed_sources(manifest, commit):
        last = git("log", "-1", "--format=%h", commit, "--", str(MANIFEST)).strip()
        raise RecordError(
            f"{MANIFEST}: was recorded for other sources than commit {commit[:12]} has "
            f"({', '.join(changed[:SHOWN])}); verify the commit that recorded it (--commit {last}), or record anew"
        )
    return Recorded(commit, manifest, hashlib.sha256(text.encode()).hexdigest())
