"""Fashion-MNIST (Xiao, Rasul & Vollgraf 2017, arXiv 1708.07747): grey images of clothing, 28 x 28, ten classes.

The four published IDX files come from the folder that data.source names; without one from Debian's package, else by
torchvision's download. Whichever it is, each file must have the published content.
"""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.base.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOURCE = "https://github.com/zalandoresearch/fashion-mnist"
CITATION = "Xiao, H., Rasul, K. and Vollgraf, R. (2017). Fashion-MNIST: a Novel Image Dataset. arXiv:1708.07747"
LICENCE = "MIT"
CLASSES = 10
FEATURES = (28, 28)
PUBLISHED_TRAIN = 60000
PUBLISHED_TEST = 10000
FILES = {  # images and labels, as published; sha256 of their content, uncompressed
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
PACKAGE = "dataset-fashion-mnist"
PACKAGED = Path("/usr/share/datasets/fashion-mnist")  # where that package of Debian and Ubuntu puts them
PATIENCE_SECONDS = 60.0


def load(seed: int, *files: Path) -> "tuple[NDArray[np.uint8], NDArray[np.int64]]":  # noqa: ARG001 (nothing is drawn)
    """Return x uint8 [70000, 28, 28] and y int64 [70000], the published training rows first.

    `files`: the four IDX files, where data.source names their folder. Raises DataError where none of the places has
    them, or one of them is not as published.
    """
    if files:
        return read({path.name.removesuffix(".gz"): path for path in files})
    if all(packaged(name).is_file() for name in FILES):
        return read({name: packaged(name) for name in FILES})
    with downloaded() as folder:
        return read({name: folder / name for name in FILES})


def packaged(name: str) -> Path:
    """Return where Debian's package puts a file."""
    return PACKAGED / f"{name}.gz"


def read(paths: dict[str, Path]) -> "tuple[NDArray[np.uint8], NDArray[np.int64]]":
    """Return images and labels of the published files, each checked against its digest."""
    import numpy as np

    from pipeline.science.idx import read_idx

    train_x, train_y, test_x, test_y = (read_idx(paths[name], sha256) for name, sha256 in FILES.items())
    return np.concatenate([train_x, test_x]), np.concatenate([train_y, test_y]).astype(np.int64)


@contextmanager
def downloaded() -> Iterator[Path]:
    """Yield a folder with the four files, downloaded by torchvision; raise DataError where that cannot be."""
    from torchvision.datasets import FashionMNIST

    with tempfile.TemporaryDirectory() as folder:
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(PATIENCE_SECONDS)
        try:
            FashionMNIST(folder, download=True)
        except (OSError, RuntimeError) as error:
            said = " ".join(str(error).split())
            raise DataError(
                f"fashion_mnist: its files are not here and cannot be downloaded ({said}); install Debian's package "
                f"{PACKAGE}, or put the four IDX files into data/source/fashion-mnist and state that as data.source"
            ) from None
        finally:
            socket.setdefaulttimeout(before)
        yield Path(folder) / "FashionMNIST" / "raw"
