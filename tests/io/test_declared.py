"""What a body read is declared by its inputs, its code, the lock or the system, and by nothing else."""

import importlib.metadata
import json
from pathlib import Path

import numpy
import pytest

from pipeline.io.declared import Declared, Installed, registers_scripts_only, resolved, within

NUMPY = importlib.metadata.version("numpy")
STUDY = "/usr/src/study"


@pytest.fixture(scope="module")
def installed() -> Installed:
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


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (f"{STUDY}/data/splits/splits.safetensors", "input"),
        (f"{STUDY}/data/one.csv", "input"),
        (f"{STUDY}/data/held_out/held_out.safetensors", None),
        (f"{STUDY}/.pipeline/building/runs__a/weights", "own"),
        (f"{STUDY}/src/train.py", "code"),
        (f"{STUDY}/src/other.py", None),
        (numpy.__file__, "environment"),
        (pytest.__file__, None),
        (json.__file__, "environment"),
        ("/usr/libexec/git-core/git", "system"),  # where the system's own Python, of prefix /usr, has nothing
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
