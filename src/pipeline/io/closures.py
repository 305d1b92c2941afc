"""Closures kept from one run to the next, under the digest of every source file they were read from."""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from pipeline.base.canonical import value_digest
from pipeline.io.code import Closure, Sources
from pipeline.io.files import write_json
from pipeline.io.folders import code_files

Known = Mapping[tuple[str, ...], Closure]


def tree_digest(root: Path) -> str:
    """Return a sha256 over the path and bytes of every file below a folder, and the version of Python."""
    state = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for path in (Path(entry.path) for entry in code_files(str(root))):
        content = path.read_bytes()
        state.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return state.hexdigest()


def known_closures(path: Path, digest: str) -> Known:
    """Return the closures kept for sources of this digest; none where the file is of others, or damaged."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["sources"] != digest or kept["sha256"] != value_digest(kept["closures"]):
            return {}
        return {
            tuple(closure["roots"]): Closure(closure["definitions"], set(closure["modules"]), set(closure["packages"]))
            for closure in kept["closures"]
        }
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def keep_closures(path: Path, digest: str, sources: Sources) -> None:
    """Keep what was read of sources of this digest."""
    closures = [
        {
            "roots": list(roots),
            "definitions": closure.definitions,
            "modules": sorted(closure.modules),
            "packages": sorted(closure.packages),
        }
        for roots, closure in sorted(sources.closures.items())
    ]
    write_json(path, {"sources": digest, "sha256": value_digest(closures), "closures": closures})
