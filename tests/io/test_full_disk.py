import os
from pathlib import Path

import pytest
from tests.disks import closed, small_disk

from pipeline.base.errors import refusal
from pipeline.io.files import remove_torn, write_bytes
from pipeline.io.jobs import put


def test_a_full_disk_is_named_with_its_file_and_a_remedy_and_keeps_the_file_before(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "16k"):
        write_bytes(disk / "kept", b"old")
        with pytest.raises(OSError, match="No space left") as caught:
            write_bytes(disk / "kept", b"x" * 50_000)
        assert (disk / "kept").read_bytes() == b"old"
        assert [path.name for path in disk.iterdir()] == ["kept"]
    said = refusal(caught.value)
    assert said is not None
    assert said.startswith(f"{disk / 'kept'}: cannot be written (No space left on device); make room")


def test_an_artefact_that_does_not_fit_on_another_disk_is_not_there_at_all(tmp_path: Path) -> None:
    building, disk = tmp_path / "building", tmp_path / "disk"
    write_bytes(building / "receipt.withdrawn.json", b"{}")
    write_bytes(building / "big", b"x" * 50_000)
    with small_disk(disk, "16k"):
        with pytest.raises(OSError, match="No space left") as caught:
            put(building, disk / "runs" / "a")
        assert list((disk / "runs").iterdir()) == []
    said = refusal(caught.value)
    assert said is not None
    assert "big: cannot be written (No space left on device); make room" in said
    assert "\n" not in said
    put(building, tmp_path / "place")
    assert (tmp_path / "place" / "big").stat().st_size == 50_000


def test_a_closed_folder_is_named_with_a_remedy(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with closed(folder), pytest.raises(OSError, match="Read-only") as caught:
        write_bytes(folder / "a", b"")
    assert refusal(caught.value) == (
        f"{folder / 'a'}: cannot be written (Read-only file system); work in a folder that can be written"
    )


def test_an_error_of_another_kind_is_no_refusal() -> None:
    assert refusal(FileNotFoundError(2, "No such file or directory", "a")) is None
    assert refusal(OSError("something")) is None


def test_torn_files_of_dead_processes_go_and_all_others_stay(tmp_path: Path) -> None:
    dead = 2**22 + 1  # Linux gives no process such a number
    names = [f".a.json.{dead}.tmp", f".b.json.{os.getpid()}.tmp", ".c.json.tmp", f"d.{dead}.tmp", "e.json"]
    for name in names:
        write_bytes(tmp_path / "below" / name, b"")
    remove_torn(tmp_path)
    assert sorted(path.name for path in (tmp_path / "below").iterdir()) == sorted(names[1:])
