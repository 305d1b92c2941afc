<<<<<<< HEAD
"""What a body read is declared by its inputs, its code, the lock or the system, and by nothing else."""

import importlib.metadata
import json
from pathlib import Path

import numpy
=======
"""Of each file that a body read it is told what declares it, and of some that nothing does."""

import importlib.metadata
import json
import os
import sysconfig
from pathlib import Path

import packaging
>>>>>>> wt-a
import pytest

from pipeline.io.declared import Declared, Installed, registers_scripts_only, resolved, within

<<<<<<< HEAD
NUMPY = importlib.metadata.version("numpy")
STUDY = "/usr/src/study"
=======
VERSION = importlib.metadata.version("packaging")
INSTALLED = Path(os.path.realpath(packaging.__file__))
>>>>>>> wt-a


@pytest.fixture(scope="module")
def installed() -> Installed:
<<<<<<< HEAD
    """Return what is installed, of which the lock names numpy alone."""
    return Installed({"numpy": NUMPY})


@pytest.fixture
def declared(installed: Installed) -> Declared:
    """Return what a body of a study below a place of the system may read."""
    return Declared(
        inputs=frozenset({f"{STUDY}/data/splits", f"{STUDY}/data/one.csv"}),
        own=frozenset({f"{STUDY}/.pipeline/building/runs__a"}),
        code=frozenset({f"{STUDY}/src/train.py"}),
        closed=frozenset({STUDY}),
        installed=installed,
    )


def test_a_place_holds_what_lies_in_it_and_not_what_its_name_begins() -> None:
    assert within("/study/data", ["/study/data"])
    assert within("/study/data/rows", ["/study/data"])
    assert not within("/study/data2", ["/study/data"])
    assert not within("/study", ["/study/data"])


def test_places_are_compared_as_the_kernel_names_them(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert resolved([tmp_path / "link"]) == {str((tmp_path / "real").resolve())}
=======
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
>>>>>>> wt-a


@pytest.mark.parametrize(
    ("path", "kind"),
    [
<<<<<<< HEAD
        (f"{STUDY}/data/splits/splits.safetensors", "input"),
        (f"{STUDY}/data/one.csv", "input"),
        (f"{STUDY}/data/held_out/held_out.safetensors", None),
        (f"{STUDY}/.pipeline/building/runs__a/weights", "own"),
        (f"{STUDY}/src/train.py", "code"),
        (f"{STUDY}/src/other.py", None),
        (numpy.__file__, "environment"),
        (pytest.__file__, None),
        (json.__file__, "environment"),
        ("/usr/lib/libm.so.6", "system"),
        ("/proc/cpuinfo", "system"),
        ("/etc/resolv.conf", None),
        ("/home/someone/.netrc", None),
    ],
)
def test_a_file_is_declared_by_what_it_lies_in_or_not_at_all(path: str, kind: str | None, declared: Declared) -> None:
    assert declared.kind(path) == kind


def test_a_distribution_in_another_version_than_the_locked_one_declares_none_of_its_files(installed: Installed) -> None:
    assert installed.owner(numpy.__file__) == "numpy"
    assert Installed({"numpy": f"{NUMPY}.1"}).owner(numpy.__file__) is None


def test_bytecode_is_of_the_distribution_that_its_source_is_of(installed: Installed) -> None:
    source = Path(numpy.__file__)
    assert installed.owner(str(source.parent / "__pycache__" / f"{source.stem}.cpython-311.pyc")) == "numpy"


def test_entry_points_that_another_library_could_load_are_not_passed_over(tmp_path: Path, installed: Installed) -> None:
    listed = tmp_path / "site-packages" / "tool.dist-info" / "entry_points.txt"
    listed.parent.mkdir(parents=True)
    listed.write_text("[console_scripts]\ntool = tool:main\n")
    assert installed.owner(str(listed)) == "scripts"
    loaded = listed.parents[1] / "plugin.dist-info" / "entry_points.txt"
    loaded.parent.mkdir()
    loaded.write_text("[console_scripts]\ntool = tool:main\n[pytest11]\ntool = tool.plugin\n")
    assert installed.owner(str(loaded)) is None
    assert not registers_scripts_only(str(listed.with_name("RECORD")))


def test_folders_of_a_study_are_listed_only_on_the_way_to_what_is_declared(declared: Declared) -> None:
    assert all(map(declared.may_list, [STUDY, f"{STUDY}/data", f"{STUDY}/data/splits", f"{STUDY}/src", "/usr/lib"]))
    assert declared.may_list("/home/someone")
    assert not any(map(declared.may_list, [f"{STUDY}/data/held_out", f"{STUDY}/runs", f"{STUDY}/evaluations"]))
=======
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
>>>>>>> wt-a
