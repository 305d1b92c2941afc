"""IDX files, in which images and labels of the MNIST family are published; gzipped or not."""

import gzip
import hashlib
import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNSIGNED_BYTE = 0x08
GZIP = b"\x1f\x8b"
REMEDY = "restore it from its origin"


def read_idx(path: Path, sha256: str) -> "NDArray[Any]":
    """Return the uint8 array of an IDX file whose content, uncompressed, has a digest; raise DataError otherwise."""
    content = unzipped(path)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise DataError(f"{path}: has the sha256 {found}, uncompressed, not the published {sha256}; {REMEDY}")
    return parsed(content, path)


def unzipped(path: Path) -> bytes:
    """Return a file's bytes, uncompressed where they are gzipped; raise DataError where they cannot be read so."""
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content.startswith(GZIP) else content
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read ({error}); {REMEDY}") from None


def parsed(content: bytes, path: Path) -> "NDArray[Any]":
    """Return the array: two zero bytes, the type, the number of axes, each length big-endian, then the values."""
    import numpy as np

    axes = content[3] if len(content) > 3 else 0
    start = 4 + 4 * axes
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4)]
    if content[:3] != bytes([0, 0, UNSIGNED_BYTE]) or not axes or len(content) != start + math.prod(shape):
        raise DataError(f"{path}: is no IDX file of bytes; {REMEDY}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
