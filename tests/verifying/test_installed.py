"""The environment against a lock: versions, and files by the digests that they were installed with."""

import importlib.metadata
from pathlib import Path

import pytest
from tests.study import ROOT

from pipeline.io.environment import LOCK, Environment
from pipeline.verifying.installed import Kept, check_installed, checked, damaged, recorded_files, strangers


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a source tree whose lock pins little."""
    (tmp_path / "src").symlink_to(ROOT / "src")
    lock(tmp_path, safetensors=importlib.metadata.version("safetensors"), ruff=importlib.metadata.version("ruff"))
    return tmp_path


def lock(tree: Path, **versions: str) -> None:
    lines = (f"{name}=={version} \\\n    --hash=sha256:0" for name, version in versions.items())
    (tree / "requirements.lock").write_text("\n".join(lines) + "\n")


def test_what_is_installed_as_locked_has_no_differences(tree: Path) -> None:
    found = check_installed(tree, lambda line: None)
    assert found.said.startswith("2 of 2 locked distributions as locked, ")
    assert found.said.endswith(" files by sha256")
    assert (found.differences, found.blocking) == ([], [])


def test_another_version_blocks_where_a_step_can_import_it_and_is_told_where_none_can(tree: Path) -> None:
    installed = {name: importlib.metadata.version(name) for name in ("safetensors", "ruff")}
    lock(tree, safetensors=installed["safetensors"], ruff="0.0.1")
    found = check_installed(tree, lambda line: None)
    assert found.differences == [f"ruff is {installed['ruff']}, locked 0.0.1"]
    assert found.blocking == []

    lock(tree, safetensors="0.0.1", ruff=installed["ruff"])
    found = check_installed(tree, lambda line: None)
    assert found.blocking == [f"safetensors is {installed['safetensors']}, locked 0.0.1"]
    assert found.said == "1 of 2 locked distributions as locked, files not looked at"


def test_a_file_that_is_changed_or_gone_is_found_among_those_that_are_not(tmp_path: Path) -> None:
    files = list(recorded_files("threadpoolctl"))
    assert files
    assert damaged(files) == []
    source = next(kept for kept in files if kept.path.endswith("threadpoolctl.py"))
    copy = tmp_path / "threadpoolctl.py"
    content = bytearray(Path(source.path).read_bytes())
    content[100] ^= 1
    copy.write_bytes(content)
    changed = Kept("threadpoolctl", str(copy), source.digest)
    gone = Kept("threadpoolctl", str(tmp_path / "gone.py"), source.digest)
    assert damaged([*files, changed, gone]) == [changed, gone]


def test_a_file_beside_all_distributions_that_none_of_them_brought_is_a_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("numpy.py", "sitecustomize.py", "more.pth", "fast.so", "notes.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "numpy-1.dist-info").mkdir()
    (tmp_path / "numpy-1.dist-info" / "METADATA").write_text("Name: numpy\nVersion: 1\n")
    (tmp_path / "numpy-1.dist-info" / "RECORD").write_text("numpy.py,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert strangers() == ["fast.so", "more.pth", "sitecustomize.py"]
    found = checked(Environment(ROOT / LOCK), {}, frozenset(), "looked")
    assert found.blocking == found.differences == [f"{name} is of no distribution" for name in strangers()]


def test_a_distribution_that_a_step_can_import_stops_a_rebuild_and_another_is_told() -> None:
    environment = Environment(ROOT / LOCK)
    wrong = {"numpy": ["/a/one.py", "/a/two.py"], "ruff": ["ruff is 1, locked 2"]}
    found = checked(environment, wrong, frozenset({"numpy"}), "looked")
    files = "numpy: one.py, two.py missing or not as installed"
    assert (found.differences, found.blocking) == ([files, "ruff is 1, locked 2"], [files])
