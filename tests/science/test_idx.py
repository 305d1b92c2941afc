import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest

from pipeline.base.errors import DataError
from pipeline.science.idx import parsed, read_idx

CONTENT = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, *range(6)])


@pytest.mark.parametrize("zipped", [True, False])
def test_an_array_of_bytes_is_read_gzipped_or_not(zipped: bool, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(CONTENT) if zipped else CONTENT)
    assert np.array_equal(read_idx(path, hashlib.sha256(CONTENT).hexdigest()), np.arange(6).reshape(2, 3))


@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"0", b"\0\0\x0d" + CONTENT[3:], bytes(12)])
def test_what_is_no_idx_file_of_bytes_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match="no IDX file of bytes"):
        parsed(content, Path("file"))


def test_another_content_or_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT)
    for name, said in (("file", "not the published"), ("other", "cannot be read")):
        with pytest.raises(DataError, match=said):
            read_idx(tmp_path / name, "0" * 64)
