"""Where Git keeps a repository: its own folder, that of the main work tree, and those it borrows objects of."""

import os
import subprocess
from pathlib import Path

import pytest

from pipeline.io.history import git_places, git_program, git_says, lenders, trust_as_before


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


def test_a_repository_keeps_itself(repository: Path) -> None:
    assert set(git_places()) == {repository / ".git"}


def test_a_work_tree_needs_the_repository_that_it_is_of(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git("worktree", "add", "-q", "../tree")
    monkeypatch.chdir(repository.parent / "tree")
    assert set(git_places()) == {repository / ".git" / "worktrees" / "tree", repository / ".git"}


def test_a_clone_that_borrows_objects_needs_the_lender_and_whom_that_borrows_from(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source, clone in (("main", "second"), ("second", "third")):
        git("clone", "-q", "--shared", str(repository.parent / source), str(repository.parent / clone))
    monkeypatch.chdir(repository.parent / "third")
    own, *_ = git_places()
    objects = [repository.parent / name / ".git" / "objects" for name in ("main", "second")]
    assert own == repository.parent / "third" / ".git"
    assert set(objects) <= set(git_places())


def test_a_remark_or_an_empty_line_is_no_lender(repository: Path) -> None:
    objects = repository / ".git" / "objects"
    (objects / "info" / "alternates").write_text("# a remark\n\n../../other\n")
    assert lenders(objects) == [repository / "other"]


def test_where_there_is_no_repository_there_are_no_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bare").mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.resolve()))
    monkeypatch.chdir(tmp_path / "bare")
    assert git_places() == []


def test_where_git_is_not_there_it_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert git_says("log", "--format=%s") == ["Start"]
    assert {path.name for path in git_program()} == {"bin", "lib", "libexec"}
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_says("log") == []
    assert git_program() == []


def test_folders_that_a_person_trusts_stay_trusted_without_that_person_s_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "settings"
    settings.write_text("[safe]\n\tdirectory = /one\n\tdirectory = /two\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    for name in ("COUNT", "KEY_0", "KEY_1", "VALUE_0", "VALUE_1"):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", "")  # so that they go again afterwards
    for name in ("COUNT", "KEY_0", "KEY_1", "VALUE_0", "VALUE_1"):
        os.environ.pop(f"GIT_CONFIG_{name}")
    trust_as_before()
    settings.write_text("")
    assert git_says("config", "--get-all", "safe.directory") == ["/one", "/two"]
