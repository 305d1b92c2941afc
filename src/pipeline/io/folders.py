"""What lies in a folder: one look at each entry, so that a study of many artefacts is walked fast."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

CACHED = f"{os.sep}__pycache__{os.sep}"


def files_below(folder: str) -> dict[str, str]:
    """Return {path relative to a folder: path} of every file and link below it; none where there is no folder."""
    start = len(folder) + 1
    return {entry.path[start:]: entry.path for entry in entries_below(folder) if entry.is_symlink() or entry.is_file()}


def entries_below(folder: str) -> Iterator["os.DirEntry[str]"]:
    """Yield every entry below a folder, links not followed; nothing where there is no folder."""
    waiting = [folder]
    while waiting:
        try:
            listing = os.scandir(waiting.pop())
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue
        with listing:
            for entry in listing:
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def code_files(folder: str) -> list["os.DirEntry[str]"]:
    """Return every file below a folder of sources, by path; compiled bytecode is left out."""
    files = (entry for entry in entries_below(folder) if entry.is_file() and CACHED not in entry.path)
    return sorted(files, key=lambda entry: entry.path)


@functools.cache
def home_of(path: str) -> str:
    """Return the folder of a path, such as the artefact that a receipt is of."""
    return str(Path(path).parent)


def exists(path: str) -> bool:
    """Tell whether a path, or what a link leads to, is there."""
    return os.access(path, os.F_OK)
