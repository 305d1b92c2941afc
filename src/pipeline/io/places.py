"""Places on this machine that are open to every job (Python, the system, devices), and those that never are."""

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

PROGRAMS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store")
OF_PYTHON = (
    "bin",
    "etc",
    "include",
    "lib",
    "lib64",
    "pyvenv.cfg",
    "share",
    "ssl",
)  # below its prefix, which may be anything's home
OF_GIT = ("bin", "lib", "libexec")
SETTINGS = (
    "/etc/alternatives", "/etc/crypto-policies", "/etc/fonts", "/etc/gitconfig", "/etc/group", "/etc/ld.so.cache",
    "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload", "/etc/locale.alias", "/etc/localtime",
    "/etc/mime.types", "/etc/nsswitch.conf", "/etc/passwd", "/etc/pki/tls/openssl.cnf", "/etc/ssl/openssl.cnf",
    "/etc/timezone", "/var/cache/fontconfig",
)  # fmt: skip
NETWORK_SETTINGS = (
    "/etc/gai.conf", "/etc/host.conf", "/etc/hosts", "/etc/pki", "/etc/protocols", "/etc/resolv.conf", "/etc/services",
    "/etc/ssl",
)  # fmt: skip
MACHINE = ("/proc", "/sys")  # the kernel's own view of the machine and of its processes
OWN_THREADS = Path("/proc/self/task")  # that a process may name: CUDA does, and does not start where it cannot
DEVICES = ("null", "zero", "full", "random", "urandom", "dri", "kfd")
DVC_CONFIGS = (
    ".dvc/config", ".dvc/config.local", "~/.config/dvc/config", "~/Library/Application Support/dvc/config",
    "/etc/xdg/dvc/config",
)  # fmt: skip
DVC_PLACE = re.compile(r"^\s*(?:dir|url)\s*=\s*(\S.*?)\s*$", re.MULTILINE)


def python() -> Iterator[Path]:
    """Yield where Python and what is installed for it lie, and its bytecode where that is kept apart."""
    if sys.pycache_prefix:
        yield Path(sys.pycache_prefix)
    for prefix in {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}:
        yield from (Path(prefix) / name for name in OF_PYTHON)


def libraries() -> Iterator[Path]:
    """Yield the libraries, and nothing else, in the folders that the system's loader is told of."""
    for folder in filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)):
        yield from Path(folder).glob("lib*.so*")


def git_program() -> Iterator[Path]:
    """Yield what Git consists of where it is not installed with the system."""
    if found := shutil.which("git"):
        yield from (Path(found).resolve().parent.parent / name for name in OF_GIT)


def settings(network: bool) -> Iterator[Path]:
    """Yield the few settings that the C library and programs read, those of the network only where asked for."""
    yield from map(Path, (*SETTINGS, *(NETWORK_SETTINGS if network else ())))


def devices() -> Iterator[Path]:
    """Yield the devices that a numerical program may use, graphics processors among them."""
    yield from (Path("/dev") / name for name in DEVICES)
    yield from Path("/dev").glob("nvidia*")


def beside(folders: Iterable[Path], closed: set[Path]) -> Iterator[Path]:
    """Yield folders; of one that holds a closed one, what lies beside that; nothing of a closed one itself."""
    names, above = set(map(str, closed)), set(map(str, holding(closed)))
    for folder in folders:
        real = str(folder.resolve())
        if real in above:
            yield from map(Path, open_below(real, names, above))
        elif real not in names:
            yield folder


def open_below(folder: str, closed: set[str], above: set[str]) -> Iterator[str]:
    """Yield what is open below a folder; `above` are those that hold a closed one. Links are left out."""
    with os.scandir(folder) as listing:
        for entry in listing:
            if entry.path in above and not entry.is_symlink():
                yield from open_below(entry.path, closed, above)
            elif entry.path not in closed and not entry.is_symlink():
                yield entry.path


def holding(closed: Iterable[Path]) -> set[Path]:
    """Return every folder that holds one of some paths."""
    return {parent for path in closed for parent in path.parents}


def closed_places(root: Path) -> set[Path]:
    """Return the folders that are never opened for belonging to the system: studies, homes, DVC's caches and remotes.

    `root` is the repository's. Relative places in a configuration of DVC are relative to its file.
    """
    found = {Path.cwd(), root, personal("~")}
    for config in (place for name in DVC_CONFIGS for place in {personal(name), root / name}):
        with contextlib.suppress(OSError):  # none there, or in a home that this person cannot enter
            told = DVC_PLACE.findall(config.read_text(encoding="utf-8"))
            found |= {config.parent / value.strip("'\"") for value in told if "://" not in value}
    return {path.resolve() for path in found}


def personal(name: str) -> Path:
    """Return a path in a person's home, as it is spelled where this person has none."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)
