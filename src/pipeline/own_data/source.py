"""What a file or folder of one's own was found to be, whatever its kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["table", "images", "arrays"]


@dataclass(frozen=True)
class Column:
    """One column of a table: its type, how many values are missing, how many are distinct, and what is odd in it."""

    name: str
    type: str
    missing: int
    distinct: int
    note: str = ""


@dataclass(frozen=True)
class Source:
    """Data of one's own, looked at and found readable.

    `dataset` is the module that loads it, `file` its name in data/source, `options` what params.yaml states besides.
    `classes` names the labels 0, 1, …; `write` puts the file at a path, of the rows that are kept where some are
    named, in their order.
    """

    kind: Kind
    dataset: str
    file: str
    classes: list[str]
    write: Callable[[Path, list[int] | None], None]
    options: Mapping[str, Any] = field(default_factory=dict)
    columns: list[Column] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
