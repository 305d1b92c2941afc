from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.base.stated import stated

from pipeline.base.errors import DataError
from pipeline.base.params import Study
from pipeline.io.files import read_json, read_tensors
from pipeline.science.datasets import digest
from pipeline.stages import fetch

X = np.arange(24, dtype=np.float32).reshape(8, 3)
Y = np.arange(8, dtype=np.int64) % 2


def pinned(home: Path, y: Any = Y) -> Path:
    """Return the folder of raw data that were fetched from a file, with the digest of X and Y pinned."""
    source = home / "rows.npz"
    np.savez(source, x=X, y=y)
    told = fetch.Params(name="npz_file", seed=0, source=str(source), sha256=digest(X, Y))
    (home / "raw").mkdir()
    fetch.run(told, home / "raw", source=[source])
    return home / "raw"


def test_the_pinned_rows_are_kept_in_their_order_with_what_is_said_of_them(tmp_path: Path) -> None:
    raw = pinned(tmp_path)
    kept = read_tensors(raw / "raw.safetensors")
    assert np.array_equal(kept["x"], X)
    assert np.array_equal(kept["y"], Y)
    assert read_json(raw / "about.json") == {"name": "npz_file", "sha256": digest(X, Y), "rows": 8}


def test_rows_other_than_those_pinned_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    other = Y.copy()
    other[3] = 0
    with pytest.raises(DataError, match=r"data.sha256: .*rows.npz has the digest .*, not the pinned .*; restore the"):
        pinned(tmp_path, other)
    assert list((tmp_path / "raw").iterdir()) == []


def test_fetch_is_told_of_the_data_alone_and_its_code_is_that_of_the_data_set() -> None:
    told = fetch.parameters(Study.model_validate(stated(data__train=70)), {})
    assert told == fetch.parameters(Study.model_validate(stated()), {})
    assert set(told.model_dump()) == {"name", "seed", "source", "sha256"}
    assert fetch.code(told.model_dump()) == ("pipeline.science.datasets.npz_file",)
