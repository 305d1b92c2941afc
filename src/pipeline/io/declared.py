"""Which of the files that a body read are declared, and by what."""

import configparser
import functools
import importlib.metadata
import os
import re
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from pipeline.io.namespaces import SHARED_MEMORY
from pipeline.io.places import MACHINE, PROGRAMS, devices, python, settings

COMPILED = re.compile(r"__pycache__/([^/]+)\.cpython-\d+[^/]*\.pyc$")
KINDS = ("input", "own", "code", "environment", "system")
SCRIPTS = {"console_scripts", "gui_scripts"}


def resolved(paths: Iterable[Path | str]) -> frozenset[str]:
    """Return paths as the kernel names them, links followed."""
    return frozenset(os.path.realpath(path) for path in paths)


def within(path: str, places: Iterable[str]) -> bool:
    """Tell whether a path is one of these, or lies in one."""
    return any(path == place or path.startswith(f"{place}/") for place in places)


class Installed:
    """Which locked distribution each installed file is of."""

    def __init__(self, pinned: Mapping[str, str]) -> None:
        """`pinned` is {distribution: version} of the lock; what is installed in another version is of none."""
        self.owners: dict[str, str] = {}
        for distribution in importlib.metadata.distributions():
            name = canonicalize_name(distribution.metadata["Name"])
            if pinned.get(name) == distribution.version:
                root = os.path.realpath(str(distribution.locate_file("")))
                self.owners.update((os.path.normpath(f"{root}/{file}"), name) for file in distribution.files or [])
        self.prefixes = resolved([*python(), *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))])

    def owner(self, path: str) -> str | None:
        """Return the distribution that a file is of, "python" for what belongs to Python itself, None for another."""
        source = COMPILED.sub(r"\1.py", path)
        if source in self.owners:
            return self.owners[source]
        if "site-packages" in path or "dist-packages" in path:
            return "scripts" if registers_scripts_only(path) else None
        return "python" if within(path, self.prefixes) else None


@functools.cache
def registers_scripts_only(path: str) -> bool:
    """Tell whether a file is the list of a distribution's entry points, and none of them can be loaded by another.

    Libraries that look for their plug-ins read the lists of all distributions, such as pip's, which no lock names.
    """
    if not path.endswith(".dist-info/entry_points.txt"):
        return False
    listed = configparser.ConfigParser(delimiters=("=",), strict=False, interpolation=None)
    listed.read(path, encoding="utf-8")
    return set(listed.sections()) <= SCRIPTS


@dataclass(frozen=True)
class Declared:
    """What the body of one artefact may read, as resolved paths; `closed` holds what never belongs to the system."""

    inputs: frozenset[str]
    own: frozenset[str]
    code: frozenset[str]
    closed: frozenset[str]
    installed: Installed

    def kind(self, path: str) -> str | None:
        """Return what declares a file (one of KINDS), or None where nothing does."""
        if within(path, self.inputs):
            return "input"
        if within(path, self.own):
            return "own"
        if path in self.code:
            return "code"
        if self.installed.owner(path):
            return "environment"
        if within(path, self.closed | self.installed.prefixes):
            return None
        return "system" if within(path, system()) else None

    def may_list(self, folder: str) -> bool:
        """Tell whether a folder may be listed: one of the study or another closed place only on the way to a file."""
        if self.kind(folder) or not within(folder, self.closed):
            return True
        return folder in self.closed or any(within(path, [folder]) for path in self.inputs | self.own | self.code)


@functools.cache
def system() -> frozenset[str]:
    """Return the places of the system that every job may read."""
    return resolved([*PROGRAMS, *MACHINE, *devices(), SHARED_MEMORY, *settings(network=False)])
