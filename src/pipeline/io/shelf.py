"""Artefacts that DVC's cache keeps: found by what their receipts state, brought back without work.

The cache is read as DVC documents it: a folder's list, under its md5, names the md5 of each of its files. An
artefact comes back only where a receipt in the cache states just what would be made now, and every byte that it
names is there; DVC's own digests find the files, the receipt's sha256 decides.
"""

import contextlib
import functools
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from pipeline.base.canonical import file_digest
from pipeline.io.dvc import Cache, Listing
from pipeline.io.files import emptied
from pipeline.io.receipts import RECEIPT, WITHDRAWN, Fields, unsealed


class Shelf:
    """The folders that a cache of DVC keeps."""

    def __init__(self, cache: Cache, named: Mapping[str, Listing] | None = None) -> None:
        """`named` are artefacts and the md5 of their files, receipts included, that are known beside the lists."""
        self.cache = cache
        self.named = dict(named or {})

    @functools.cached_property
    def folders(self) -> list[Listing]:
        """Every list of files that the cache holds undamaged, in a fixed order."""
        return [listing for md5 in self.cache.lists() if (listing := self.cache.listing(md5)) is not None]

    def receipts(self, home: str) -> Iterator[tuple[str, Listing]]:
        """Yield each kept receipt that may be of an artefact, its text and the artefact's files (receipt left out).

        A folder's list does not say where the folder lay, so a receipt may be of another artefact of that name.
        """
        found = [self.named.get(home, {}), *(below(folder, inside) for folder in self.folders for inside in ends(home))]
        seen = set()
        for files in found:
            if RECEIPT in files and (key := json.dumps(files, sort_keys=True)) not in seen:
                seen.add(key)
                if self.sound(files[RECEIPT]):
                    own = {name: md5 for name, md5 in files.items() if name not in (RECEIPT, WITHDRAWN)}
                    yield self.cache.object(files[RECEIPT]).read_text(encoding="utf-8", errors="replace"), own

    def sound(self, md5: str) -> bool:
        """Tell whether the cache holds an object undamaged; drop a damaged one.

        DVC believes what it keeps read-only and would put a damaged object, by its next link, in place of a good file.
        """
        if self.cache.holds(md5):
            return True
        with contextlib.suppress(OSError):  # a cache that this user may only read
            self.cache.evict(md5)
        return False

    def bring_back(self, home: str, start: Fields, building: Path) -> str | None:
        """Put an artefact's files into a folder as a build from `start` left them; return its receipt, or None.

        `start` is what a receipt must say now, the artefact's own files left out.
        """
        for text, files in self.receipts(home):
            if states(text, home, start, files) and self.copy(files, json.loads(text)["files"], building):
                return text
        return None

    def copy(self, files: Listing, digests: Mapping[str, str], folder: Path) -> bool:
        """Copy files out of the cache into an empty folder; tell whether each has its sha256, else leave none."""
        for name, md5 in files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if self.cache.object(md5).is_file():
                shutil.copyfile(self.cache.object(md5), place)
            if not place.is_file() or file_digest(place) != digests[name]:
                self.sound(md5)
                emptied(folder)
                return False
        return True


def ends(home: str) -> list[str]:
    """Return where an artefact may lie inside a folder that DVC keeps: '.' where it is that folder itself."""
    parts = PurePosixPath(home).parts
    return ["/".join(parts[first:]) or "." for first in range(1, len(parts) + 1)]


def below(folder: Listing, inside: str) -> Listing:
    """Return the files of a folder below a path in it."""
    if inside == ".":
        return dict(folder)
    return {name.removeprefix(f"{inside}/"): md5 for name, md5 in folder.items() if name.startswith(f"{inside}/")}


def states(text: str, home: str, start: Fields, files: Listing) -> bool:
    """Tell whether a receipt is whole, states what a build from `start` would, and names just these files."""
    try:
        stated = unsealed(text, home)
        own = stated.pop("files")
        return bool(stated == start) and own.keys() == files.keys()
    except Exception:  # whatever it is, it is no receipt of that
        return False
