"""Namespaces: a process gets shared memory, message queues and a network of its own, where the kernel lets it.

Without privileges this takes a user namespace (https://man7.org/linux/man-pages/man7/user_namespaces.7.html), in which
the process is who it was. It must come before Landlock, under which nothing is mounted, and in a process of one thread.
"""

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
MOUNTS, IPC, USERS, NETWORK = 0x00020000, 0x08000000, 0x10000000, 0x40000000  # of unshare(2)
RECURSIVE, PRIVATE, NO_SUID, NO_DEVICES = 0x4000, 0x40000, 0x2, 0x4  # of mount(2)


def separate(network: bool, used: Iterable[Path] = ()) -> str:
    """Give this process shared memory of its own, and unless `network` no network; return why not, "" where it has.

    Shared memory in which something lies that it goes on to use is left as it is.
    """
    if sys.platform != "linux":
        return f"{sys.platform} has no namespaces"
    if any(path.is_relative_to(SHARED_MEMORY) for path in used):
        return f"{SHARED_MEMORY} holds the study"
    kinds = MOUNTS | IPC | (0 if network else NETWORK)
    try:
        leave(kinds)
        mount("none", Path("/"), "none", RECURSIVE | PRIVATE)
        mount("tmpfs", SHARED_MEMORY, "tmpfs", NO_SUID | NO_DEVICES)
    except OSError as error:
        return str(error.strerror)
    return ""


def leave(kinds: int) -> None:
    """Leave namespaces for new ones, through a user namespace where that takes privileges; raise OSError if neither."""
    try:
        unshare(kinds)
    except PermissionError:
        user, group = os.getuid(), os.getgid()
        unshare(USERS | kinds)
        with contextlib.suppress(FileNotFoundError):  # before Linux 3.19
            Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")


def unshare(kinds: int) -> None:
    """Call unshare(2); raise OSError where it fails."""
    checked(ctypes.CDLL(None, use_errno=True).unshare(ctypes.c_int(kinds)))


def mount(source: str, place: Path, kind: str, flags: int) -> None:
    """Call mount(2); raise OSError where it fails."""
    words = (os.fsencode(word) for word in (source, str(place), kind))
    checked(ctypes.CDLL(None, use_errno=True).mount(*words, ctypes.c_ulong(flags), None))


def checked(done: int) -> None:
    """Raise OSError where a call of the C library failed."""
    if done < 0:
        raise OSError(code := ctypes.get_errno(), os.strerror(code))
