"""Of each file that a body read it is told what declares it, and of some that nothing does."""

import importlib.metadata
import json
import os
import sysconfig
from pathlib import Path

import packaging
import pytest

from pipeline.io.declared import Declared, Installed, registers_scripts_only, resolved, within

VERSION = importlib.metadata.version("packaging")
INSTALLED = Path(os.path.realpath(packaging.__file__))


@pytest.fixture(scope="module")
def installed() -> Installed:
    """Return the owners of what is installed, where only one distribution is locked."""
    return Installed({"packaging": VERSION})


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return a study's folder, links followed."""
    return Path(os.path.realpath(tmp_path)) / "study"


@pytest.fixture
def declared(installed: Installed, study: Path) -> Declared:
    """Return what a body may read that has an input, a folder of its own and one file of code."""
    parts = {name: frozenset({f"{study}/{path}"}) for name, path in (("inputs", "data/raw"), ("own", "tmp/a"))}
    return Declared(
        **parts, code=frozenset({f"{study}/src/step.py"}), closed=frozenset({str(study)}), installed=installed
    )


def test_a_place_holds_what_lies_below_it_and_not_what_is_named_alike() -> None:
    assert [within(path, ["/a/b"]) for path in ("/a/b", "/a/b/c", "/a/bc", "/a")] == [True, True, False, False]


def test_links_are_followed_to_what_the_kernel_names(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    assert resolved([tmp_path / "link"]) == {os.path.realpath(tmp_path / "file")}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("data/raw/raw.safetensors", "input"),
        ("data/raw", "input"),
        ("tmp/a/deep/file", "own"),
        ("src/step.py", "code"),
        ("src/other.py", None),
        ("src/step.py/deeper", None),
        ("data/held_out/held_out.safetensors", None),
        ("data/raw2/raw.safetensors", None),
        ("params.yaml", None),
    ],
)
def test_of_the_study_that_is_declared_which_is_named(declared: Declared, study: Path, path: str, kind: str) -> None:
    assert declared.kind(f"{study}/{path}") == kind


def test_of_what_is_installed_the_locked_version_is_declared_and_no_other(declared: Declared) -> None:
    assert declared.kind(str(INSTALLED)) == "environment"
    compiled = INSTALLED.parent / "__pycache__" / "version.cpython-311.pyc"
    assert declared.installed.owner(str(compiled)) == "packaging"
    assert Installed({"packaging": f"{VERSION}.1"}).owner(str(INSTALLED)) is None
    pytest_s = os.path.realpath(pytest.__file__)
    assert (declared.installed.owner(pytest_s), declared.kind(pytest_s)) == (None, None)


def test_python_s_own_library_is_of_the_environment_and_a_system_file_of_the_system(declared: Declared) -> None:
    assert declared.installed.owner(os.path.realpath(json.__file__)) == "python"
    assert declared.kind(os.path.realpath(sysconfig.get_path("stdlib"))) == "environment"
    assert declared.kind(os.path.realpath("/proc/cpuinfo")) == "system"


@pytest.mark.parametrize(
    ("name", "text", "scripts_only"),
    [
        ("a.dist-info/entry_points.txt", "[console_scripts]\nrun = a:main\n", True),
        ("a.dist-info/entry_points.txt", "[console_scripts]\nrun = a:main\n[plugins]\nx = a:x\n", False),
        ("a.dist-info/METADATA", "Name: a\n", False),
    ],
)
def test_a_list_of_scripts_may_be_read_and_one_of_plug_ins_may_not(
    tmp_path: Path, name: str, text: str, scripts_only: bool
) -> None:
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(text)
    assert registers_scripts_only(str(tmp_path / name)) is scripts_only


def test_a_folder_of_the_study_is_listed_only_on_the_way_to_what_is_declared(declared: Declared, study: Path) -> None:
    listed = {
        name: declared.may_list(f"{study}/{name}".rstrip("/")) for name in ("", "data", "data/raw", "src", "runs")
    }
    assert listed == {"": True, "data": True, "data/raw": True, "src": True, "runs": False}
    assert declared.may_list("/usr")
