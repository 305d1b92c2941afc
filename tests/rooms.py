"""`python -m tests.rooms verify …`: the command line, whose rooms believe what is installed and start processes warm.

A room of its own hashes all that is installed, gigabytes, compiles thousands of files of it and starts each process
cold, which is most of what a small study costs. That is done in `test_a_clone_without_any_data_…` and
`test_a_reader_can_…`; the other tests of `verify` are about what it compares.
"""

import os
import sys
from pathlib import Path

from pipeline.cli import main
from pipeline.verifying import verify
from pipeline.verifying.installed import Checked
from pipeline.verifying.room import Room, Say

COLD = ("PYTHONNOUSERSITE", "PYTHONPYCACHEPREFIX", "PYTHONSAFEPATH")


def compared(room: Room, say: Say) -> Checked:
    """Look at nothing that is installed; take from the room what would start a process cold, its closed network too."""
    programs = os.environ["TESTS_PROGRAMS"]
    warm = {name: value for name, value in room.environment.items() if name not in COLD}
    room.environment = {**warm, "PATH": os.pathsep.join([programs, warm["PATH"]])}
    room.wrapper, room.network = (), "open"
    sys.executable = str(Path(programs) / "python")
    return Checked("nothing here")


if __name__ == "__main__":
    verify.compared = compared
    main()
