"""Waiting for what a test needs, not for a time."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

import psutil

Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], awaited: str, seconds: float = 180.0, every: float = 0.01) -> Found:
    """Return what a condition gives as soon as that is true; raise AssertionError naming what was awaited in vain."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain: {awaited}")
        time.sleep(every)
    return found


def is_at_work(process: int) -> bool:
    """Tell whether a process is there, and is not one that has ended and was not yet asked for its status."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def of_group(process: int) -> int | None:
    """Return the group of a process, None where it has gone."""
    try:
        return os.getpgid(process)
    except ProcessLookupError:
        return None


def wait_for_group(group: int) -> None:
    """Wait until no process of a group is at work."""

    def is_gone() -> bool:
        return not any(is_at_work(process.pid) and of_group(process.pid) == group for process in psutil.process_iter())

    wait_until(is_gone, f"the end of all processes of group {group}", every=0.02)
