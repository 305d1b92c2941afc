"""Closures kept between runs: only those of these very sources, and only undamaged ones, are believed."""

from pathlib import Path

import pytest

from pipeline.io.closures import keep_closures, known_closures, tree_digest
from pipeline.io.code import Sources


@pytest.fixture
def root(tmp_path: Path) -> Path:
    package = tmp_path / "src" / "toy"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "a.py").write_text("import numpy\nRATE = 2\n\ndef run():\n    return numpy.array(RATE)\n")
    return package.parent


def kept(root: Path) -> tuple[Path, str]:
    path, digest = root.parent / "closures.json", tree_digest(root)
    sources = Sources(root)
    sources.closure("toy.a:run")
    assert sources.has_grown()
    keep_closures(path, digest, sources)
    return path, digest


def test_what_is_kept_is_what_would_be_found(root: Path) -> None:
    path, digest = kept(root)
    again = Sources(root, known_closures(path, digest))
    assert again.closure("toy.a:run") == Sources(root).closure("toy.a:run")
    assert not again.has_grown()
    assert not again.parsed


def test_closures_of_other_sources_are_not_believed(root: Path) -> None:
    path, digest = kept(root)
    (root / "toy" / "a.py").write_text((root / "toy" / "a.py").read_text().replace("RATE = 2", "RATE = 3"))
    assert tree_digest(root) != digest
    assert known_closures(path, tree_digest(root)) == {}


def test_no_damaged_byte_is_believed(root: Path) -> None:
    path, digest = kept(root)
    content, known = path.read_bytes(), known_closures(path, digest)
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert known_closures(path, digest) in ({}, known)


def test_a_file_that_moves_or_is_added_changes_the_digest(root: Path) -> None:
    before = tree_digest(root)
    (root / "toy" / "b.txt").write_text("")
    added = tree_digest(root)
    (root / "toy" / "b.txt").rename(root / "toy" / "c.txt")
    assert len({before, added, tree_digest(root)}) == 3
