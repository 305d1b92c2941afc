"""Waiting for what a test needs, not for a time."""

import subprocess
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], awaited: str, seconds: float = 180.0, every: float = 0.01) -> Found:
    """Return what a condition gives as soon as that is true; raise AssertionError naming what was awaited in vain."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain: {awaited}")
        time.sleep(every)
    return found


def wait_for_group(group: int) -> None:
    """Wait until no process of a group is at work."""

    def is_gone() -> bool:
        told = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
        return not any(int(own) == group and stat[0] != "Z" for own, stat in map(str.split, told.splitlines()))

    wait_until(is_gone, f"the end of all processes of group {group}", every=0.02)
