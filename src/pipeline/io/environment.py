"""The locked environment: which distributions a step can import, and whether they are the installed ones."""

import functools
import importlib.metadata
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pipeline.base.errors import EnvironmentLockError

LOCK = "requirements.lock"
PINNED = re.compile(r"^([A-Za-z0-9_.\-]+)(?:\[[^\]]*\])?==([^\s;\\]+)[ \t]*(?:;([^\\\n]*))?", re.MULTILINE)
STATED = re.compile(r"^Requires-Dist:(.*)$", re.MULTILINE | re.IGNORECASE)
FOLDED = re.compile(r"^Requires-Dist:.*\n[ \t]", re.MULTILINE | re.IGNORECASE)
EXTRA = re.compile(r""";\s*extra\s*==\s*["']([A-Za-z0-9._-]+)["']\s*$""")  # a marker that asks for an extra alone
DISTRIBUTIONS = {  # packages whose distribution has another name
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
    "dateutil": "python-dateutil",
    "PIL": "pillow",
}


class Environment:
    """What the lock pins for this Python, and what is installed."""

    def __init__(self, lock: Path) -> None:
        """Read the lock; raise EnvironmentLockError where it is missing."""
        if not lock.is_file():
            raise EnvironmentLockError(f"{lock}: is missing; restore it with `git checkout {lock}`")
        self.lock = lock
        self.pinned = pins(lock.read_text(encoding="utf-8"))
        self.installed: dict[str, str | None] = {}  # each distribution looked at once

    def identity(self, packages: Iterable[str]) -> dict[str, str]:
        """Return {distribution: locked version} of all that some imported packages can import, and python's."""
        names: set[str] = set()
        for package in packages:
            names |= self.needs(DISTRIBUTIONS.get(package, canonicalize_name(package)))
        versions = {name: self.pinned[name] for name in sorted(names)}
        return {"python": f"{sys.version_info.major}.{sys.version_info.minor}", **versions}

    def needs(self, distribution: str) -> frozenset[str]:
        """Return a distribution and all it requires; raise EnvironmentLockError for one that is not locked."""
        if distribution not in self.pinned:
            raise EnvironmentLockError(
                f"{self.lock}: {distribution} is imported but not locked; add it to pyproject.toml and run `make lock`"
            )
        return frozenset(name for name in requirements(distribution) if name in self.pinned)

    def differences(self, identity: Mapping[str, str]) -> list[str]:
        """Return a line for each distribution of an identity that is not installed as locked."""
        found = []
        for name, version in identity.items():
            if name not in self.installed:
                self.installed[name] = version if name == "python" else installed_version(name)
            if self.installed[name] != version:
                found.append(f"{name} is {self.installed[name] or 'not installed'}, locked {version}")
        return found


@functools.lru_cache(maxsize=4)
def pins(text: str) -> Mapping[str, str]:
    """Return {distribution: version} that a lock pins for the running Python and platform."""
    found: dict[str, str] = {}
    for name, version, marker in PINNED.findall(text):
        if not marker.strip() or Marker(marker.strip()).evaluate():
            found[canonicalize_name(name)] = version
    return found


def installed_version(name: str) -> str | None:
    """Return a distribution's installed version, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


@functools.cache
def requirements(distribution: str) -> frozenset[str]:
    """Return a distribution and all that it requires here, by the metadata of what is installed."""
    found: set[str] = set()
    waiting: list[tuple[str, frozenset[str]]] = [(distribution, frozenset())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found.add(name)
        waiting.extend(required(name, extras))
    return frozenset(found)


@functools.cache
def required(name: str, extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    """Return what a distribution with some extras requires directly: (name, extras)."""
    found: list[tuple[str, frozenset[str]]] = []
    for line in stated_requirements(name):
        extra = EXTRA.search(line)
        if extra and canonicalize_name(extra[1]) not in set(map(canonicalize_name, extras)):
            continue
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            found.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return found


def stated_requirements(name: str) -> list[str]:
    """Return what an installed distribution states that it requires, a line each; nothing where it is not installed.

    As importlib.metadata.requires does, but without parsing the descriptions that make up most of the metadata.
    """
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return []
    header = (distribution.read_text("METADATA") or "").partition("\n\n")[0]
    if not header or FOLDED.search(header):
        return distribution.requires or []
    return [line.strip() for line in STATED.findall(header)]
