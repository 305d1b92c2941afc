"""Files written whole or not at all, each kind in one canonical spelling."""

import contextlib
import io
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.canonical import canonical_json, compact_json
from pipeline.io.processes import is_still_at_work

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: temporary name beside it, fsync, rename, fsync of the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # a full disk does not say where it is full
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remove_torn(folder: Path) -> None:
    """Remove the temporary files in a folder, and below it, of writes whose process is no more."""
    for path in folder.rglob(".*.tmp"):
        process = path.name.split(".")[-2]
        with contextlib.suppress(FileNotFoundError):
            if process.isdecimal() and not is_still_at_work(int(process), since=path.stat().st_mtime):
                path.unlink()


def emptied(folder: Path) -> Path:
    """Return a folder, made empty; one that is there stays the same folder, which a confined process may write to."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return folder


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write sorted JSON; NaN is refused with ValueError."""
    write_text(path, canonical_json(value))


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_tensors(path: Path, tensors: "Mapping[str, np.ndarray]", metadata: Mapping[str, Any] | None = None) -> None:
    """Write arrays as safetensors."""
    write_bytes(path, tensor_bytes(tensors, metadata))


def tensor_bytes(tensors: "Mapping[str, np.ndarray]", metadata: Mapping[str, Any] | None = None) -> bytes:
    """Return arrays as safetensors; metadata goes under one key, since several keys have no fixed order."""
    import numpy as np
    from safetensors.numpy import save

    ordered = {name: np.ascontiguousarray(tensors[name]) for name in sorted(tensors)}
    return bytes(save(ordered, {"json": compact_json(metadata or {})}))


def read_tensors(path: Path) -> "dict[str, np.ndarray]":
    """Read all arrays of a safetensors file."""
    from safetensors.numpy import load_file

    return dict(load_file(path))


def write_parquet(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as Parquet with fixed codec and row groups, without an index."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(arrow, buffer, compression="zstd", compression_level=3, row_group_size=1 << 20)
    write_bytes(path, buffer.getvalue())


def read_parquet(path: Path) -> "pd.DataFrame":
    """Read a Parquet file."""
    import pandas as pd

    return pd.read_parquet(path)


def write_csv(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as CSV, floats in their shortest exact spelling, missing values empty."""
    shown = table.copy()
    for column in shown.select_dtypes("float"):
        shown[column] = [repr(float(value)) if value == value else "" for value in shown[column]]
    write_text(path, shown.to_csv(index=False, lineterminator="\n"))
