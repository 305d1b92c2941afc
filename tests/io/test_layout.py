"""Where a study lies, and what it shares with the others."""

from pathlib import Path

import pytest

from pipeline.io.layout import OWN, SHARED, root, sources


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with code and a study beside the default one."""
    (tmp_path / "src" / "pipeline").mkdir(parents=True)
    (tmp_path / "studies" / "second").mkdir(parents=True)
    return tmp_path


def test_a_study_beside_the_default_one_shares_what_lies_at_the_root(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "studies" / "second")
    assert root() == Path("../..")
    assert {"params.yaml", "Snakefile", "../../Snakefile", "../../src", "../../requirements.lock"} < set(sources())


def test_the_default_study_names_each_source_once(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    assert root() == Path()
    assert sorted(sources()) == sorted({*OWN, *SHARED})


def test_a_folder_without_code_anywhere_above_it_is_its_own_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert root() == Path()
