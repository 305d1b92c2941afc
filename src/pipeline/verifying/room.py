"""An empty room: a commit in a clone of its own, without results, caches or network, and what is run in it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.base.errors import RecordError
from pipeline.io.manifest import git
from pipeline.verifying.entering import TELLS, entrance

KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
WAYS_TO_CLOSE = (  # as root; else in a user namespace of one's own
    ("unshare", "--net"),
    ("unshare", "--user", "--map-current-user", "--net"),
    ("unshare", "--user", "--map-root-user", "--net"),
)
GRACE_SECONDS = 10.0
TAIL = 60
Say = Callable[[str], None]


@dataclass
class Room:
    """A study in a folder of its own; `network` says whether what runs in it can reach any, `closed` what closes it."""

    folder: Path
    study: Path
    environment: dict[str, str]
    wrapper: tuple[str, ...]
    network: str
    closed: str = ""

    @property
    def source_root(self) -> Path:
        """The top of the clone: its lock and its sources."""
        return self.folder / "clone"

    def run(self, command: list[str], hear: Say) -> tuple[int, list[str]]:
        """Run a command in the room, tell each line it prints; return its exit code and the last lines."""
        tail: list[str] = []
        process = subprocess.Popen(
            [*self.wrapper, *command],
            cwd=self.study,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        try:
            for line in process.stdout or ():
                tail = [*tail[1 - TAIL :], line.rstrip()]
                hear(line.rstrip())
            return process.wait(), tail
        finally:
            stop(process)

    def snakemake(self, goals: list[str], config: list[str], cores: int, hear: Say) -> tuple[int, list[str]]:
        """Run the room's own Snakemake; `config` holds name=value pairs."""
        command = [sys.executable, "-m", "snakemake", "--cores", str(cores), *goals]
        return self.run([*command, *(["--config", *config] if config else [])], hear)


def stop(process: "subprocess.Popen[str]") -> None:
    """End a command and all that it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)


@contextlib.contextmanager
def empty_room(commit: str, keep: bool, say: Say) -> Iterator[Room]:
    """Yield a room with a commit of this repository in it; it is removed at the end, unless it is to be kept.

    Raises RecordError where Git cannot make the clone.
    """
    folder = Path(tempfile.mkdtemp(prefix="verify-"))
    try:
        with ended_by_signals():
            yield furnished(folder, commit)
    finally:
        if keep:
            say(f"room kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let a request to end, or a closed terminal, end this process as Ctrl-C does: cleaned up."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def furnished(folder: Path, commit: str) -> Room:
    """Return a room in an empty folder: clone, home, temporary files and bytecode of its own, the network closed."""
    clone, home = folder / "clone", folder / "home"
    top, prefix = (git("rev-parse", f"--show-{what}").strip() for what in ("toplevel", "prefix"))
    git("clone", "--quiet", "--no-hardlinks", "--no-checkout", "--", top, str(clone))
    git("-C", str(clone), "-c", "advice.detachedHead=false", "checkout", "--quiet", "--detach", commit)
    git("-C", str(clone), "remote", "remove", "origin")  # which leads to where results lie
    study = clone / prefix
    if not study.is_dir():
        raise RecordError(f"{prefix}: is not in commit {commit[:12]}; name one that has it (--commit)")
    (folder / "tmp").mkdir()
    home.mkdir()
    close_caches(clone, folder / "cache")
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    environment = {
        **kept,
        "HOME": str(home),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": str(clone / "src"),
        "PYTHONNOUSERSITE": "1",
        "PYTHONSAFEPATH": "1",
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),  # what is installed is compiled anew, from checked sources
        "DVC_GLOBAL_CONFIG_DIR": str(home),
        "DVC_SYSTEM_CONFIG_DIR": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', os.defpath)}",
    }
    wrapper, network = closed_network()
    return Room(folder, study, environment, (*wrapper, *entrance(folder)), network, what_closes(folder))


def what_closes(folder: Path) -> str:
    """Return what keeps that which runs in a room to it; raise RecordError where it should be enforced and is not."""
    done = subprocess.run([*entrance(folder), TELLS], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise RecordError(f"the room could not be closed, though this kernel can ({said}); nothing of it was run")
    return done.stdout.strip()


def close_caches(clone: Path, cache: Path) -> None:
    """Give the clone an empty cache of DVC, whatever the commit's own configuration names."""
    local = clone / ".dvc" / "config.local"
    if local.parent.is_dir():
        local.write_text(f"[cache]\n    dir = {cache}\n", encoding="utf-8")


def closed_network() -> tuple[tuple[str, ...], str]:
    """Return what a command is put behind so that it reaches no network, and "closed"; or nothing, and why not."""
    reason = "no network namespaces on this system"
    for way in WAYS_TO_CLOSE if shutil.which("unshare") else ():
        seen = subprocess.run([*way, "--", "cat", "/proc/net/dev"], capture_output=True, text=True, check=False)
        devices = [line.split(":")[0].strip() for line in seen.stdout.splitlines() if ":" in line]
        if seen.returncode == 0 and set(devices) <= {"lo"}:
            return (*way, "--"), "closed"
        reason = (seen.stderr.strip().splitlines() or ["it still has a device"])[-1]
    return (), f"not enforced: {reason}"
