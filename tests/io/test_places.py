"""Places that every job may read hold nothing of a study or a person, and the network's settings only where asked."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.io.toy import part
from tests.needs import MEMORY, require

from pipeline.io.confinement import Needs, allow_list
from pipeline.io.places import PROGRAMS, beside, closed_places, libraries, python, settings


def test_of_python_s_prefix_only_what_belongs_to_python_is_a_place_of_it() -> None:
    found = set(python())
    assert Path(sys.prefix) / "bin" in found
    assert Path(sys.prefix) not in found
    assert all(path.parent in map(Path, {sys.prefix, sys.base_prefix}) for path in found)


def test_bytecode_that_is_kept_apart_is_a_place_of_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    assert tmp_path in set(python())


def test_names_of_hosts_and_certificates_are_read_only_by_those_that_may_use_the_network() -> None:
    of_network = {Path(name) for name in ("/etc/hosts", "/etc/resolv.conf", "/etc/ssl", "/etc/pki")}
    assert not of_network & set(settings(network=False))
    assert of_network | set(settings(network=False)) <= set(settings(network=True))


def test_of_a_folder_of_libraries_only_the_libraries_are_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("libc.so.6", "libm.so", "lib.txt", "notes.so"):
        (tmp_path / name).write_text("")
    monkeypatch.setenv("LD_LIBRARY_PATH", f":{tmp_path}:")
    assert sorted(path.name for path in libraries()) == ["libc.so.6", "libm.so"]


def test_a_link_beside_a_closed_place_does_not_lead_into_it(tmp_path: Path) -> None:
    for name in ("usr/study/data", "usr/bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "usr/short").symlink_to(tmp_path / "usr/study/data")
    closed = {tmp_path / "usr/study"}
    assert set(beside([tmp_path / "usr"], closed)) == {tmp_path / "usr/bin"}
    assert set(beside([tmp_path / "usr/study"], closed)) == set()


def test_a_home_and_both_folders_of_a_study_beside_others_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("home/.config/dvc", "root/studies/one"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "home/.config/dvc/config").write_text("[cache]\n    dir = /opt/of-a-person\n")
    monkeypatch.chdir(tmp_path / "root/studies/one")
    own = {tmp_path / name for name in ("home", "root", "root/studies/one")}
    assert closed_places(tmp_path / "root") == {*own, Path("/opt/of-a-person")}


@pytest.fixture
def in_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder of a study below a place of the system, to which all have access."""
    require("shared-memory")
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        monkeypatch.chdir(folder)
        yield Path(folder)


def test_a_study_that_lies_in_a_place_of_the_system_is_not_open_with_it(
    in_memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.io.confinement.PROGRAMS", (*PROGRAMS, str(MEMORY)))
    for name in ("data", ".pipeline"):
        (in_memory / name).mkdir()
    reads = ["source.txt"]
    needs = Needs("first", in_memory, (Path("app"),))
    allowed = {
        path.absolute() for path in allow_list(needs, part("app.first:run")[0], ["data/first"], reads, Path("private"))
    }
    assert not allowed & {in_memory, MEMORY}
    assert {Path("/dev/null"), *map(Path, PROGRAMS)} <= allowed
