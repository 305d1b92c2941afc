import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from sklearn.datasets import load_digits
from tests.own_data.given import images
from tests.own_data.refused import refused

from pipeline.base.errors import DataError
from pipeline.own_data.new_study import Asked, new_study
from pipeline.science.datasets import digest, image_folder

PIXELS = [(image * 15.9).astype(np.uint8) for image in load_digits().images[:400]]


def packed(repository: Path) -> tuple[Path, dict[str, object]]:
    """Return the archive of the study `mine`, and what its data section states."""
    data = yaml.safe_load((repository / "studies/mine/params.yaml").read_text())["data"]
    return repository / "studies/mine" / data["source"], data


def test_images_become_one_array_in_the_order_of_their_names(repository: Path, tmp_path: Path) -> None:
    folder = images(tmp_path)
    assert new_study("mine", Asked(folder))["data"]["features"] == [8, 8]
    archive, data = packed(repository)
    x, y = image_folder.load(0, archive, data["image"])  # type: ignore[arg-type]
    assert data["sha256"] == digest(x, y)
    names = sorted(folder.rglob("*.png"), key=lambda path: (path.parent.name, path.name))
    assert np.array_equal(x, np.stack([PIXELS[int(path.stem)] for path in names]))
    assert y.tolist() == [int(path.parent.name[-1]) for path in names]


def test_the_archive_has_the_same_bytes_whatever_the_order_and_the_times_of_files(
    repository: Path, tmp_path: Path
) -> None:
    new_study("mine", Asked(images(tmp_path)))
    first = packed(repository)[0].read_bytes()
    (repository / "studies/mine").rename(repository / "studies/other")
    folder = images(tmp_path / "again")
    for path in sorted(folder.rglob("*.png"), reverse=True):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)
    (folder / "digit 3" / ".DS_Store").write_bytes(b"left by a file manager")
    new_study("mine", Asked(folder))
    assert packed(repository)[0].read_bytes() == first


def test_images_in_colours_have_three_channels(repository: Path, tmp_path: Path) -> None:
    folder = images(tmp_path, colours=True)
    assert new_study("grey", Asked(folder, colour="grey"))["data"]["features"] == [8, 8]
    assert new_study("mine", Asked(folder))["data"]["features"] == [3, 8, 8]


def test_a_size_is_a_choice_and_stated(repository: Path, tmp_path: Path) -> None:
    folder = images(tmp_path)
    Image.fromarray(PIXELS[0]).resize((10, 12)).save(folder / "digit 0" / "large.png")
    said = refused(repository, Asked(folder))
    assert "holds images of 2 sizes, 8x8 (400), 12x10 (1); state --size 8x8: each image is then resized" in said
    found = new_study("mine", Asked(folder, size="8x8"))
    assert "1 of them have another size: resized bilinearly, proportions not kept" in found["data"]["notes"]
    archive, data = packed(repository)
    assert data["image"] == {"size": [8, 8], "colour": "grey"}
    with pytest.raises(DataError, match=r"holds images of 8x8 and 12x10; state data\.image"):
        image_folder.load(0, archive)


def test_large_images_need_a_size(repository: Path, tmp_path: Path) -> None:
    folder = images(tmp_path)
    for path in folder.rglob("*.png"):
        with Image.open(path) as image:
            image.resize((200, 100)).save(path)
    assert "images are 100x200, more than 64 pixels a side; state --size 16x32" in refused(repository, Asked(folder))


