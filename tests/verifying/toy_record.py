"""The least that can be verified: a repository whose engine makes one artefact, and the record of that."""

import importlib.metadata
import json
from pathlib import Path
from typing import Any

from tests.certificates.rebuilds import commit, git

from pipeline.base.canonical import text_digest
from pipeline.io.jobs import JOURNAL
from pipeline.io.manifest import MANIFEST, manifest_text, sources_of

HOME = "data/raw"
RECEIPT = json.dumps({"artefact": HOME, "reads": {}})
ENGINE = f"""
import sys
from pathlib import Path

for name, text in (("{HOME}/value.txt", "5"), ("{HOME}/receipt.json", {RECEIPT!r})):
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)
Path("{JOURNAL}").parent.mkdir(parents=True, exist_ok=True)
Path("{JOURNAL}").write_text({json.dumps({"event": "made", "artefact": HOME})!r})
print("{HOME} made in 0 s")
"""  # what runs as `python -m snakemake` in a room: the real one starts in seconds, its bytecode compiled anew


def write_study(params: str = "seed: 1\n", locked: str | None = None) -> None:
    """Commit, in an empty folder, a study whose steps import safetensors, locked as installed or as is said."""
    files = {
        "params.yaml": params,
        "src/snakemake.py": ENGINE,
        "requirements.lock": f"safetensors=={locked or importlib.metadata.version('safetensors')}\n",
        "src/pipeline/stages/only.py": "import safetensors\n",
        ".gitignore": "/observed\n",
    }
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)
    git("init", "-q", "-b", "main")
    commit("Start")


def record_value(value: str = "5") -> dict[str, Any]:
    """Commit the record of an artefact that holds a value; the engine makes five."""
    about = {"receipt": text_digest(RECEIPT), "files": {"value.txt": text_digest(value)}, "objects": {}}
    stated = {"artefacts": {HOME: about}, "commit": git("rev-parse", "HEAD").strip(), "sources": sources_of("HEAD")}
    rest: dict[str, Any] = {"choices": {}, "conclusions": {}, "machines": {}, "outs": {}, "plan": None, "looks": []}
    manifest = {**stated, **rest}
    MANIFEST.write_text(manifest_text(manifest))
    commit("Record")
    return manifest
