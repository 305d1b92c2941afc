"""Landlock: a process gives up, for itself and all its children, every file that it does not name. Mechanism only.

It needs no privileges, holds for root too and cannot be undone (https://docs.kernel.org/userspace-api/landlock.html).
"""

import contextlib
import ctypes
import enum
import errno
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path


class Access(enum.IntFlag):
    """What may be done below a folder, by the kernel's own numbers."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13  # link or rename between folders
    TRUNCATE = 1 << 14


READ = Access.READ_FILE | Access.READ_DIR
RUN = READ | Access.EXECUTE
WRITE = (
    Access.WRITE_FILE | Access.TRUNCATE | Access.READ_DIR | Access.REMOVE_DIR | Access.REMOVE_FILE | Access.REFER
    | Access.MAKE_DIR | Access.MAKE_REG | Access.MAKE_SOCK | Access.MAKE_FIFO | Access.MAKE_SYM
)  # fmt: skip
CHANGE = READ | Access.WRITE_FILE | Access.TRUNCATE  # what is there, and add or remove nothing
OF_FILES = Access.EXECUTE | Access.WRITE_FILE | Access.READ_FILE | Access.TRUNCATE
KNOWN = {1: Access(0x1FFF), 2: Access(0x3FFF), 3: Access(0x7FFF)}  # by the kernel's version of Landlock
NETWORK_SINCE, SCOPES_SINCE = 4, 6
NEWEST = 7  # that this was tried with
TCP = 0b11  # bind, connect
SCOPES = 0b11  # abstract sockets of other processes, signals to them
CREATE, ADD, RESTRICT = 444, 445, 446  # system calls, the same on every architecture that Linux still adds calls to
PATH_BENEATH, VERSION = 1, 1
NO_NEW_PRIVILEGES = 38
ENFORCED = "landlock abi"
WITHOUT = {
    errno.ENOSYS: "this kernel has no Landlock",
    errno.EOPNOTSUPP: "Landlock is switched off in this kernel",
    errno.EPERM: "Landlock is not permitted here",
}


class Ruleset(ctypes.Structure):
    """What is closed unless a rule opens it."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class Rule(ctypes.Structure):
    """What is open below one folder, or of one file."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


def version() -> int:
    """Return the kernel's version of Landlock; raise OSError where it has none."""
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, f"{sys.platform} has no Landlock")
    try:
        return call(CREATE, None, 0, VERSION)
    except OSError as error:
        raise OSError(error.errno, WITHOUT.get(error.errno or 0, error.strerror)) from None


def newest() -> int:
    """Return the kernel's version of Landlock, 0 where it has none."""
    try:
        return version()
    except OSError:
        return 0


def restrict(allowed: Mapping[Path, Access], network: bool, limit: int = NEWEST) -> str:
    """Close every file to this process and its children but those below the allowed paths; say what enforces it.

    TCP is closed too unless `network`. `limit` is the highest version of Landlock that is made use of. Returns
    "landlock abi N", or "not enforced: why" where this kernel has none; then nothing is closed. Raises OSError where it
    has one and something is in the way: nothing goes on as if it were confined.
    """
    try:
        abi = min(version(), limit)
    except OSError as error:
        return f"not enforced: {error.strerror}"
    if (threads := running_threads()) > 1:  # the kernel restricts the calling thread and those it starts
        raise OSError(errno.EBUSY, f"{threads} threads were running")
    ruleset = create(abi, network)
    try:
        for path, access in allowed.items():
            add(ruleset, path, access & known(abi))
        prctl(NO_NEW_PRIVILEGES)
        call(RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)
    return f"{ENFORCED} {abi}"


def create(abi: int, network: bool) -> int:
    """Return the descriptor of a new ruleset that closes all that this version can close."""
    closed = Ruleset(
        files=known(abi),
        network=0 if network or abi < NETWORK_SINCE else TCP,
        scoped=0 if abi < SCOPES_SINCE else SCOPES,
    )
    return call(CREATE, ctypes.byref(closed), ctypes.sizeof(closed), 0)


def known(abi: int) -> Access:
    """Return the kinds of access that a version of Landlock can close."""
    return KNOWN[min(abi, max(KNOWN))]


def add(ruleset: int, path: Path, access: Access) -> None:
    """Open a file, or all below a folder, links followed; nothing where there is no such path."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            kinds = access if stat.S_ISDIR(os.fstat(descriptor).st_mode) else access & OF_FILES
            if kinds:
                rule = Rule(allowed=kinds, descriptor=descriptor)
                call(ADD, ruleset, PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(descriptor)


def running_threads() -> int:
    """Return how many threads this process has; 1 where the kernel does not say."""
    tasks = Path("/proc/self/task")
    return len(os.listdir(tasks)) if tasks.is_dir() else 1  # noqa: PTH208


def call(number: int, *arguments: object) -> int:
    """Make a system call; raise OSError where it fails."""
    library = ctypes.CDLL(None, use_errno=True)
    passed = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    done = int(library.syscall(ctypes.c_long(number), *passed))
    if done < 0:
        raise OSError(code := ctypes.get_errno(), os.strerror(code))
    return done


def prctl(option: int) -> None:
    """Switch on a one-way property of this process; raise OSError where the kernel refuses."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(option, 1, 0, 0, 0):
        raise OSError(code := ctypes.get_errno(), os.strerror(code))
