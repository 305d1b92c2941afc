import os
from pathlib import Path

from pipeline.io.folders import entries_below, exists, files_below, home_of


def test_every_file_and_link_counts_and_nothing_behind_a_link(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    (home / "deep" / "deeper").mkdir(parents=True)
    (home / "empty").mkdir()
    elsewhere.mkdir()
    for path in (home / "a", home / ".hidden", home / "deep" / "deeper" / "b", elsewhere / "c"):
        path.write_text("x")
    (home / "to_file").symlink_to(elsewhere / "c")
    (home / "to_folder").symlink_to(elsewhere)
    (home / "to_nothing").symlink_to("nowhere")
    os.mkfifo(home / "pipe")
    found = files_below(str(home))
    assert set(found) == {"a", ".hidden", "deep/deeper/b", "to_file", "to_folder", "to_nothing"}
    assert all(found[name] == str(home / name) for name in found)


def test_a_folder_that_is_a_link_is_walked_and_one_that_is_missing_is_empty(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_text("x")
    (tmp_path / "link").symlink_to("real")
    assert set(files_below(str(tmp_path / "link"))) == {"a"}
    assert files_below(str(tmp_path / "missing")) == {}
    assert list(entries_below(str(tmp_path / "real" / "a"))) == []


def test_a_dead_link_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "dead").symlink_to("nowhere")
    (tmp_path / "alive").symlink_to(tmp_path)
    assert (exists(str(tmp_path / "dead")), exists(str(tmp_path / "alive"))) == (False, True)
    assert home_of("runs//full/./receipt.json") == "runs/full"
