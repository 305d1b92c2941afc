"""Enters a room: closes to this process all but the room, the installed environment and the system, then is a command.

It runs from the sources of who verifies, before anything of the room does: `entrance` gives the command line.
"""

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.io.gpus import DEVICES, PLACES
from pipeline.io.namespaces import SHARED_MEMORY, separate
from pipeline.io.places import (
    MACHINE,
    PROGRAMS,
    beside,
    closed_places,
    devices,
    git_program,
    libraries,
    python,
    settings,
)
from pipeline.io.sandbox import CHANGE, READ, RUN, WRITE, Access, restrict

SOURCE_ROOT = Path(__file__).resolve().parents[2]
CODE = "import sys; sys.path.insert(0, sys.argv[1]); from pipeline.verifying.entering import enter; enter(sys.argv[2:])"
TELLS = "told"  # instead of a command: print what closes the room


def entrance(folder: Path) -> tuple[str, ...]:
    """Return what a command is put behind so that it runs in a room; no variable of the room changes how it begins."""
    return (sys.executable, "-I", "-c", CODE, str(SOURCE_ROOT), str(folder), str(Path.cwd()))


def enter(arguments: Sequence[str]) -> None:
    """Close all that is no part of a room, and become a command, or say what closes it."""
    folder, study, *command = arguments
    fact = close_all_but(Path(folder), Path(study))
    if command == [TELLS]:
        print(fact)
    else:
        os.execvp(command[0], command)


def close_all_but(folder: Path, study: Path) -> str:
    """Close to this process, for good, all but a room, the environment and the system; say what enforces it.

    `study` is the folder of who verifies: what lies in it, or in its repository, is closed but for the environment.
    Raises OSError where this kernel can enforce it and does not.
    """
    with contextlib.chdir(study):  # by which DVC's caches and remotes are found
        closed = closed_places(SOURCE_ROOT.parent)
    shared = {} if separate(network=True, used=[folder, *closed]) else {SHARED_MEMORY: READ | WRITE}
    opened: dict[Path, Access] = {
        **dict.fromkeys([*beside([*map(Path, PROGRAMS), *python(), *git_program()], closed), *libraries()], RUN),
        **dict.fromkeys([*settings(network=False), *map(Path, MACHINE)], READ),
        **(dict.fromkeys(map(Path, MACHINE[:1]), CHANGE) if any(Path("/dev").glob(DEVICES)) else {}),  # as CUDA needs
        **dict.fromkeys(beside([*devices(), PLACES], closed), READ | WRITE),
        **shared,
        folder: RUN | WRITE,
    }
    return restrict(opened, network=False)
