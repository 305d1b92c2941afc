"""What steps import is compiled in the room while other work is done, and waited for only where it is of use."""

import os
import signal
import time
from pathlib import Path

import pytest

from pipeline.base.errors import DataError
from pipeline.verifying.compiling import imported, while_compiling
from pipeline.verifying.room import Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Return a room whose step imports a module of another package, which notes that it was imported."""
    folder = tmp_path / "clone" / "src"
    (folder / "pipeline" / "stages").mkdir(parents=True)
    (folder / "pipeline" / "stages" / "only.py").write_text("import os\n\ndef run():\n    from beside.it import all\n")
    (folder / "beside").mkdir()
    (folder / "beside" / "__init__.py").write_text("")
    (folder / "beside" / "it.py").write_text("open('imported', 'w').close()\n")
    environment = {"PYTHONPATH": str(folder), "PYTHONPYCACHEPREFIX": str(tmp_path / "bytecode")}
    return Room(tmp_path, tmp_path, environment, (), "closed")


def test_what_a_body_imports_of_other_packages_is_found(room: Room) -> None:
    assert list(imported(room.source_root / "src")) == ["beside.it"]


def test_it_is_compiled_in_the_room_by_the_time_the_work_is_done(room: Room) -> None:
    assert while_compiling(room, lambda: "found", lambda found: False) == "found"
    assert (room.study / "imported").exists()
    assert [path.name.partition(".")[0] for path in (room.folder / "bytecode").rglob("it*.pyc")] == ["it"]


@pytest.mark.parametrize("fails", [False, True])
def test_it_is_ended_where_the_work_shows_that_there_is_no_need_or_fails(room: Room, fails: bool) -> None:
    endless = "import os, time\nopen('process', 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    (room.source_root / "src" / "beside" / "it.py").write_text(endless)

    def work() -> int:
        while not (room.study / "process").exists() or not (room.study / "process").read_text():
            time.sleep(0.01)
        if fails:
            raise DataError("no luck")
        return int((room.study / "process").read_text())

    if fails:
        with pytest.raises(DataError):
            while_compiling(room, work, bool)
    else:
        while_compiling(room, work, bool)
    with pytest.raises(ProcessLookupError):
        os.kill(int((room.study / "process").read_text()), signal.SIGKILL)
