"""Reads what W&B wrote offline: a log in LevelDB's format (blocks of 32 KiB, records in parts) of W&B's messages."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BLOCK, HEAD, FILE_HEAD = 2**15, struct.Struct("<IHB"), 7
WHOLE, FIRST, LAST = 1, 2, 4


@dataclass
class Written:
    """What one run of W&B says."""

    id: str = ""
    name: str = ""
    group: str = ""
    job_type: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    ended: bool = False


def parts(content: bytes) -> Iterator[bytes]:
    """Yield the records of a log."""
    at, record = FILE_HEAD, b""
    while at < len(content):
        left = BLOCK - at % BLOCK
        if left < HEAD.size:
            at += left
            continue
        _, size, kind = HEAD.unpack_from(content, at)
        record = (b"" if kind in (WHOLE, FIRST) else record) + content[at + HEAD.size : at + HEAD.size + size]
        at += HEAD.size + size
        if kind in (WHOLE, LAST):
            yield record


def items(changes: Any) -> dict[str, Any]:
    """Return {key: value} of a message's items."""
    return {item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in changes}


def read(folder: Path) -> Written:
    """Return what W&B wrote of a run in one offline-run-… folder."""
    from wandb.proto.wandb_internal_pb2 import Record

    found = Written()
    (log,) = folder.glob("*.wandb")
    for content in parts(log.read_bytes()):
        record = Record()
        record.ParseFromString(content)
        match record.WhichOneof("record_type"):
            case "run":
                run = record.run
                found.id, found.name, found.group, found.job_type = (
                    run.run_id,
                    run.display_name,
                    run.run_group,
                    run.job_type,
                )
                found.config = items(run.config.update)
            case "history":
                found.history.append(items(record.history.item))
            case "summary":
                found.summary |= items(record.summary.update)
            case "exit":
                found.ended = True
    return found
