"""Revisions by Git's names and by DVC's, and their sources laid out."""

import subprocess
from pathlib import Path

import pytest
from tests.certificates.rebuilds import record

from pipeline.base.errors import PipelineError
from pipeline.io.revisions import commit_of, open_revision, raw_files, record_of


def git(*arguments: str) -> str:
    """Run Git here and return what it prints."""
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()


def commit(**files: str) -> str:
    """Commit files, `__` in a name for a slash and `_dot_` for a dot; return the commit."""
    for name, text in files.items():
        path = Path(name.replace("__", "/").replace("_dot_", "."))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git("add", "-A")
    git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "Change")
    return git("rev-parse", "HEAD")


@pytest.fixture
def first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Go into a repository of one commit and return it."""
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    git("init", "-q", "-b", "main")
    return commit(params_dot_yaml="a: 1", src__code_dot_py="A = 1", data__source__rows_dot_csv="1", notes_dot_md="no")


def test_a_revision_is_laid_out_as_it_was_committed_and_nothing_beside_its_sources(first: str, tmp_path: Path) -> None:
    commit(params_dot_yaml="a: 2", data__source__rows_dot_csv="2")
    before, here = open_revision("HEAD~1", tmp_path / "before"), open_revision("workspace", tmp_path / "none")
    assert (before.commit, before.text("params.yaml"), here.text("params.yaml")) == (first, "a: 1", "a: 2")
    assert sorted(path.name for path in before.folder.iterdir()) == ["data", "params.yaml", "src"]
    assert before.content("notes.md") is None
    assert raw_files(before).keys() == raw_files(here).keys() == {"data/source/rows.csv"}
    assert raw_files(before) != raw_files(here)


def test_a_source_that_an_archive_would_leave_out_is_refused(first: str, tmp_path: Path) -> None:
    commit(_dot_gitattributes="src/code.py export-ignore\n")
    with pytest.raises(PipelineError, match=r"HEAD: src/code.py: is left out by export-ignore in .gitattributes"):
        open_revision("HEAD", tmp_path / "after")


def test_an_experiment_is_named_as_dvc_names_it_unless_two_share_the_name(first: str) -> None:
    second = commit(params_dot_yaml="a: 2")
    git("update-ref", f"refs/exps/{first[:2]}/{first[2:]}/wide", second)
    git("update-ref", "refs/exps/exec/EXEC_HEAD", first)
    assert commit_of("wide") == second
    git("update-ref", f"refs/exps/{second[:2]}/{second[2:]}/wide", first)
    with pytest.raises(PipelineError, match="wide: names 2 experiments; name the commit of one: "):
        commit_of("wide")


@pytest.mark.parametrize("name", ["", "nowhere", "EXEC_HEAD", "--all", "HEAD~9", "*"])
def test_what_names_no_revision_is_refused(first: str, name: str) -> None:
    git("update-ref", "refs/exps/exec/EXEC_HEAD", first)
    with pytest.raises(PipelineError, match="is no revision; see `git log --oneline`"):
        commit_of(name)


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "dict[str, object]":
    """Go into a repository with a record whose dvc.lock agrees with it, and return its manifest."""
    monkeypatch.chdir(tmp_path)
    Path("dvc.lock").write_text("schema: '2.0'\n")
    return record()


def test_a_revision_has_the_record_that_is_of_its_own_sources(recorded: "dict[str, object]", tmp_path: Path) -> None:
    head = commit(notes_dot_md="no source")
    assert record_of(open_revision(head, tmp_path / "now")) == (recorded, "")
    made_of = open_revision(str(recorded["commit"]), tmp_path / "made-of")
    assert made_of.content("manifest.json") is None
    assert record_of(made_of) == (recorded, "")
    assert record_of(open_revision("workspace", tmp_path / "none")) == (recorded, "")


def test_a_record_of_other_sources_is_none_of_a_revision(recorded: "dict[str, object]", tmp_path: Path) -> None:
    commit(params_dot_yaml="seed: 2")
    for name in ("HEAD", "workspace"):
        found, reason = record_of(open_revision(name, tmp_path / name))
        assert found is None
        assert "other sources" in reason
        assert "params.yaml" in reason


def test_a_record_that_says_otherwise_than_dvc_lock_is_not_believed(
    recorded: "dict[str, object]", tmp_path: Path
) -> None:
    commit(dvc_dot_lock="stages: {train: {outs: [{path: runs, md5: 0123.dir}]}}")
    assert record_of(open_revision("HEAD", tmp_path / "now")) == (None, "its dvc.lock and manifest.json differ in runs")
    assert record_of(open_revision("workspace", tmp_path / "none"))[0] is None


def test_a_manifest_that_cannot_be_read_is_no_record(recorded: "dict[str, object]", tmp_path: Path) -> None:
    commit(manifest_dot_json="{}")
    found, reason = record_of(open_revision("HEAD", tmp_path / "now"))
    assert (found, reason.partition(";")[0]) == (None, "manifest.json: is no manifest (KeyError: 'format')")
