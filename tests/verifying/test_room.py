"""An empty room: a commit and nothing beside it, cut off from results, caches and networks, gone at the end."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.certificates.rebuilds import commit, git, record
from tests.needs import MEMORY
from tests.waiting import is_at_work, wait_until

from pipeline.base.errors import RecordError
from pipeline.io.sandbox import ENFORCED
from pipeline.verifying.room import Room, closed_network, empty_room

OWN = ["wrote"]  # shared memory, where it has one of its own: what it leaves there is gone with it


@pytest.fixture
def head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Go into a recorded repository with a cache of DVC, results and settings of its user; return its commit."""
    (tmp_path / "rooms").mkdir()
    (tmp_path / "study" / ".dvc").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "study")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "rooms"))
    monkeypatch.setenv("PIPELINE_RUN", "of-a-run-outside")
    Path(".dvc/config").write_text("[cache]\n    dir = /of/the/commit\n")
    record()
    head = commit("Certify")
    Path("params.yaml").write_text("seed: 2\n")
    commit("Change the study")
    Path("results").mkdir()
    return head


@pytest.fixture
def room(head: str) -> Iterator[Room]:
    with empty_room(head, keep=False, say=lambda line: None) as room:
        yield room


def test_a_room_holds_the_sources_of_the_commit_and_no_results(room: Room) -> None:
    assert (room.study / "params.yaml").read_text() == "seed: 1\n"
    assert not (room.study / "results").exists()


def test_a_room_has_no_way_back_to_where_results_lie(room: Room) -> None:
    assert subprocess.run(["git", "remote"], cwd=room.study, capture_output=True, check=True).stdout == b""
    assert f"dir = {room.folder / 'cache'}\n" in (room.study / ".dvc/config.local").read_text()
    assert not (room.folder / "cache").exists()
    outside = {path.stat().st_ino for path in Path(".git/objects").rglob("*") if path.is_file()}
    assert not outside & {path.stat().st_ino for path in (room.study / ".git/objects").rglob("*")}


def test_what_runs_in_a_room_has_a_home_bytecode_and_code_of_its_own(room: Room) -> None:
    told = room.environment
    for name in ("HOME", "TMPDIR", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "DVC_GLOBAL_CONFIG_DIR"):
        assert Path(told[name]).is_relative_to(room.folder)
    assert "PIPELINE_RUN" not in told
    assert (told["PYTHONNOUSERSITE"], told["PYTHONSAFEPATH"]) == ("1", "1")


def test_a_room_is_gone_at_the_end_whatever_ended_it_unless_it_is_kept(head: str, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), empty_room(head, keep=False, say=lambda line: None):
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before
    with pytest.raises(RecordError), empty_room("0" * 40, keep=False, say=lambda line: None):
        raise AssertionError
    assert not list((tmp_path / "rooms").iterdir())
    said: list[str] = []
    with empty_room(head, keep=True, say=said.append) as room:
        pass
    assert said == [f"room kept: {room.folder}"]
    assert room.study.is_dir()


def test_a_study_that_the_commit_has_not_is_refused(head: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("studies/second").mkdir(parents=True)
    Path("studies/second/params.yaml").write_text("seed: 1\n")
    monkeypatch.chdir("studies/second")
    said = "studies/second/: is not in commit "
    with pytest.raises(RecordError, match=said), empty_room(head, keep=False, say=lambda line: None):
        raise AssertionError


def test_a_command_is_heard_line_by_line_and_what_it_leaves_running_is_ended(room: Room) -> None:
    heard: list[str] = []
    code, tail = room.run(["sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!; echo last; exit 3"], heard.append)
    assert (code, tail) == (3, heard)
    assert heard[1] == "last"
    wait_until(lambda: not is_at_work(int(heard[0])), "the end of what it left", 10)


@pytest.mark.parametrize(
    ("devices", "network"),
    [
        ("    lo: 0 0", "closed"),
        ("    lo: 0 0\n  eth0: 5 5", "not enforced: it still has a device"),
        (None, "not enforced: may not"),
    ],
)
def test_a_network_counts_as_closed_only_where_no_device_but_the_loop_is_left(
    devices: str | None, network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "unshare"  # of a system that closes as much as this one says
    program.write_text(f"#!/bin/sh\necho '{devices}'\n" if devices else "#!/bin/sh\necho may not >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    wrapper, said = closed_network()
    assert said == network
    assert bool(wrapper) is (network == "closed")


def test_the_repository_is_left_as_it_is(head: str) -> None:
    before = git("status", "--porcelain"), git("worktree", "list"), git("rev-parse", "HEAD")
    with empty_room(head, keep=False, say=lambda line: None):
        pass
    assert (git("status", "--porcelain"), git("worktree", "list"), git("rev-parse", "HEAD")) == before


@pytest.mark.needs("landlock")
def test_what_runs_in_a_room_reaches_nothing_outside_of_it_but_the_environment_and_the_system(
    room: Room, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    left = (tmp_path / "left", MEMORY / f"left-by-a-room-{uuid4()}")
    outside = [tmp_path / "secret", Path.home() / ".profile", Path("params.yaml").absolute()]
    tries = [f"cat {path} >/dev/null && echo read" for path in outside if path.exists()]
    tries += [f"echo x 2>/dev/null >> {path} && echo wrote" for path in left]
    code, tail = room.run(["sh", "-c", f"{'; '.join(tries)}; cd {room.folder} && echo x > own && echo done"], print)
    done = [line for line in tail if "cannot" not in line and "denied" not in line]
    assert (code, [line for line in done if line not in OWN]) == (0, ["done"])
    assert not [path for path in left if path.exists()]
    assert room.closed.startswith(ENFORCED)


@pytest.mark.needs("landlock")
def test_no_variable_and_no_file_of_a_room_changes_how_it_is_entered(room: Room) -> None:
    planted = room.source_root / "src" / "pipeline" / "verifying" / "entering.py"
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text("raise SystemExit('planted')\n")
    (room.source_root / "src" / "sitecustomize.py").write_text("raise SystemExit('planted')\n")
    assert room.run(["echo", "entered"], print) == (0, ["entered"])


def test_a_room_that_could_be_closed_and_is_not_is_refused(head: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.verifying.entering.CODE", "import sys; sys.exit('2 threads were running')")
    said = "the room could not be closed, though this kernel can (2 threads were running); nothing of it was run"
    with pytest.raises(RecordError, match=re.escape(said)), empty_room(head, keep=False, say=lambda line: None):
        raise AssertionError
