import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from sklearn.datasets import load_digits
from tests.own_data.given import arrays
from tests.own_data.refused import refused

from pipeline.base.errors import DataError
from pipeline.own_data.new_study import Asked, new_study
from pipeline.science.datasets import digest, npz_file

X, Y = load_digits().images.astype(np.float32), load_digits().target


def test_arrays_are_copied_and_pinned(repository: Path, tmp_path: Path) -> None:
    found = new_study("mine", Asked(arrays(tmp_path)))
    assert found["data"]["features"] == [8, 8]
    data = yaml.safe_load((repository / "studies/mine/params.yaml").read_text())["data"]
    read = npz_file.load(0, repository / "studies/mine" / data["source"])
    assert data["sha256"] == digest(*read)
    assert np.array_equal(read[0], X)


def test_rows_that_repeat_others_are_dropped(repository: Path, tmp_path: Path) -> None:
    path = arrays(tmp_path, x=np.concatenate([X, X[:9]]), y=np.concatenate([Y, Y[:9]]))
    assert "9 rows repeat others" in refused(repository, Asked(path))
    assert new_study("mine", Asked(path, duplicates="drop"))["data"]["rows"] == len(Y)


FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("no x", {"x": None}, "x: is missing, it holds y"),
    ("no y", {"y": None, "labels": Y}, "y: is missing, it holds x, labels"),
    ("lengths", {"y": Y[:-1]}, "y: has shape [1796] for 1797 rows of x"),
    ("one-hot labels", {"y": np.eye(10)[Y]}, "y: has shape [1797, 10]"),
    ("a flat x", {"x": Y, "y": Y}, "x: has shape [1797], not"),
    ("durations", {"x": X.astype("timedelta64[s]")}, "x: is timedelta64[s], not real numbers"),
    ("an offset", {"x": X.astype(np.int64) + 1_700_000_000_000}, "has numbers that float32 cannot tell apart"),
    ("infinity", {"x": np.where(np.arange(64).reshape(8, 8) == 9, np.inf, X)}, "the first at x[0, 1, 1]"),
    ("too large", {"x": X.astype(np.float64) * 1e300}, "too large for float32"),
    ("missing", {"x": np.where(X == 16, np.nan, X)}, "values are missing"),
    ("objects", {"x": X.astype(object)}, "holds an object array"),
    ("text", {"x": X.astype(str)}, "x: is <U"),
    ("continuous", {"y": Y + 0.5}, "y: is continuous (float64)"),
    ("names", {"y": np.array(list("abcdefghij"))[Y]}, "y: is <U1; number the classes"),
    ("gaps", {"y": Y * 2}, "y: has labels 0 to 18, 10 of them; number them from 0"),
    ("one class", {"y": Y * 0}, "has one class only, '0'"),
    ("few rows", {"x": X[:60], "y": Y[:60] % 2}, "has 60 rows, fewer than 100"),
    ("a rare class", {"y": np.where(np.arange(len(Y)) < 4, 10, Y)}, "class '10' has 4 rows, fewer than 10"),
    ("a given label", {"x": np.concatenate([X.reshape(-1, 64), Y[:, None]], axis=1)}, "feature 64 alone gives"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "said"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_arrays_that_cannot_be_studied_are_refused(
    changed: dict[str, Any], said: str, repository: Path, tmp_path: Path
) -> None:
    assert said in refused(repository, Asked(arrays(tmp_path, **changed)))


def test_a_file_that_is_no_archive_is_refused(repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.npz"
    path.write_bytes(b"x,y\n1,2\n")
    assert "is no .npz file" in refused(repository, Asked(path))
    np.save(tmp_path / "rows.npy", X)
    (tmp_path / "rows.npy").rename(path)
    assert "is no .npz file" in refused(repository, Asked(path))


def test_a_rare_class_among_many_rows_is_refused_where_no_split_holds_it(repository: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(60_000, 3)), (np.arange(60_000) < 10).astype(np.int64)
    assert "class '1' has 10 of 60000 rows" in refused(
        repository, Asked(arrays(tmp_path, x=x, y=random.permutation(y)))
    )


def test_truth_values_are_numbers_to_the_loader_too(repository: Path, tmp_path: Path) -> None:
    new_study("mine", Asked(arrays(tmp_path, x=X > 7), duplicates="drop"))
    x, _ = npz_file.load(0, repository / "studies/mine/data/source/digits.npz")
    assert sorted(np.unique(x).tolist()) == [0, 1]


def test_rows_are_dropped_from_a_file_whatever_the_case_of_its_name(repository: Path, tmp_path: Path) -> None:
    path = arrays(tmp_path, x=np.concatenate([X, X[:9]]), y=np.concatenate([Y, Y[:9]])).rename(tmp_path / "D.NPZ")
    assert new_study("mine", Asked(path, duplicates="drop"))["data"]["rows"] == len(Y)
    assert sorted(one.name for one in (repository / "studies/mine/data/source").iterdir()) == ["D.NPZ", "README.md"]


def compressed(path: Path) -> bytes:
    np.savez_compressed(path, x=X, y=Y)
    return path.read_bytes()


def spoilt(content: bytes, fault: str) -> bytes:
    """Return an archive that is damaged in one way."""
    changed = bytearray(content)
    if fault == "stream":
        changed[200:5000] = bytes(4800)
    elif fault == "version":
        at = content.index(b"PK\x01\x02")
        changed[at + 6] = 99
    elif fault == "encrypted":
        at = content.index(b"PK\x01\x02")
        changed[at + 8] |= 1
    return bytes(changed)


@pytest.mark.parametrize("fault", ["stream", "version", "encrypted"])
def test_a_damaged_archive_is_refused_in_one_line(fault: str, repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "digits.npz"
    path.write_bytes(spoilt(compressed(path), fault))
    assert "is no .npz file" in refused(repository, Asked(path))
    with pytest.raises(DataError, match=r"is no \.npz file"):
        npz_file.load(0, path)


def test_an_array_whose_header_is_damaged_is_refused_in_one_line(repository: Path, tmp_path: Path) -> None:
    path = tmp_path / "digits.npz"
    with zipfile.ZipFile(path, "w") as archive:
        header = b"{'descr': '<f4', 'shape': (((\n"
        archive.writestr("x.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        archive.writestr("y.npy", b"")
    assert "is no .npz file" in refused(repository, Asked(path))
    with pytest.raises(DataError, match=r"is no \.npz file"):
        npz_file.load(0, path)
