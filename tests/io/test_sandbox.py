"""What the kernel closes to a process, tried in processes of their own: what is given up is given up for good."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.io.sandbox import ENFORCED, newest

ROOT = Path(__file__).resolve().parents[2]
PRELUDE = """
import mmap, os, socket, subprocess, sys, threading
from pathlib import Path
from pipeline.io.places import MACHINE, PROGRAMS, python
from pipeline.io.sandbox import READ, RUN, WRITE, Access, restrict

def close(limit=7, network=False, **opened):
    allowed = {path: RUN for path in (*map(Path, PROGRAMS), *python())} | {Path("/dev/null"): READ | WRITE}
    allowed |= {Path(name): access for name, access in opened.items()}
    return restrict(allowed, network, limit)
"""
READERS = {
    "open": "open('closed.txt').read()",
    "mmap": "mmap.mmap(os.open('closed.txt', os.O_RDONLY), 0, prot=mmap.PROT_READ)",
    "link": "os.link('closed.txt', 'open/linked.txt')",
    "symlink": "os.symlink('../closed.txt', 'open/link.txt'); open('open/link.txt').read()",
    "child": "subprocess.run(['cat', 'closed.txt'], check=True)",
    "rename": "os.rename('closed.txt', 'open/moved.txt')",
    "process": "open('/proc/self/root' + os.path.abspath('closed.txt')).read()",
    "list": "os.listdir('shut')",
    "write": "open('new.txt', 'w')",
}

pytestmark = pytest.mark.needs("landlock")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with a file that is to be closed and a folder that is to be open."""
    (tmp_path / "closed.txt").write_text("secret")
    (tmp_path / "shut").mkdir()
    (tmp_path / "open").mkdir()
    return tmp_path


def run(code: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + code],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("reader", READERS)
def test_what_is_not_named_is_closed_however_it_is_opened(reader: str, place: Path) -> None:
    named = "open=READ | WRITE, **{'/proc': READ}"
    assert run(f"close({named}, **{{'.': READ | WRITE}})\n{READERS[reader]}", place).returncode == 0
    (place / "closed.txt").write_text("secret")
    for path in (place / "open").iterdir():
        path.unlink()
    done = run(f"close({named})\n{READERS[reader]}", place)
    assert done.returncode
    assert "ermission denied" in done.stderr or "cross-device" in done.stderr


@pytest.mark.parametrize("limit", range(1, max(newest(), 1) + 1))
def test_every_version_of_the_kernel_s_sandbox_closes_files(limit: int, place: Path) -> None:
    done = run(f"print(close({limit}, open=READ))\nopen('closed.txt')", place)
    assert done.stdout.strip() == f"{ENFORCED} {limit}"
    assert "PermissionError" in done.stderr


@pytest.mark.needs("landlock-tcp")
@pytest.mark.parametrize("network", [False, True])
def test_tcp_is_closed_unless_it_is_asked_for(network: bool, place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = run(f"close(network={network})\nsocket.create_connection(('127.0.0.1', {port}))", place)
    assert (done.returncode == 0) == network


@pytest.mark.needs("landlock-signals")
def test_a_confined_process_cannot_signal_others(place: Path) -> None:
    assert "PermissionError" in run(f"close()\nos.kill({os.getpid()}, 0)", place).stderr


def test_a_process_that_runs_threads_does_not_go_on_as_if_it_were_confined(place: Path) -> None:
    wait = "event = threading.Event(); threading.Thread(target=event.wait, daemon=True).start()\n"
    done = run(f"{wait}close(**{{'/proc': READ}})", place)
    assert done.stderr.splitlines()[-1] == "OSError: [Errno 16] 2 threads were running"


def test_a_confined_process_and_its_children_can_gain_no_privileges(place: Path) -> None:
    status = "[line for line in open('/proc/self/status') if line.startswith('NoNewPrivs')]"
    assert run(f"close(**{{'/proc': READ}})\nprint({status})", place).stdout == "['NoNewPrivs:\\t1\\n']\n"


def test_what_the_kernel_could_enforce_and_does_not_is_an_error(place: Path) -> None:
    most = "for _ in range(17): print(close(**{'/proc': READ}))\n"  # it nests sixteen times
    done = run(most, place)
    assert done.stdout.splitlines() == [f"{ENFORCED} {newest()}"] * 16
    assert done.stderr.splitlines()[-1] == "OSError: [Errno 7] Argument list too long"
