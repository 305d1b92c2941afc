"""Images of one's own: a .zip of class folders, labels numbered in the order of the folders' names."""

import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pipeline.base.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

FROM_FILE = True
OPTIONS = ("image",)  # a key of data that `load` takes
MODES = {"grey": "L", "rgb": "RGB"}
EIGHT_BITS = ("1", "L", "LA", "P", "RGB", "RGBA")  # modes of Pillow that become grey or RGB without loss of range
DAMAGED = (OSError, ValueError, SyntaxError, TypeError, struct.error)  # what Pillow raises for damaged files


def load(
    seed: int,  # noqa: ARG001 (nothing is drawn)
    source: Path,
    image: Mapping[str, Any] | None = None,
) -> "tuple[NDArray[np.uint8], NDArray[np.int64]]":
    """Return x uint8 [n, height, width], in colours [n, 3, height, width], and y int64 [n], sorted by name.

    An image of another size than `image.size` is resized bilinearly to it, its proportions not kept; without `image`
    all must have one size and are grey if all of them are. Raises DataError naming the first file that is no image.
    """
    import numpy as np

    names = members(source)
    classes = sorted({PurePosixPath(name).parent.name for name in names})
    pixels = list(opened(source, names, image))
    sizes = sorted({array.shape for array in pixels})
    if len(sizes) > 1:
        told = " and ".join("x".join(map(str, size)) for size in sizes[:2])
        raise DataError(f"{source}: holds images of {told}; state data.image: {{size: [height, width], colour: grey}}")
    x = np.stack(pixels)
    y = np.array([classes.index(PurePosixPath(name).parent.name) for name in names], dtype=np.int64)
    return x, y


def members(source: Path) -> list[str]:
    """Return the names of the files of a .zip, sorted; raise DataError where one lies in no class folder."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = sorted(entry.filename for entry in archive.infolist() if not entry.is_dir())
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{source}: is no .zip of class folders ({error}); restore it from its origin") from None
    if stray := [name for name in names if len(PurePosixPath(name).parts) < 2]:
        raise DataError(f"{source}: {stray[0]} lies in no class folder; move it into one")
    if not names:
        raise DataError(f"{source}: holds no file; put images into it, a folder a class")
    return names


def opened(source: Path, names: list[str], image: Mapping[str, Any] | None) -> "Iterator[NDArray[Any]]":
    """Yield the pixels of each image, uint8 [height, width] or [3, height, width]."""
    with zipfile.ZipFile(source) as archive:
        wanted = image["colour"] if image else colour_of(source, archive, names)
        for name in names:
            with naming(source, name):
                yield pixels_of(archive, name, wanted, image)


@contextmanager
def naming(source: Path, name: str) -> Iterator[None]:
    """Name the file that is no image, or is a damaged one."""
    from PIL.Image import DecompressionBombError

    try:
        yield
    except (*DAMAGED, zipfile.BadZipFile, DecompressionBombError) as error:
        said = "Pillow does not know its format" if "cannot identify" in str(error) else str(error)
        raise DataError(f"{source}: {name}: is no image that can be read ({said}); remove it") from None


def colour_of(source: Path, archive: zipfile.ZipFile, names: list[str]) -> str:
    """Return grey if no image has colours, by what each file says of itself."""
    from PIL import Image as Pillow

    for name in names:
        with naming(source, name), archive.open(name) as file, Pillow.open(file) as found:
            if found.mode not in ("1", "L", "LA"):
                return "rgb"
    return "grey"


def fault(image: "Image") -> str | None:
    """Return what of an image would be lost without a word: frames, more than 8 bits a channel, or what is see-through.

    It is asked before any pixel of the image is read.
    """
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        return f"{frames} frames, not one"
    deep = any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))  # Pillow would keep 8 of the 16 bits
    if image.mode not in EIGHT_BITS or deep:
        return f"mode {image.mode}{', 16 bits a channel' if deep else ''}, not 8 bits a channel"
    if image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        return "see-through pixels, whose colour depends on the background"
    return None


def upright(image: "Image") -> "Image":
    """Return an image as it is to be seen, turned as its camera notes."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def pixels_of(archive: zipfile.ZipFile, name: str, colour: str, image: Mapping[str, Any] | None) -> "NDArray[Any]":
    """Return the pixels of one image; raise ValueError where something of it would be lost."""
    import numpy as np
    from PIL import Image as Pillow

    with archive.open(name) as file, Pillow.open(file) as found:
        if problem := fault(found):
            raise ValueError(f"it has {problem}")
        converted = upright(found).convert(MODES[colour])
    wanted = (image["size"][1], image["size"][0]) if image else converted.size
    if converted.size != wanted:
        converted = converted.resize(wanted, Pillow.Resampling.BILINEAR)
    array = np.asarray(converted)
    return array if array.ndim == 2 else np.moveaxis(array, 2, 0)
