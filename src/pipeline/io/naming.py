"""Free text without what names a machine, a user or a place on a disk."""

import contextlib
import getpass
import platform
import re
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMON = {"", "root", "localhost"}  # names that tell nothing
ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+|[\w.+-]+@[\w.-]+\w", re.IGNORECASE)
REST = r"[^\s'\"(),;]*"  # of a path, up to what ends it in a sentence
ABSOLUTE = re.compile(rf"(?<![\w.\-])/+[^\s'\"(),;/]{REST}")


@dataclass(frozen=True)
class Nameless:
    """Replaces names and places in text, but for spellings that are known to be ours."""

    places: tuple[str, ...]
    names: tuple[str, ...]
    known: frozenset[str]

    @classmethod
    def here(cls, known: Iterable[str]) -> "Nameless":
        """Return what replaces the names of this machine and user; `known` are left as they are."""
        places = {str(Path.cwd()), sys.prefix, sys.base_prefix, tempfile.gettempdir()}
        names = {platform.node(), platform.node().partition(".")[0]}
        with contextlib.suppress(OSError, KeyError, RuntimeError):  # a user whom the system does not know by name
            places.add(str(Path.home()))
            names |= {Path.home().name, getpass.getuser()}
        ordered = sorted(places - {"/"}, key=lambda place: (-len(place), place))
        return cls(tuple(ordered), tuple(sorted(names - COMMON)), frozenset(known))

    def value(self, value: Any) -> Any:
        """Return a JSON value with every string in it replaced."""
        if isinstance(value, str):
            return value if value in self.known else self.text(value)
        if isinstance(value, dict):
            keys = {key: key if key.isidentifier() else self.value(key) for key in value}
            return {keys[key]: self.value(inner) for key, inner in value.items()}
        return [self.value(inner) for inner in value] if isinstance(value, list | tuple) else value

    def text(self, text: str) -> str:
        """Return a text without absolute paths, addresses, and names of this machine and user."""
        text = ADDRESS.sub("(address)", text)
        for place in self.places:
            text = re.sub(rf"(?<![\w.\-]){re.escape(place)}{REST}", "(path)", text)
        text = ABSOLUTE.sub("(path)", text)
        for name in self.names:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "(name)", text, flags=re.IGNORECASE)
        return text
