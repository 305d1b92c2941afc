import os
import resource
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.io.writers import write_all

from pipeline.base.canonical import file_digest
from pipeline.io.files import (
    read_json,
    read_parquet,
    read_tensors,
    write_bytes,
    write_csv,
    write_json,
    write_parquet,
    write_tensors,
    write_text,
)

ROOT = Path(__file__).resolve().parents[2]


def test_a_file_is_written_into_folders_that_do_not_exist_yet(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b" / "c.txt", "é\n")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == "é\n".encode()
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["c.txt"]


def test_a_write_that_fails_leaves_the_old_file_and_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    write_text(path, "old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_text(path, "x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_an_interruption_leaves_the_old_file_and_no_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "kept.txt"
    write_text(path, "old")
    monkeypatch.setattr(f"os.{moment}", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_sees_the_old_file_or_the_new_one_and_nothing_between(tmp_path: Path) -> None:
    path = tmp_path / "value.txt"
    write_bytes(path, b"a" * 100_000)
    with path.open("rb") as reader:
        write_bytes(path, b"b" * 100_000)
        assert set(reader.read()) == {ord("a")}
    assert set(path.read_bytes()) == {ord("b")}


def test_a_linked_file_is_replaced_and_what_it_linked_to_is_kept(tmp_path: Path) -> None:
    write_text(tmp_path / "cache", "cached")
    (tmp_path / "hard").hardlink_to(tmp_path / "cache")
    (tmp_path / "soft").symlink_to("cache")
    for name in ("hard", "soft"):
        write_text(tmp_path / name, "new")
    assert (tmp_path / "cache").read_text() == "cached"
    assert not (tmp_path / "soft").is_symlink()


def test_nan_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "value.json", {"x": float("nan")})
    assert list(tmp_path.iterdir()) == []


def in_another_process(folder: Path, seed: int, **environment: str) -> str:
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    return subprocess.run(
        [sys.executable, "-m", "tests.io.writers", str(folder), str(seed)],
        env={**os.environ, "PYTHONPATH": path, **environment},
        cwd=folder.parents[1],
        umask=0o077,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def test_every_writer_writes_the_same_bytes_in_any_order_and_in_any_process(tmp_path: Path) -> None:
    here = write_all(tmp_path / "here", 0)
    assert len(here) == 5
    assert all(write_all(tmp_path / f"order{seed}", seed) == here for seed in range(1, 6))
    surroundings = {"PYTHONHASHSEED": "7", "TZ": "Asia/Kathmandu", "LC_ALL": "C", "HOME": "/", "USER": "nobody"}
    assert in_another_process(tmp_path / "there" / "deeper", 9, **surroundings) == str(here)
    mode = stat.S_IMODE((tmp_path / "there" / "deeper" / "text.txt").stat().st_mode)
    assert mode == 0o600


def test_the_comparison_of_bytes_can_fail(tmp_path: Path) -> None:
    write_tensors(tmp_path / "a", {"x": np.zeros(2, dtype=np.float32)})
    write_tensors(tmp_path / "b", {"x": np.array([0, -0.0], dtype=np.float32)})
    assert file_digest(tmp_path / "a") != file_digest(tmp_path / "b")


def test_arrays_come_back_as_they_were_whatever_their_layout(tmp_path: Path) -> None:
    array = np.arange(12, dtype=np.float64).reshape(3, 4)
    write_tensors(tmp_path / "a", {"x": array.T, "y": array[::2, ::-1]})
    back = read_tensors(tmp_path / "a")
    np.testing.assert_array_equal(back["x"], array.T)
    np.testing.assert_array_equal(back["y"], array[::2, ::-1])
    write_tensors(tmp_path / "b", {"x": array.T.copy(), "y": array[::2, ::-1].copy()})
    assert file_digest(tmp_path / "a") == file_digest(tmp_path / "b")


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_csv_is_exact(tmp_path_factory: pytest.TempPathFactory, value: float) -> None:
    path = tmp_path_factory.getbasetemp() / "exact.csv"
    write_csv(path, pd.DataFrame({"x": [value]}))
    assert float(path.read_text().splitlines()[1]) == value


def test_csv_leaves_missing_values_empty_and_the_table_as_it_was(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [1.0, float("nan")], "y": ["a", None]})
    write_csv(tmp_path / "t.csv", table)
    assert (tmp_path / "t.csv").read_bytes() == b"x,y\n1.0,a\n,\n"
    assert table["x"].dtype == np.float64


def test_a_table_comes_back_from_parquet(tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [1.0, float("nan")], "n": [1, 2], "s": ["a", "b"]})
    write_parquet(tmp_path / "t.parquet", table)
    pd.testing.assert_frame_equal(read_parquet(tmp_path / "t.parquet"), table)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=JSON)
def test_a_value_comes_back_from_json(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "value.json"
    try:
        write_json(path, value)
    except UnicodeEncodeError:
        return
    assert read_json(path) == value
