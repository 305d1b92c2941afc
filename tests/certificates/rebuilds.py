"""A small recorded study without artefacts, and verifications of it: a certificate rests on the manifest alone."""

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

from tests.needs import require

from pipeline.base.canonical import canonical_json, text_digest
from pipeline.certifying import FOLDER
from pipeline.io.machine import machine_class
from pipeline.io.manifest import MANIFEST, manifest_here, manifest_text, sources_of
from pipeline.io.signatures import NAMESPACE

Fields = dict[str, Any]
HOMES = {
    "data/raw": ("raw.safetensors",),
    "choices/method": ("choice.json", "trials.json"),
    "runs/full/seed-10": ("run.json", "weights.safetensors"),
    "evaluations/full/seed-10": ("evaluation.json",),
    "analysis": ("metrics.json", "tables/contrasts.csv"),
    "results": ("report.html",),
}


def git(*arguments: str) -> str:
    """Run Git here."""
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout


def commit(message: str) -> str:
    """Commit all, and return which commit it is."""
    git("add", "-A")
    git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", message)
    return git("rev-parse", "HEAD").strip()


def record(salt: str = "", **more: Any) -> Fields:
    """Write and commit a manifest of made-up artefacts in this folder, with more or other fields; return it."""
    if not Path(".git").exists():
        git("init", "-q", "-b", "main")
        Path("params.yaml").write_text("seed: 1\n")
        Path(".gitignore").write_text("/observed\n/keys\n")
        commit("Start")
    artefacts = {
        home: {
            "receipt": text_digest(f"{home} receipt{salt}"),
            "files": {name: text_digest(f"{home}/{name}{salt}") for name in names},
            "objects": {},
        }
        for home, names in HOMES.items()
    }
    stated = {"artefacts": artefacts, "commit": git("rev-parse", "HEAD").strip(), "sources": sources_of("HEAD")}
    rest: Fields = {"choices": {}, "conclusions": {}, "machines": {}, "outs": {}, "plan": None}
    MANIFEST.write_text(manifest_text({**stated, **rest, **more}))
    commit("Record")
    manifest = manifest_here()
    assert manifest is not None
    return manifest


def verification(manifest: Fields, **changes: Any) -> Fields:
    """Return what verifying all of a record yields where everything comes out identical."""
    artefacts = {home: identical(about) for home, about in manifest["artefacts"].items()}
    result = {
        "format": 1,
        "commit": manifest["commit"],
        "manifest_sha256": text_digest(manifest_text(manifest)),
        "scope": {
            "kind": "all",
            "targets": [],
            "rule": "everything",
            "seed": None,
            "claims_covered": [4, 4],
            "choices": "rebuilt",
        },
        "verdict": "identical",
        "artefacts": artefacts,
        "first_difference": None,
        "environment": {"checked": "every locked distribution", "differences": []},
        "network": "none",
        "room": "landlock abi 7",
        "machine": machine_class(),
        "cost": {"wall_seconds": 61.5, "cpu_seconds": 118.25},
    }
    return {**copy.deepcopy(result), **changes}


def identical(about: Fields) -> Fields:
    """Return the verdict on an artefact that came out as it was recorded."""
    files = {name: {"recorded": sha256, "rebuilt": sha256} for name, sha256 in about["files"].items()}
    return {
        "verdict": "identical",
        "recorded": about["receipt"],
        "rebuilt": about["receipt"],
        "files": files,
        "detail": "",
    }


def diverged(result: Fields, home: str, name: str) -> Fields:
    """Return a verification in which one file came out otherwise, and which says so."""
    found = copy.deepcopy(result)
    found["artefacts"][home]["files"][name]["rebuilt"] = text_digest("otherwise")
    found["artefacts"][home] |= {"verdict": "diverged", "detail": f"{name} differs"}
    return {**found, "verdict": "diverged", "first_difference": {"artefact": home, "file": name, "step": 100}}


def sampled(result: Fields, homes: list[str]) -> Fields:
    """Return a verification of some artefacts only."""
    scope = {**result["scope"], "kind": "sample", "rule": "two runs by seed", "seed": 5, "claims_covered": [1, 4]}
    return {**result, "scope": scope, "artefacts": {home: result["artefacts"][home] for home in homes}}


def key(name: str, knows: bool = True) -> Path:
    """Make a key pair in keys/, named to the repository where it is to know it; return the private half."""
    path = Path("keys") / name
    path.parent.mkdir(exist_ok=True)
    require("ssh-keygen")
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{name}@secret-host", "-f", str(path)]
    subprocess.run(command, check=True)
    if knows:
        know(path, name)
    return path


def know(path: Path, name: str) -> None:
    """Add a key to certificates/allowed_signers under a name."""
    FOLDER.mkdir(exist_ok=True)
    public = " ".join(path.with_name(f"{path.name}.pub").read_text().split()[:2])
    with (FOLDER / "allowed_signers").open("a") as file:
        file.write(f'{name} namespaces="{NAMESPACE}" {public}\n')


def keep(content: bytes, signature: bytes | None = None) -> Path:
    """Put bytes among the certificates under the name that is proper for them."""
    path = FOLDER / f"{text_digest(content.decode())[:12]}.json"
    FOLDER.mkdir(exist_ok=True)
    path.write_bytes(content)
    if signature is not None:
        path.with_name(f"{path.name}.sig").write_bytes(signature)
    return path


def altered(path: Path, **predicate: Any) -> bytes:
    """Return a certificate's text with other values in its predicate, in the one spelling."""
    stated = json.loads(path.read_bytes())
    stated["predicate"] |= predicate
    return canonical_json(stated).encode()
