"""What a command and all its children opened, by the kernel's own account: strace with a seccomp filter."""

import codecs
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.base.errors import PipelineError

TRACER = "strace"
CALLS = "trace=?open,openat,?openat2,?creat,execve,?execveat,connect"
OPTIONS = ("-f", "--seccomp-bpf", "-y", "-qq", "-s", "4096", "-e", "signal=none", "-e", CALLS)
PARTED = re.compile(r"^(\d+) +(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)(?:<(.*?)>(?:\(deleted\))?)?(?: .*)?$")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
NOT_READ = re.compile(r"\bO_(?:WRONLY|PATH)\b")
NETWORK = re.compile(r"sa_family=AF_INET6?, .*?port=htons\((\d+)\).*?\"([^\"]+)\"")


@dataclass(frozen=True)
class Event:
    """What a process did: `read` a path, ran a `program`, tried the `network`, or a path that is `missing`."""

    kind: str
    path: str


def missing_tracer() -> str | None:
    """Return why nothing can be traced here, or None where it can."""
    if shutil.which(TRACER) is None:
        return f"{TRACER} is not installed"
    done = subprocess.run([TRACER, *OPTIONS, "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    return (done.stderr.strip().splitlines() or [f"{TRACER} fails"])[-1] if done.returncode else None


def traced(command: Sequence[str], account: Path, environment: Mapping[str, str]) -> Iterator[Event]:
    """Run a command, the account of it in a file, and yield what it did; raise PipelineError where it fails."""
    done = subprocess.run(
        [TRACER, *OPTIONS, "-o", str(account), *command], capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise PipelineError(f"the traced process failed: {said.removeprefix('pipeline: ')}")
    with account.open(encoding="utf-8", errors="surrogateescape") as lines:
        yield from events(lines)


def events(lines: Iterator[str]) -> Iterator[Event]:
    """Yield what the lines of an account tell, calls that were interrupted put together again."""
    begun: dict[str, str] = {}
    for line in map(str.rstrip, lines):
        if parted := PARTED.match(line):
            begun[parted[1]] = f"{parted[1]} {parted[2]}"
            continue
        resumed = RESUMED.match(line)
        call = CALL.match(begun.pop(resumed[1], resumed[1]) + resumed[2] if resumed else line)
        if call and (event := told(call[1], call[2], int(call[3]), call[4])):
            yield event


def told(name: str, arguments: str, result: int, opened: str | None) -> Event | None:
    """Return what one call tells: nothing of one that only writes, or that found nothing, but for a mark."""
    if name == "connect":
        address = NETWORK.search(arguments)
        return Event("network", f"{address[2]} port {address[1]}") if address else None
    stated = STRING.search(arguments)
    if result < 0 or name.startswith("exec"):
        kind = "missing" if result < 0 else "program"
        return Event(kind, unescaped(stated[1])) if stated else None
    return Event("read", unescaped(opened)) if opened and not NOT_READ.search(arguments) else None


def unescaped(text: str) -> str:
    """Return a path as it is, from strace's spelling."""
    return codecs.escape_decode(text.encode("utf-8", "surrogateescape"))[0].decode("utf-8", "surrogateescape")
