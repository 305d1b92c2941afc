"""A finished folder is in its place whole, also where that is on another disk."""

from pathlib import Path

import pytest
from tests.disks import small_disk

from pipeline.io.placing import put


@pytest.fixture
def building(tmp_path: Path) -> Path:
    """Return a finished folder, two files deep."""
    folder = tmp_path / "building" / "a"
    (folder / "deep").mkdir(parents=True)
    for name in ("value", "deep/value"):
        (folder / name).write_text(name)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_nothing_of_what_lay_there_before_is_left(building: Path, tmp_path: Path) -> None:
    place = tmp_path / "runs" / "a"
    place.mkdir(parents=True)
    (place / "stale").write_text("of an earlier try")
    put(building, place)
    assert names(place) == ["deep", "deep/value", "value"]
    assert not building.exists()


def test_another_disk_holds_it_as_well_and_nothing_is_left_on_this_one(building: Path, tmp_path: Path) -> None:
    place = tmp_path / "disk" / "runs" / "a"
    with small_disk(tmp_path / "disk", "1m"):
        put(building, place)
        assert names(place) == ["deep", "deep/value", "value"]
        assert [path.name for path in place.parent.iterdir()] == ["a"]
    assert not building.exists()


def test_what_does_not_fit_is_not_there_at_all_and_still_where_it_was_built(building: Path, tmp_path: Path) -> None:
    (building / "value").write_bytes(b"x" * 50_000)
    place = tmp_path / "disk" / "runs" / "a"
    with small_disk(tmp_path / "disk", "16k"):
        with pytest.raises(OSError, match="No space left"):
            put(building, place)
        assert list(place.parent.iterdir()) == []
    assert names(building) == ["deep", "deep/value", "value"]
