"""One file per model: its settings, how it is built, and what a seed varies in it."""

import importlib
from types import ModuleType


def load(name: str) -> ModuleType:
    """Import a model's file by name."""
    return importlib.import_module(f"{__name__}.{name}")


def reads_tables(module: ModuleType) -> bool:
    """Tell whether a model takes the codes and missing values of a table itself."""
    return bool(getattr(module, "READS_TABLES", False))
