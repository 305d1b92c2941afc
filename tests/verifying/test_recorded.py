"""What a commit says was recorded: believed where its sources are the commit's own, and its texts what they say."""

from pathlib import Path
from typing import Any

import pytest
from tests.certificates.rebuilds import commit, record

from pipeline.base.canonical import file_digest, text_digest
from pipeline.base.errors import RecordError
from pipeline.io.manifest import MANIFEST
from pipeline.verifying.recorded import Recorded, recorded_at


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Go into a repository with a record, and return its manifest."""
    monkeypatch.chdir(tmp_path)
    return record()


def test_a_record_is_read_from_the_commit_and_not_from_the_folder(manifest: dict[str, Any]) -> None:
    digest = file_digest(MANIFEST)
    head = commit("Certify")
    MANIFEST.write_text("{}")
    found = recorded_at("HEAD")
    assert (found.commit, found.manifest, found.sha256) == (head, manifest, digest)


def test_a_commit_without_a_manifest_is_refused(manifest: dict[str, Any]) -> None:
    with pytest.raises(RecordError, match=r"manifest\.json: is not in commit .*; record a result first"):
        recorded_at("HEAD~1")


def test_a_record_of_other_sources_than_the_commit_has_is_refused(manifest: dict[str, Any]) -> None:
    Path("params.yaml").write_text("seed: 2\n")
    commit("Change the study")
    with pytest.raises(RecordError, match=r"recorded for other sources .*\(params\.yaml\); verify the commit"):
        recorded_at("HEAD")


def test_choices_that_are_not_what_was_recorded_are_not_taken_as_given() -> None:
    texts = {"choice.json": "{}", "receipt.json": "{ }"}
    digests = {name: text_digest(text) for name, text in texts.items()}
    about = {"receipt": digests["receipt.json"], "files": {"choice.json": digests["choice.json"]}}
    manifest = {"artefacts": {"choices/full": about}, "choices": {"choices/full": texts}}
    assert Recorded("c" * 40, manifest, "0").choice_texts() == {"choices/full": texts}
    texts["choice.json"] = '{"neighbours": 3}'
    with pytest.raises(RecordError, match="choices: choices/full is not what its digests say"):
        Recorded("c" * 40, manifest, "0").choice_texts()