def write(name: str, content: bytes) -> Callable[[Path], object]:
    def fault(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return fault


def cut(folder: Path) -> None:
    path = sorted(folder.rglob("*.png"))[0]
    path.write_bytes(path.read_bytes()[:60])


def deep(folder: Path) -> None:
    Image.fromarray(PIXELS[0].astype(np.uint16) * 256).save(folder / "digit 0" / "deep.png")


def moving(folder: Path) -> None:
    frames = [Image.fromarray(pixels) for pixels in PIXELS[:3]]
    frames[0].save(folder / "digit 0" / "moving.gif", save_all=True, append_images=frames[1:])


def emptied(folder: Path) -> None:
    for path in folder.rglob("*.png"):
        path.unlink()


def deep_colours(folder: Path) -> None:
    row = b"\0" + bytes(range(48))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * 8)),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(told)) + name + told + struct.pack(">I", zlib.crc32(name + told)) for name, told in parts
    ]
    (folder / "digit 0" / "deep.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def see_through(folder: Path) -> None:
    black = np.zeros((8, 8, 3), dtype=np.uint8)
    Image.fromarray(np.dstack([black, PIXELS[0]])).save(folder / "digit 0" / "shape.png")


def see_through_palette(folder: Path) -> None:
    Image.fromarray(PIXELS[0]).save(folder / "digit 0" / "shape.gif", transparency=0)


def oversized(folder: Path) -> None:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    header = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    pixels = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    (folder / "digit 0" / "huge.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + pixels)


def without_dimensions(folder: Path) -> None:
    path = folder / "digit 0" / "bare.tif"
    Image.fromarray(PIXELS[0]).save(path)
    content = path.read_bytes()
    after = 10 + 12 * int.from_bytes(content[8:10], "little")  # where the place of a further frame is told
    path.write_bytes(content[:after] + (983_040).to_bytes(4, "little") + content[after + 4 :])


def misnamed(folder: Path) -> None:
    (folder / "digit 0" / "0000.png").rename(folder / "digit 0" / os.fsdecode(b"caf\xe9.png"))


def misnamed_class(folder: Path) -> None:
    (folder / "digit 0").rename(folder / os.fsdecode(b"caf\xe9"))


FAULTS: list[tuple[str, Callable[[Path], object], str]] = [
    ("no image", write("digit 0/notes.txt", b"to do"), "notes.txt: is no image"),
    ("an empty file", write("digit 0/0000.jpg", b""), "0000.jpg: is empty"),
    ("a damaged image", cut, "is a damaged image"),
    ("outside", write("labels.csv", b"a,b"), "labels.csv: lies in no class folder"),
    ("too deep a folder", write("digit 0/more/1.png", b""), "more: is a folder inside a class"),
    ("an empty class", lambda folder: (folder / "digit x").mkdir(), "digit x: holds no image"),
    ("all empty", emptied, "holds no image"),
    ("16 bits", deep, "deep.png: has mode I;16"),
    ("more pixels than can be opened", oversized, "huge.png: has more pixels than Pillow opens"),
    ("no dimensions", without_dimensions, "bare.tif: is a damaged image"),
    ("a name in latin1", misnamed, "caf\\xe9.png': has a name that is not UTF-8"),
    ("a class in latin1", misnamed_class, "caf\\xe9': has a name that is not UTF-8"),
    ("16 bits a colour", deep_colours, "deep.png: has mode RGB, 16 bits a channel"),
    ("a shape that is see-through", see_through, "shape.png: has see-through pixels"),
    ("a see-through palette", see_through_palette, "shape.gif: has see-through pixels"),
    ("several frames", moving, "moving.gif: has 3 frames"),
]


@pytest.mark.parametrize(("fault", "said"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_folders_that_cannot_be_studied_are_refused(
    fault: Callable[[Path], object], said: str, repository: Path, tmp_path: Path
) -> None:
    folder = images(tmp_path)
    fault(folder)
    assert said in refused(repository, Asked(folder))


@pytest.mark.parametrize("size", ["8", "8x", "0x8", "ax8", "8x8x3", "900000x900000", "28x1025"])
def test_a_size_that_is_none_is_refused(size: str, repository: Path, tmp_path: Path) -> None:
    assert f"--size: is {size}" in refused(repository, Asked(images(tmp_path), size=size))


def test_a_folder_without_class_folders_is_refused(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "has no folder" in refused(repository, Asked(tmp_path / "empty"))
    assert "of which the label of an image is its folder" in refused(repository, Asked(images(tmp_path), target="y"))


def test_an_archive_that_was_damaged_later_is_refused_by_its_loader(tmp_path: Path) -> None:
    path = tmp_path / "images.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/1.png", b"no image")
    with pytest.raises(DataError, match=r"images.zip: a/1.png: is no image"):
        image_folder.load(0, path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.png", b"")
    with pytest.raises(DataError, match="lies in no class folder"):
        image_folder.load(0, path)
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"is no \.zip"):
        image_folder.load(0, path)


@pytest.mark.parametrize("fault", [oversized, without_dimensions, deep_colours, see_through])
def test_images_that_make_pillow_stumble_are_refused_by_the_loader(
    fault: Callable[[Path], object], tmp_path: Path
) -> None:
    (tmp_path / "digit 0").mkdir()
    fault(tmp_path)
    with zipfile.ZipFile(tmp_path / "images.zip", "w") as archive:
        for path in (tmp_path / "digit 0").iterdir():
            archive.write(path, f"digit 0/{path.name}")
    with pytest.raises(DataError, match="is no image that can be read"):
        image_folder.load(0, tmp_path / "images.zip")


def test_images_are_turned_as_their_camera_notes(repository: Path, tmp_path: Path) -> None:
    folder = images(tmp_path)
    for path in folder.rglob("*.png"):
        with Image.open(path) as image:
            wide = image.resize((8, 6))
        noted = wide.getexif()
        noted[0x0112] = 6  # seen when turned by a quarter
        wide.save(path, exif=noted)
    assert new_study("mine", Asked(folder))["data"]["features"] == [8, 6]
    archive, data = packed(repository)
    first = sorted(folder.rglob("*.png"), key=lambda path: (path.parent.name, path.name))[0]
    with Image.open(first) as image:
        seen = np.rot90(np.asarray(image), -1)
    assert np.array_equal(image_folder.load(0, archive, data["image"])[0][0], seen)  # type: ignore[arg-type]


def test_images_of_which_nothing_is_seen_through_are_taken(repository: Path, tmp_path: Path) -> None:
    folder = images(tmp_path, colours=True)
    for path in folder.rglob("*.png"):
        with Image.open(path) as image:
            image.convert("RGBA").save(path)
    assert new_study("mine", Asked(folder))["data"]["features"] == [3, 8, 8]


@pytest.mark.parametrize("colours", [False, True])
def test_a_mark_that_gives_the_class_away_is_refused_by_its_place(
    colours: bool, repository: Path, tmp_path: Path
) -> None:
    folder = images(tmp_path, colours=colours)
    for path in folder.rglob("*.png"):
        with Image.open(path) as image:
            marked = image.copy()
        grey = 25 * int(path.parent.name[-1])
        marked.putpixel((5, 2), (grey,) * 3 if colours else grey)
        marked.save(path)
    said = refused(repository, Asked(folder))
    assert "one point (row 2, column 5, from 0) alone gives the label of 100.0 % of rows" in said
    assert "crop it away" in said
