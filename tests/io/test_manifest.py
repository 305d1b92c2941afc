"""A manifest counts where it can be read whole, agrees with dvc.lock, and was recorded for the sources here."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.canonical import file_digest
from pipeline.base.errors import RecordError
from pipeline.io.dvc import file_md5
from pipeline.io.manifest import (
    FORMAT,
    MANIFEST,
    changed_sources,
    described,
    git,
    manifest_here,
    manifest_text,
    phases_that_differ,
    read_manifest,
    readable_manifest,
    record_state,
    sources_of,
    uncommitted,
)

OUTS = {"runs": "1" * 32, "results": "2" * 32}


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a repository with two sources and a file that is none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for name in ("params.yaml", "src/pipeline/step.py", "notes.txt"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("1\n")
    subprocess.run(["git", "init", "-q"], check=True)
    commit()
    return tmp_path


def commit() -> None:
    author = ("-c", "user.name=A", "-c", "user.email=a@b.c")
    subprocess.run(["git", "add", "-A"], check=True)
    subprocess.run(["git", *author, "commit", "-q", "--allow-empty", "-m", "Change"], check=True)


def manifest(**changes: Any) -> dict[str, Any]:
    stated = {
        "artefacts": {"runs/a": {"receipt": "0" * 64, "files": {}, "objects": {}}},
        "choices": {},
        "commit": git("rev-parse", "HEAD").strip(),
        "conclusions": {},
        "machines": [],
        "outs": dict(OUTS),
        "plan": None,
        "sources": sources_of("HEAD"),
    }
    return {**stated, **changes}


def recorded(**changes: Any) -> None:
    MANIFEST.write_text(manifest_text(manifest(**changes)))


def test_what_is_recorded_for_the_sources_here_and_in_dvc_lock_counts() -> None:
    recorded()
    assert record_state(OUTS) == (True, f"recorded at {git('rev-parse', 'HEAD')[:12]}")


def test_where_nothing_was_recorded_it_says_so() -> None:
    assert record_state(OUTS) == (False, "not recorded: there is no manifest.json (`pipeline record`)")
    assert (manifest_here(), readable_manifest()) == (None, None)


@pytest.mark.parametrize(
    "outs", [{**OUTS, "runs": "3" * 32}, {"results": OUTS["results"]}, {**OUTS, "analysis": "4" * 32}, {}]
)
def test_what_dvc_lock_says_otherwise_does_not_count(outs: dict[str, str]) -> None:
    recorded()
    counts, said = record_state(outs)
    assert not counts
    assert phases_that_differ(manifest(), outs) == sorted(
        out for out in {*OUTS, *outs} if OUTS.get(out) != outs.get(out)
    )
    assert all(out in said for out in phases_that_differ(manifest(), outs))


@pytest.mark.parametrize("is_committed", [False, True])
@pytest.mark.parametrize("name", ["params.yaml", "src/pipeline/step.py", "src/pipeline/new.py"])
def test_other_sources_do_not_count_committed_or_not(name: str, is_committed: bool) -> None:
    recorded()
    Path(name).write_text("2\n")
    if is_committed:
        commit()
    counts, said = record_state(OUTS)
    assert not counts
    told = Path(name).parts[0] if is_committed else name  # a commit names a folder by all that is in it
    assert said.endswith(f", for other sources: {told}")
    assert uncommitted() == ([] if is_committed else [name])
    assert changed_sources(manifest_here() or {}) == ([told] if is_committed else [])


def test_a_source_that_is_gone_and_a_file_that_is_none_are_told_apart() -> None:
    recorded()
    Path("notes.txt").write_text("2\n")
    commit()
    assert record_state(OUTS)[0]
    Path("src/pipeline/step.py").unlink()
    commit()
    assert record_state(OUTS)[1].endswith("for other sources: src")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"format": 1, "artefacts": []}'])
def test_what_is_no_manifest_is_one_line_with_a_remedy(text: str) -> None:
    with pytest.raises(RecordError, match=r"^manifest.json: is no manifest .*git checkout manifest.json"):
        read_manifest(text)
    MANIFEST.write_text(text)
    assert readable_manifest() is None


def test_another_format_or_a_missing_part_is_named() -> None:
    whole = json.loads(manifest_text(manifest()))
    assert read_manifest(json.dumps(whole)) == whole
    with pytest.raises(RecordError, match=rf"format: is {FORMAT + 1}, this version reads {FORMAT}"):
        read_manifest(json.dumps({**whole, "format": FORMAT + 1}))
    for key in ("choices", "commit", "conclusions", "machines", "outs", "plan", "sources"):
        with pytest.raises(RecordError, match=f"manifest.json: {key}: is missing"):
            read_manifest(json.dumps({name: part for name, part in whole.items() if name != key}))
    for key in ("files", "objects", "receipt"):
        about = {name: part for name, part in whole["artefacts"]["runs/a"].items() if name != key}
        with pytest.raises(RecordError, match=rf"artefacts.runs/a.{key}: is missing"):
            read_manifest(json.dumps({**whole, "artefacts": {"runs/a": about}}))


def test_an_artefact_is_described_by_each_of_its_bytes_under_both_names() -> None:
    home = Path("runs/a")
    home.mkdir(parents=True)
    for name in ("receipt.json", "value"):
        (home / name).write_text(name)
    files = {"value": file_digest(home / "value")}
    assert described({"runs/a": files}, {"runs/a": {"machine": "here"}, "runs/b": {}}) == {
        "runs/a": {
            "receipt": file_digest(home / "receipt.json"),
            "files": files,
            "objects": {name: file_md5(home / name) for name in ("receipt.json", "value")},
            "observed": {"machine": "here"},
        }
    }


def test_why_git_cannot_answer_is_one_line() -> None:
    with pytest.raises(RecordError, match=r"^git ls-tree: Not a valid object name nowhere$"):
        sources_of("nowhere")
