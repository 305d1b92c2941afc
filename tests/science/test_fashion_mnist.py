import functools
import gzip
import hashlib
import shutil
import threading
from collections.abc import Iterator
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import FashionMNIST

from pipeline.base.errors import DataError
from pipeline.science.datasets import digest, fashion_mnist

PACKAGED = fashion_mnist.PACKAGED
DIGEST = "9277166c1474ec00de8d233232f22ff23aa3988c7679e55f1844ecdf90ea8f1a"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve a folder to torchvision's download; the package is not here."""
    monkeypatch.setattr(fashion_mnist, "PACKAGED", tmp_path / "nowhere")
    (tmp_path / "served").mkdir()
    with HTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path / "served")) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setattr(FashionMNIST, "mirrors", [f"http://127.0.0.1:{server.server_port}/"])
        yield tmp_path / "served"
        server.shutdown()
        thread.join()


def copies(folder: Path) -> list[Path]:
    """Return copies of the published files, gzipped and not, in an order that means nothing."""
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(fashion_mnist.FILES):
        packed = fashion_mnist.packaged(name)
        if number % 2:
            (folder / name).write_bytes(gzip.decompress(packed.read_bytes()))
        else:
            shutil.copy(packed, folder)
    return sorted(folder.iterdir(), reverse=True)


@pytest.mark.needs("images")
def test_the_published_images_come_from_the_package_or_from_files_that_are_given(tmp_path: Path) -> None:
    x, y = fashion_mnist.load(0)
    assert (x.dtype, x.shape, y.dtype, y.shape) == (np.uint8, (70000, 28, 28), np.int64, (70000,))
    assert np.bincount(y[: fashion_mnist.PUBLISHED_TRAIN]).tolist() == [6000] * fashion_mnist.CLASSES
    assert digest(x, y) == DIGEST == digest(*fashion_mnist.load(0, *copies(tmp_path / "given")))


@pytest.mark.needs("images")
@pytest.mark.parametrize("damage", ["a pixel", "an end that is missing", "no gzip"])
def test_a_damaged_file_is_refused_by_name(damage: str, tmp_path: Path) -> None:
    files = copies(tmp_path / "given")
    bad = next(path for path in files if path.name == "train-images-idx3-ubyte.gz")
    content = bytearray(gzip.decompress(bad.read_bytes()) if damage == "a pixel" else bad.read_bytes())
    content[5000] ^= 1
    changed = {"a pixel": gzip.compress(content, 1), "an end that is missing": content[:-9], "no gzip": content[2:]}
    bad.write_bytes(changed[damage])
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz: .*; restore it"):
        fashion_mnist.load(0, *files)


@pytest.mark.needs("images")
def test_without_the_package_torchvision_downloads_the_same_files(
    served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = []
    for name in fashion_mnist.FILES:
        content = (PACKAGED / f"{name}.gz").read_bytes()
        (served / f"{name}.gz").write_bytes(content)
        resources.append((f"{name}.gz", hashlib.md5(content, usedforsecurity=False).hexdigest()))
    monkeypatch.setattr(FashionMNIST, "resources", resources)
    assert digest(*fashion_mnist.load(0)) == DIGEST


def test_where_no_place_has_the_files_the_error_names_each_remedy(served: Path) -> None:
    with pytest.raises(DataError) as refused:
        fashion_mnist.load(0)
    said = str(refused.value)
    assert "\n" not in said
    assert "install Debian's package dataset-fashion-mnist" in said
    assert "state that as data.source" in said
