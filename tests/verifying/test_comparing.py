"""Two files of each kind: where they first differ, and in what."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.io.files import write_csv, write_json, write_parquet, write_tensors
from pipeline.verifying.comparing import file_difference, parted_between
from pipeline.verifying.distances import Difference, Kind


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "recorded").mkdir()
    (tmp_path / "rebuilt").mkdir()
    return tmp_path / "recorded", tmp_path / "rebuilt"


def compared(two: tuple[Path, Path], name: str, write: Any, before: Any, after: Any) -> Difference | None:
    for folder, value in zip(two, (before, after), strict=True):
        write(folder / name, value)
    return file_difference(*(folder / name for folder in two))


def test_the_same_bytes_are_no_difference(two: tuple[Path, Path]) -> None:
    assert compared(two, "x.json", write_json, {"a": 1}, {"a": 1}) is None


def test_tensors_are_compared_one_by_one(two: tuple[Path, Path]) -> None:
    before = {"a.weight": np.ones(3, np.float32), "b.weight": np.ones((2, 2), np.float32)}
    after = {**before, "b.weight": np.nextafter(before["b.weight"], np.float32(2))}
    found = compared(two, "model.safetensors", write_tensors, before, after)
    assert found
    assert (found.kind, found.where, found.ulp) == (Kind.CLOSE, "b.weight[0, 0]", 1)


def test_a_tensor_that_only_one_side_has_is_named(two: tuple[Path, Path]) -> None:
    before = {"a": np.ones(1), "b": np.ones(1)}
    found = compared(two, "model.safetensors", write_tensors, before, {"a": np.ones(1)})
    assert found == Difference(Kind.OTHER, "b", "b: was only recorded")
    found = compared(two, "model.safetensors", write_tensors, {"a": np.ones(1)}, before)
    assert found == Difference(Kind.OTHER, "b", "b: was only rebuilt")


def test_json_is_compared_by_key(two: tuple[Path, Path]) -> None:
    before = {"costs": {"flops": 10}, "curve": [0.5, 0.25], "sha256": "a" * 64}
    for after, kind, where in (
        ({**before, "curve": [0.5, 0.25 + 2**-54]}, Kind.CLOSE, "curve[1]"),
        ({**before, "curve": [0.5, 0.3]}, Kind.NUMBERS, "curve[1]"),
        ({**before, "costs": {"flops": 11}}, Kind.OTHER, "costs.flops"),
        ({**before, "costs": {"flops": 10.0}}, Kind.OTHER, "costs.flops"),
        ({**before, "sha256": "b" * 64}, Kind.DIGEST, "sha256"),
        ({**before, "sha256": "none"}, Kind.OTHER, "sha256"),
        ({**before, "curve": [0.5]}, Kind.OTHER, "curve[1]"),
    ):
        found = compared(two, "x.json", write_json, before, after)
        assert found
        assert (found.kind, found.where) == (kind, where)


@pytest.mark.parametrize(("name", "write"), [("t.csv", write_csv), ("t.parquet", write_parquet)])
def test_tables_are_compared_by_cell(two: tuple[Path, Path], name: str, write: Any) -> None:
    before = pd.DataFrame({"variant": ["full", "mlp"], "n": [10, 10], "mean": [0.9, float("nan")]})
    for column, value, kind, where in (
        ("mean", 0.9 + 2**-53, Kind.CLOSE, "mean[0]"),
        ("n", 11, Kind.NUMBERS, "n[0]"),
        ("variant", "other", Kind.OTHER, "variant[0]"),
    ):
        after = before.copy()
        after.loc[0, column] = value
        found = compared(two, name, write, before, after)
        assert found
        assert (found.kind, found.where) == (kind, where)


def test_the_same_values_in_other_bytes_are_no_rebuild(two: tuple[Path, Path]) -> None:
    found = compared(two, "x.json", lambda path, text: path.write_text(text), '{"a": 1}', '{"a":1}')
    assert found == Difference(Kind.BYTES, "", "the same values in other bytes")


def test_a_file_that_cannot_be_read_is_compared_by_bytes_and_says_so(two: tuple[Path, Path]) -> None:
    found = compared(two, "m.safetensors", lambda path, content: path.write_bytes(content), b"no", b"tensors")
    assert found
    assert found.kind is Kind.BYTES
    assert "cannot be read as safetensors" in found.said


def test_other_kinds_name_the_first_byte(two: tuple[Path, Path]) -> None:
    found = compared(two, "m.skops", lambda path, content: path.write_bytes(content), b"abcd", b"abXde")
    assert found == Difference(Kind.BYTES, "byte 2", "byte 2 of 4 recorded, 5 rebuilt")


def test_the_first_link_of_the_chain_that_differs_gives_the_steps(two: tuple[Path, Path]) -> None:
    chain = [[100, "a"], [200, "b"], [300, "c"]]
    paths = [folder / "run.json" for folder in two]
    for index, expected in ((0, [0, 100]), (2, [200, 300])):
        other = [[step, digest if at < index else "other"] for at, (step, digest) in enumerate(chain)]
        for path, links in zip(paths, (chain, other), strict=True):
            write_json(path, {"weight_chain": links})
        assert parted_between(*paths) == expected
    assert parted_between(paths[0], paths[0]) is None
    assert parted_between(paths[0], two[0] / "missing.json") is None
