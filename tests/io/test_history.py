"""What Git says of a repository."""

import os
import subprocess
from pathlib import Path

import pytest

from pipeline.io.history import git_says


def git(*arguments: str) -> None:
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@b.c", *arguments], check=True, capture_output=True)


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with one commit, and work in it."""
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    folder = tmp_path.resolve() / "main"
    git("init", "-q", str(folder))
    monkeypatch.chdir(folder)
    git("commit", "-q", "--allow-empty", "-m", "Start")
    return folder


def test_where_git_is_not_there_it_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert git_says("log", "--format=%s") == ["Start"]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_says("log") == []
