"""What strace tells of a command and its children is read rightly, also where calls interrupt each other."""

import os
import sys
from pathlib import Path

import pytest

from pipeline.base.errors import PipelineError
from pipeline.io.strace import Event, events, missing_tracer, traced


def seen(code: str, folder: Path) -> set[Event]:
    """Return what a Python process that runs some code does."""
    return set(traced([sys.executable, "-c", code], folder / "account", dict(os.environ)))


@pytest.mark.needs("strace")
def test_reads_of_a_process_and_its_children_are_told_links_followed_and_names_odd(tmp_path: Path) -> None:
    names = ["plain.txt", "a space.txt", 'quote".txt', "größe.txt", "line\nbreak.txt", "angle>.txt"]
    for name in names:
        (tmp_path / name).write_text("x")
    (tmp_path / "link.txt").symlink_to("plain.txt")
    code = f"""
import os, subprocess
os.chdir({str(tmp_path)!r})
for name in {names[1:]!r}: open(name).read()
subprocess.run(["cat", "link.txt"], check=True)
open("written.txt", "w").write("x")
for name in ("nothing.txt",):
    try: open(name)
    except OSError: pass
"""
    found = seen(code, tmp_path)
    paths = {event.path for event in found if event.kind == "read"}
    assert {str(tmp_path / name) for name in names} <= paths
    assert str(tmp_path / "written.txt") not in paths
    assert Event("missing", "nothing.txt") in found
    assert any(event.kind == "program" and event.path.endswith("/cat") for event in found)


@pytest.mark.needs("strace")
def test_a_connection_is_told_and_one_between_processes_here_is_not(tmp_path: Path) -> None:
    code = """
import socket
for family, address in ((socket.AF_INET, ("127.0.0.1", 9)), (socket.AF_UNIX, "/not/there")):
    try: socket.socket(family).connect(address)
    except OSError: pass
"""
    assert [event.path for event in seen(code, tmp_path) if event.kind == "network"] == ["127.0.0.1 port 9"]


@pytest.mark.needs("strace")
def test_a_traced_process_that_fails_says_why_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="the traced process failed: ValueError: no"):
        seen("raise ValueError('no')", tmp_path)


def test_a_call_that_another_process_interrupts_is_put_together_again() -> None:
    lines = [
        '7 openat(AT_FDCWD</study>, "a.txt", O_RDONLY|O_CLOEXEC <unfinished ...>',
        '8 openat(AT_FDCWD</study>, "b.txt", O_WRONLY|O_CREAT|O_CLOEXEC, 0666) = 4</study/b.txt>',
        '8 openat(AT_FDCWD</study>, "c.txt", O_RDWR|O_CLOEXEC) = 4</study/c.txt>(deleted)',
        "7 <... openat resumed>) = 3</study/a.txt>",
        "7 +++ exited with 0 +++",
    ]
    assert list(events(iter(lines))) == [Event("read", "/study/c.txt"), Event("read", "/study/a.txt")]


def test_a_connection_by_either_protocol_of_the_internet_is_told() -> None:
    lines = [
        '7 connect(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 ECONNREFUSED '
        "(Connection refused)",
        '7 connect(3, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "::1", '
        "&sin6_addr), sin6_scope_id=0}, 28) = 0",
        '7 connect(3, {sa_family=AF_UNIX, sun_path="/run/nscd/socket"}, 110) = -1 ENOENT (No such file or directory)',
    ]
    assert [event.path for event in events(iter(lines))] == ["127.0.0.1 port 9", "::1 port 443"]


def test_a_machine_without_the_tracer_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_tracer() == "strace is not installed"
    (tmp_path / "strace").write_text("#!/bin/sh\necho 'strace: ptrace: Operation not permitted' >&2\nexit 1\n")
    (tmp_path / "strace").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert missing_tracer() == "strace: ptrace: Operation not permitted"
