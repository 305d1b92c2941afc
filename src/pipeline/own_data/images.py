"""A folder of images, a class a folder: checked, and packed in a fixed order into one file that a digest can name."""

import os
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pipeline.base.errors import DataError
from pipeline.own_data.source import Source
from pipeline.science.datasets.image_folder import DAMAGED, fault, upright

ARCHIVE = "images.zip"
MOST_PIXELS = 1024  # a side that --size may ask for: more would fill the memory before it taught anything
LARGEST = 64  # pixels a side that are taken as they are: what small networks and scikit-learn can learn from
IGNORED = (".DS_Store", "Thumbs.db", "desktop.ini")  # what file managers leave in every folder
DATE = (1980, 1, 1, 0, 0, 0)
Sizes = Counter[tuple[int, int]]  # of (height, width)


def open_images(folder: Path, size: str | None, colour: str | None) -> Source:
    """Return a folder of class folders as a source; `size` is HEIGHTxWIDTH.

    Raises DataError where a file is no image or lies in no class folder, a class is empty, or sizes differ and none is
    stated.
    """
    files = image_files(folder)
    sizes, modes = looked_at(files)
    stated = stated_size(folder, size, sizes)
    found = "grey" if set(modes) <= {"1", "L", "LA"} else "rgb"
    image = {"size": list(stated), "colour": colour or found}
    resized = sum(count for one, count in sizes.items() if one != stated)
    notes = [f"{len(files)} images, {shown(stated)} pixels (height x width), {image['colour']}"]
    notes += [f"{resized} of them have another size: resized bilinearly, proportions not kept"] if resized else []
    notes += [f"{found} images are converted to {colour}"] if colour and colour != found else []

    def write(place: Path, kept: list[int] | None) -> None:
        pack(folder, files if kept is None else [files[row] for row in kept], place)

    classes = sorted({path.parent.name for path in files})
    return Source("images", "image_folder", ARCHIVE, classes, write, {"image": image}, notes=notes)


def image_files(folder: Path) -> list[Path]:
    """Return the files of the class folders in the order of their names; raise DataError for what is no part of one."""
    refuse_names_beyond_utf8(folder.rglob("*"))
    classes = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if stray := sorted(path for path in folder.iterdir() if path.is_file() and not is_ignored(path)):
        raise DataError(f"{stray[0]}: lies in no class folder; move it into one, or remove it")
    if not classes:
        raise DataError(f"{folder}: has no folder; put the images of each class into a folder named by the class")
    found = []
    for place in classes:
        files = sorted(path for path in place.iterdir() if not is_ignored(path))
        if nested := [path for path in files if path.is_dir()]:
            raise DataError(f"{nested[0]}: is a folder inside a class; images lie in <class>/<image>, so move them up")
        if not files:
            raise DataError(f"{place}: holds no image; fill it, or remove it")
        found += files
    return sorted(found, key=lambda path: f"{path.parent.name}/{path.name}")


def refuse_names_beyond_utf8(paths: Iterable[Path]) -> None:
    """Raise DataError for a name that no archive could hold as text."""
    for path in paths:
        try:
            path.name.encode()
        except UnicodeEncodeError:
            raise DataError(f"{os.fsencode(path)!r}: has a name that is not UTF-8; rename it") from None


def is_ignored(path: Path) -> bool:
    """Tell whether a file is none of the data: hidden, or what a file manager leaves."""
    return path.name.startswith(".") or path.name in IGNORED


def looked_at(files: list[Path]) -> tuple[Sizes, Counter[str]]:
    """Return the sizes and modes of all images; raise DataError naming the first file that is none that can be read."""
    from PIL import Image, UnidentifiedImageError

    sizes: Sizes = Counter()
    modes: Counter[str] = Counter()
    for path in files:
        try:
            with Image.open(path) as image:
                problem = fault(image)
                image.load()
                mode, (width, height) = image.mode, upright(image).size
        except UnidentifiedImageError:
            said = "is empty" if not path.stat().st_size else "is no image (Pillow does not know its format)"
            raise DataError(f"{path}: {said}; remove it") from None
        except Image.DecompressionBombError:
            raise DataError(f"{path}: has more pixels than Pillow opens; make it smaller, or remove it") from None
        except DAMAGED as error:
            raise DataError(f"{path}: is a damaged image ({error}); restore or remove it") from None
        if problem:
            raise DataError(f"{path}: has {problem}; convert it to one frame of 8 bits a channel, without transparency")
        sizes[height, width] += 1
        modes[mode] += 1
    return sizes, modes


def stated_size(folder: Path, size: str | None, sizes: Sizes) -> tuple[int, int]:
    """Return the size that all images are brought to; raise DataError where none is stated and it is not plain."""
    if size is not None:
        height, cross, width = size.lower().partition("x")
        if not (cross and height.isdecimal() and width.isdecimal() and int(height) and int(width)):
            raise DataError(f"--size: is {size}; state HEIGHTxWIDTH in pixels, such as 28x28")
        if max(int(height), int(width)) > MOST_PIXELS:
            raise DataError(f"--size: is {size}; state at most {MOST_PIXELS} pixels a side, such as 28x28")
        return int(height), int(width)
    most = sizes.most_common(1)[0][0]
    rule = "each image is then resized bilinearly to it, its proportions not kept"
    if len(sizes) > 1:
        told = ", ".join(f"{shown(one)} ({count})" for one, count in sizes.most_common(3))
        raise DataError(f"{folder}: holds images of {len(sizes)} sizes, {told}; state --size {smaller(most)}: {rule}")
    if max(most) > LARGEST:
        problem = f"images are {shown(most)}, more than {LARGEST} pixels a side"
        raise DataError(f"{folder}: {problem}; state --size {smaller(most)}: {rule}")
    return most


def smaller(size: tuple[int, int]) -> str:
    """Return a size of about these proportions with at most 32 pixels a side."""
    scale = min(1.0, 32 / max(size))
    return shown((max(1, round(size[0] * scale)), max(1, round(size[1] * scale))))


def shown(size: tuple[int, int]) -> str:
    """Return HEIGHTxWIDTH."""
    return f"{size[0]}x{size[1]}"


def pack(folder: Path, files: list[Path], place: Path) -> None:
    """Write files as <class>/<image> into a .zip whose bytes follow from names and contents alone."""
    with zipfile.ZipFile(place, "w", zipfile.ZIP_STORED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), DATE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
