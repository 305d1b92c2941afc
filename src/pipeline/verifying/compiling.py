"""Bytecode for a room: what its steps import is compiled once, from the installed sources, where jobs may read it."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pipeline.verifying.room import Room, stop

FOLDERS = ("stages", "science", "io")
IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception:
        pass
"""


Found = TypeVar("Found")


def while_compiling(room: Room, work: Callable[[], Found], enough: Callable[[Found], bool]) -> Found:
    """Return what some work gives, while a process in the room imports what the steps import.

    It is waited for, unless the work has found that there is no need. Confined jobs can read the room's bytecode and
    write none, so what is not compiled here they compile each for themselves.
    """
    command = [*room.wrapper, sys.executable, "-c", IMPORT_ALL, *sorted(set(imported(room.source_root / "src")))]
    process = subprocess.Popen(
        command,
        cwd=room.study,
        env=room.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        found = work()
        if not enough(found):
            process.wait()
        return found
    finally:
        stop(process)


def imported(root: Path) -> Iterator[str]:
    """Yield the modules of other packages that a source tree's steps import anywhere, function bodies included."""
    for path in (path for folder in FOLDERS for path in sorted((root / "pipeline" / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            own = {*sys.stdlib_module_names, "pipeline", "__future__"}
            yield from (name for name in names if name.partition(".")[0] not in own)
