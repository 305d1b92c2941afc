"""What a report is made of. Every text is plain: each template escapes it for its own language."""

from dataclasses import dataclass
from typing import ClassVar, Literal

Tone = Literal["", "good", "bad", "open", "quiet"]


@dataclass(frozen=True)
class Cell:
    """One entry of a table; the tone only repeats what text and symbol already say, `href` leads to what shows it."""

    text: str
    symbol: str = ""
    tone: str = ""
    href: str = ""


@dataclass(frozen=True)
class Column:
    """One column: its heading, and whether it holds numbers."""

    title: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a caption saying what its numbers are; the first column names the row."""

    kind: ClassVar[str] = "table"
    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A figure drawn elsewhere under the same name; `description` is for those who cannot see it."""

    kind: ClassVar[str] = "picture"
    name: str
    title: str
    description: str
    caption: str


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; the lead is set larger."""

    kind: ClassVar[str] = "paragraph"
    text: str
    lead: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list."""

    kind: ClassVar[str] = "bullets"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """Names with their values, such as settings and digests."""

    kind: ClassVar[str] = "facts"
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Listing:
    """Commands to type, each with what it does."""

    kind: ClassVar[str] = "listing"
    commands: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Outcome:
    """The verdict on one claim, with the reading it rests on."""

    subject: str
    reading: str
    verdict: str
    symbol: str
    tone: str


@dataclass(frozen=True)
class Outcomes:
    """The verdicts of one family under its heading."""

    kind: ClassVar[str] = "outcomes"
    heading: str
    entries: tuple[Outcome, ...]


Block = Table | Picture | Paragraph | Bullets | Facts | Listing | Outcomes


@dataclass(frozen=True)
class Section:
    """A headed part of the report."""

    title: str
    anchor: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """The whole report; `exploratory` puts a banner on every page, as do `invalid` (the reason) and a caution."""

    title: str
    status: str
    exploratory: bool
    sections: tuple[Section, ...]
    invalid: str = ""
    caution: str = ""

    def pictures(self) -> list[Picture]:
        """Return the figures the report shows, in order."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Picture)]

    def has_table(self, name: str) -> bool:
        """Tell whether the report has a table of a name."""
        return any(isinstance(block, Table) and block.name == name for part in self.sections for block in part.blocks)

    def table(self, name: str) -> Table:
        """Return a table by name; raise StopIteration where the report has none."""
        blocks = (block for section in self.sections for block in section.blocks)
        return next(block for block in blocks if isinstance(block, Table) and block.name == name)
