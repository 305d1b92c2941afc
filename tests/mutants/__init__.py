"""Planted faults, one a guard: each with the test that must turn red where the guard is gone.

A table a layer, in this folder. `tests/test_mutants.py` plants each fault in a copy of the checkout and runs the test
that claims it. A fault is stated by text that stands once in a file of `src/pipeline`, and what stands there instead.
"""

import importlib
import pkgutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = Path("src") / "pipeline"


@dataclass(frozen=True)
class Mutant:
    """A fault: a file below src/pipeline or the Snakefile, its text and the faulty one, and the test that finds it."""

    file: str
    right: str
    wrong: str
    test: str

    @property
    def path(self) -> Path:
        """The file, from the checkout's root."""
        return Path(self.file) if self.file == "Snakefile" else SOURCES / self.file

    def planted(self, text: str) -> str:
        """Return a file's text with the fault in it; raise ValueError where its place is not found once."""
        if (times := text.count(self.right)) != 1:
            raise ValueError(f"{self.path}: stands {times} times, not once: {self.right!r}; mend the table")
        return text.replace(self.right, self.wrong)

    def __str__(self) -> str:
        """Return a name for reports: the file, and the test."""
        return f"{self.file}, {self.test.rpartition('::')[2]}"


def tables() -> dict[str, list[Mutant]]:
    """Return the faults of each layer."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    return {name: importlib.import_module(f"{__name__}.{name}").MUTANTS for name in names}


def mutants() -> list[Mutant]:
    """Return all faults."""
    return [mutant for table in tables().values() for mutant in table]
