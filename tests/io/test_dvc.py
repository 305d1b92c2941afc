"""DVC's lock and cache as they are documented: nothing damaged is taken for what it was."""

import json
from pathlib import Path

import pytest

from pipeline.base.errors import RecordError
from pipeline.io.dvc import (
    Cache,
    declared_outs,
    disagreements,
    file_md5,
    got_no_answer,
    last_line,
    locked_outs,
    recorded_outs,
)

LOCK = """
schema: '2.0'
stages:
  prepare:
    outs:
    - path: data/raw
      md5: 11111111111111111111111111111111.dir
  train:
    cmd: 'true'
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kept(cache: Cache, content: bytes, ending: str = "") -> str:
    """Keep a content in a cache; return its digest."""
    Path("content").write_bytes(content)
    md5 = file_md5(Path("content")) + ending
    cache.object(md5).parent.mkdir(parents=True, exist_ok=True)
    cache.object(md5).write_bytes(content)
    return md5


def test_a_content_is_held_as_long_as_no_byte_of_it_changes() -> None:
    cache = Cache(Path("cache"))
    md5 = kept(cache, b"content")
    assert (cache.holds(md5), cache.has([md5]), cache.is_damaged(md5)) == (True, True, False)
    cache.object(md5).write_bytes(b"Content")
    assert (cache.holds(md5), cache.has([md5]), cache.is_damaged(md5)) == (False, True, True)
    assert cache.fault(md5) == "damaged"
    cache.evict(md5)
    assert (cache.holds(md5), cache.has([md5]), cache.is_damaged(md5)) == (False, False, False)
    assert cache.fault(md5) == "not in the cache"


def test_a_list_of_files_is_read_where_it_is_whole_and_never_where_it_is_damaged() -> None:
    cache = Cache(Path("cache"))
    entries = json.dumps([{"md5": "1" * 32, "relpath": "a/b"}])
    md5 = kept(cache, entries.encode(), ".dir")
    assert cache.lists() == [md5]
    assert cache.listing(md5) == {"a/b": "1" * 32}
    cache.object(md5).write_text(entries.replace("1", "2"))
    assert cache.listing(md5) is None
    assert cache.listing("0" * 32 + ".dir") is None


def test_of_a_folder_every_file_that_is_listed_otherwise_is_named() -> None:
    out = Path("runs")
    for name in ("same", "deep/changed", "added"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(name)
    listing = {"same": file_md5(out / "same"), "deep/changed": "0" * 32, "gone": "0" * 32}
    assert disagreements(out, listing) == ["added", "deep/changed", "gone"]


def test_every_out_of_a_lock_is_read_and_what_is_no_lock_is_one_line() -> None:
    assert recorded_outs() == {}
    Path("dvc.lock").write_text(LOCK)
    assert recorded_outs() == {"data/raw": "1" * 32 + ".dir"}
    assert locked_outs("") == {}
    for text in ("- a list", "stages: [1]", "{", "stages: {a: {outs: [{path: x}]}}"):
        with pytest.raises(RecordError, match=r"^dvc.lock: is no lock of DVC .*git checkout dvc.lock"):
            locked_outs(text)


def test_phases_name_their_outs_with_settings_or_without() -> None:
    Path("dvc.yaml").write_text("stages: {a: {outs: [runs, {data/raw: {persist: true}}]}, b: {cmd: 'true'}}")
    assert declared_outs() == ["runs", "data/raw"]
    Path("dvc.yaml").write_text("stages: [1]")
    with pytest.raises(RecordError, match=r"^dvc.yaml: names no phases"):
        declared_outs()


def test_that_a_remote_did_not_answer_is_told_before_what_follows_from_it() -> None:
    away = "failed to connect to s3 (bucket)"
    said = f"WARNING: x\nERROR: {away}\nERROR: 3 files failed to download\n"
    assert last_line(said) == away
    assert last_line("ERROR: one\nsome words\n") == "one"
    assert last_line("words\nmore words\n") == "more words"
    assert last_line("") == "failed"
    assert [got_no_answer(line) for line in (away, "config file error: no remote specified", "x")] == [
        True,
        True,
        False,
    ]
