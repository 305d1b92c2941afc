"""Folders built aside and moved into place whole."""

import contextlib
import errno
import shutil
from pathlib import Path

from pipeline.base.errors import PipelineError
from pipeline.io.files import emptied
from pipeline.io.folders import entries_below


def put(building: Path, place: Path) -> None:
    """Move a folder into place whole, also onto another disk, such as one that `runs` is a link to."""
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        building.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = emptied(place.with_name(f".{place.name}.moving"))
        try:
            shutil.copytree(building, beside, dirs_exist_ok=True)
            beside.replace(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(building)


def taken(home: str, building: Path, place: Path) -> Path:
    """Move what a body has built for an artefact out of its reach, to a place, and then look at it; return that place.

    Raises PipelineError where it is anything but a folder of files and folders: a link would let others read elsewhere.
    """
    if place.exists():
        shutil.rmtree(place)  # of a job that was killed
    place.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        building.rename(place)
    if place.is_symlink() or not place.is_dir():
        place.unlink(missing_ok=True)
        raise PipelineError(f"{home}: its step left no folder where it was to build; write into the one that is there")
    refuse_links(home, place)
    return place


def handed_on(home: str, building: Path, place: Path) -> Path:
    """Copy what a body has built, once it is out of its reach, to where another goes on with it; return that place.

    A body that has a file of its own open writes into that one, and not into the copy. Raises PipelineError as `taken`.
    """
    apart = taken(home, building, place.with_name(f"{place.name}.taken"))
    shutil.copytree(apart, place)
    shutil.rmtree(apart)
    return place


def refuse_links(home: str, building: Path) -> None:
    """Raise PipelineError where a folder holds anything but files of one name and folders."""
    for entry in entries_below(building.as_posix()):
        if entry.is_dir(follow_symlinks=False):
            continue
        name = Path(entry.path).relative_to(building)
        if not entry.is_file(follow_symlinks=False):
            raise PipelineError(f"{home}: its step made {name}, which is neither a file nor a folder; write a file")
        if entry.stat(follow_symlinks=False).st_nlink > 1:
            raise PipelineError(f"{home}: its step made {name}, a file of several names; write a copy")
