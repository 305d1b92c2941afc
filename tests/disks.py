"""Disks of their own for tests: small ones that fill up, and folders that cannot be written."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.needs import require


@contextlib.contextmanager
def mounted(place: Path, *options: str) -> Iterator[None]:
    """Mount something on a folder for a while; skip the test where that is not permitted."""
    require("mount")
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *options, str(place)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


@contextlib.contextmanager
def small_disk(place: Path, size: str) -> Iterator[None]:
    """Put a disk of a size on a folder."""
    with mounted(place, "-t", "tmpfs", "-o", f"size={size}", "tmpfs"):
        yield


def enlarge(place: Path, size: str) -> None:
    """Give a small disk another size."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], check=True)


@contextlib.contextmanager
def closed(place: Path) -> Iterator[None]:
    """Make a folder one that nobody can write."""
    with mounted(place, "--bind", str(place)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(place)], check=True)
        yield
