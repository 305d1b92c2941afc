"""Folders built aside and moved into place whole."""

import errno
import shutil
from pathlib import Path

from pipeline.io.files import emptied


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
