"""Folders that trackers may write into: never the study's own, and none with files of others in it."""

import os
from pathlib import Path

from pipeline.base.errors import TrackerError
from pipeline.io.files import write_text
from pipeline.io.layout import sources
from pipeline.workflow import ARTEFACT_ROOTS

KEY = ".key"  # a file beside what DVCLive wrote of a run: the key that it was written for
MARK = ".tracker"  # a file in a folder that is a tracker's whole: what lies there may be overwritten and removed


def refuse_results(folder: Path) -> None:
    """Raise TrackerError where a folder is, or lies in, one of results or sources: nothing may be added to those."""
    here = folder.resolve()
    for own in (*ARTEFACT_ROOTS, *sources()):
        if here.is_relative_to(Path(own).resolve()):
            raise TrackerError(f"{folder}: lies in {own}, which is the study's own; name another --folder")


def make_writable(folder: Path) -> None:
    """Make a folder where there is none; raise TrackerError where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrackerError(f"{folder}: cannot be made ({error.strerror}); name another --folder") from None
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise TrackerError(f"{folder}: cannot be written; name another --folder, or allow it")


def take(folder: Path) -> None:
    """Mark a folder as a tracker's whole.

    Raises TrackerError where that is the study's own, has something of it below, or holds what no tracker wrote.
    """
    refuse_results(folder)
    here = folder.resolve()
    for own in (*ARTEFACT_ROOTS, *sources()):
        if here in Path(own).resolve().parents:
            raise TrackerError(f"{folder}: has {own} below it, which is the study's own; name another --folder")
    make_writable(folder)
    if any(folder.iterdir()) and not is_taken(folder):
        raise TrackerError(f"{folder}: holds files that no tracker wrote; name an empty or a new --folder")
    write_text(folder / MARK, "Written by `pipeline track`, which overwrites and removes what is here.\n")


def is_taken(folder: Path) -> bool:
    """Tell whether a folder is a tracker's: marked as such, or with runs that were written before there were marks."""
    return (folder / MARK).is_file() or any(folder.glob(f"*/*/{KEY}"))
