"""The running environment against the lock, file by file: each locked distribution, its version, all its files."""

import base64
import csv
import hashlib
import importlib.metadata
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.base.errors import PipelineError
from pipeline.io.code import Sources
from pipeline.io.environment import DISTRIBUTIONS, LOCK, Environment, installed_version

SHOWN = 3  # files of a distribution that are named
AT_START = (".pth", ".py", ".so")  # what Python runs or may find first, in the folder of all distributions


@dataclass
class Checked:
    """What was looked at, every difference from the lock, and those in what the study's steps can import."""

    said: str
    differences: list[str] = field(default_factory=list)
    blocking: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Kept:
    """A file of a distribution, with the sha256 that its RECORD states, in its base64 spelling."""

    distribution: str
    path: str
    digest: str


def check_installed(root: Path, say: Callable[[str], None]) -> Checked:
    """Compare what is installed with the lock of a source tree: versions, and each file with its recorded sha256.

    Compiled bytecode has no recorded digest and is not looked at: a room compiles its own.
    """
    environment = Environment(root / LOCK)
    needed = importable(root, environment)
    wrong = {
        name: [f"{name} is {installed_version(name) or 'not installed'}, locked {version}"]
        for name, version in environment.pinned.items()
        if installed_version(name) != version
    }
    if needed & wrong.keys():
        return checked(environment, wrong, needed, "files not looked at")
    files = [kept for name in environment.pinned if name not in wrong for kept in recorded_files(name)]
    size = sum(os.path.getsize(kept.path) for kept in files if os.path.isfile(kept.path))  # noqa: PTH202, PTH113
    say(f"environment: checking {len(files)} files of {len(environment.pinned)} distributions, {size / 1e9:.1f} GB")
    for kept in damaged(files):
        wrong.setdefault(kept.distribution, []).append(kept.path)
    return checked(environment, wrong, needed, f"{len(files)} files by sha256")


def checked(environment: Environment, wrong: Mapping[str, list[str]], needed: frozenset[str], looked: str) -> Checked:
    """Return what was found: of distributions that are not as locked, those that a step can import stop a rebuild."""
    stated = {name: fault(name, lines) for name, lines in sorted(wrong.items())}
    strange = [f"{path} is of no distribution" for path in strangers()]
    count = len(environment.pinned) - len(wrong)
    said = f"{count} of {len(environment.pinned)} locked distributions as locked, {looked}"
    blocking = [line for name, line in stated.items() if name in needed] + strange
    return Checked(said, [*stated.values(), *strange], blocking)


def fault(name: str, lines: list[str]) -> str:
    """Return what ails a distribution: its version, or files that are not what its RECORD says."""
    if " locked " in lines[0]:
        return lines[0]
    files = sorted(os.path.basename(path) for path in lines)  # noqa: PTH119
    more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
    return f"{name}: {', '.join(files[:SHOWN])}{more} missing or not as installed"


def importable(root: Path, environment: Environment) -> frozenset[str]:
    """Return every locked distribution that some step of a source tree can import, by what its code reaches."""
    sources = Sources(root / "src")
    package = root / "src" / "pipeline"
    modules = [
        ".".join(path.relative_to(root / "src").with_suffix("").parts)
        for folder in ("stages", "science")
        for path in sorted((package / folder).rglob("*.py"))
        if path.name != "__init__.py"
    ]
    names: set[str] = set()
    for imported in sources.closure(*modules).packages:
        distribution = DISTRIBUTIONS.get(imported, imported.replace("_", "-").lower())
        if distribution in environment.pinned:
            names |= environment.needs(distribution)
    return frozenset(names)


def recorded_files(name: str) -> Iterator[Kept]:
    """Yield the files of an installed distribution whose digest its RECORD states."""
    distribution = importlib.metadata.distribution(name)
    record = distribution.read_text("RECORD")
    if record is None:
        raise PipelineError(f"{name}: was installed without a RECORD, so its files cannot be checked; run `make setup`")
    base = str(distribution.locate_file(""))
    for path, digest, _ in csv.reader(record.splitlines()):
        if digest.startswith("sha256=") and not path.endswith(".pyc"):
            yield Kept(name, os.path.normpath(os.path.join(base, path)), digest.removeprefix("sha256="))  # noqa: PTH118


def damaged(files: list[Kept]) -> list[Kept]:
    """Return the files that are missing or not what their RECORD says; read on as many threads as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [kept for kept, good in zip(files, pool.map(is_as_recorded, files), strict=True) if not good]


def is_as_recorded(kept: Kept) -> bool:
    """Tell whether a file has the digest that its RECORD states."""
    try:
        with open(kept.path, "rb") as file:  # noqa: PTH123 (tens of thousands of them)
            digest = hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return False
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == kept.digest


def strangers() -> list[str]:
    """Return the files beside all distributions that Python runs or may import, and that none of them brought."""
    folder = Path(str(importlib.metadata.distribution("numpy").locate_file("")))
    present = {path.name for path in folder.iterdir() if path.suffix in AT_START and path.is_file()}
    for distribution in importlib.metadata.distributions(path=[str(folder)]):
        rows = csv.reader((distribution.read_text("RECORD") or "").splitlines())
        present -= {row[0] for row in rows if row}
    return sorted(present)
