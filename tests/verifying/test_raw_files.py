"""Raw files that Git does not hold, brought into a room by their digest."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.verifying.raw_files import bring_raw_files

SOURCE = "data/source/rows.npz"


def run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def dvc(*arguments: str) -> None:
    run(sys.executable, "-m", "dvc", *arguments)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a study whose raw file DVC keeps, pushed to a remote; return the study's folder in a room."""
    study = tmp_path / "study"
    (study / "data/source").mkdir(parents=True)
    monkeypatch.chdir(study)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "A Scientist")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "scientist@example.org")
    Path(SOURCE).write_bytes(b"as published")
    Path("params.yaml").write_text(f"data: {{name: npz_file, source: {SOURCE}}}\n")
    run("git", "init", "-q")
    dvc("init", "-q")
    dvc("remote", "add", "-d", "shared", str(tmp_path / "remote"))
    dvc("add", "-q", SOURCE)
    run("git", "add", "-A")
    run("git", "commit", "-q", "-m", "Start")
    dvc("push", "-q")
    run("git", "clone", "-q", str(study), str(tmp_path / "room"))
    return tmp_path / "room"


@pytest.mark.slow
def test_a_raw_file_comes_from_the_folder_the_cache_or_the_remote_or_is_named_as_missing(room: Path) -> None:
    def brought() -> str:
        (room / SOURCE).unlink(missing_ok=True)
        missing = bring_raw_files(room, run("git", "rev-parse", "HEAD").strip())
        assert missing or (room / SOURCE).read_bytes() == b"as published"
        return missing

    assert brought() == ""
    os.chmod(SOURCE, 0o644)  # noqa: PTH101
    Path(SOURCE).unlink()
    Path(SOURCE).write_bytes(b"changed since")
    assert brought() == ""
    shutil.rmtree(".dvc/cache")
    assert brought() == ""
    shutil.rmtree(".dvc/cache", ignore_errors=True)
    shutil.rmtree(room.parent / "remote")
    assert brought().startswith(f"data.source: {SOURCE} (md5 ")


def test_a_raw_file_without_a_pointer_is_the_one_that_lies_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    room = tmp_path / "room"
    room.mkdir()
    (room / "params.yaml").write_text(f"data: {{name: npz_file, source: {SOURCE}}}\n")
    assert bring_raw_files(room, "HEAD") == f"data.source: {SOURCE} is in neither Git nor this folder"
    Path("data/source").mkdir(parents=True)
    Path(SOURCE).write_bytes(b"as published")
    assert bring_raw_files(room, "HEAD") == ""
    assert (room / SOURCE).read_bytes() == b"as published"
    (room / "params.yaml").write_text("data: {name: mnist1d}\n")
    assert bring_raw_files(room, "HEAD") == ""
