"""Canonical text: one value, one spelling, one digest."""

import hashlib
import json
import os
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import Any

READ_WHOLE = 2**20  # bytes


def canonical_json(value: Any) -> str:
    """Return sorted, indented JSON ending in a newline; NaN is refused (ValueError)."""
    return json.dumps(value, sort_keys=True, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def compact_json(value: Any) -> str:
    """Return sorted JSON without white space, for hashing and for one-line metadata."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def text_digest(text: str) -> str:
    """Return the sha256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def value_digest(value: Mapping[str, Any] | list[Any]) -> str:
    """Return the sha256 of a value's canonical spelling."""
    return text_digest(compact_json(value))


def file_digest(path: Path | str) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal; a small file is read in one go."""
    with FileIO(path) as file:
        if os.fstat(file.fileno()).st_size < READ_WHOLE:
            return hashlib.sha256(file.readall()).hexdigest()
        return hashlib.file_digest(file, "sha256").hexdigest()
