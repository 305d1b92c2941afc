"""Disk given back, never at the price of the only copy of a recorded result."""

import json
from collections.abc import Sequence
from pathlib import Path

from pipeline.io.dvc import dvc
from pipeline.io.runs import hold
from pipeline.io.settling import prune


def reclaim(roots: Sequence[str]) -> list[str]:
    """Remove artefacts whose receipts do not stand, and cached objects that no commit or experiment names.

    An out of DVC whose recorded content is not in the cache is left alone, since what lies here may be the only
    copy of it. Returns a line for each thing done or left. Raises PipelineError where DVC cannot answer.
    """
    hold()
    recorded_here_only = outs_not_in_cache()
    lines = []
    for root in roots:
        if any(Path(out) == Path(root) or Path(root) in Path(out).parents for out in recorded_here_only):
            lines.append(
                f"left {root}: what dvc.lock records of it is not in the cache; `dvc repro` or `dvc pull` first"
            )
        else:
            lines += [f"removed {home}" for home in prune([root])]
    said = dvc("gc", "--all-commits", "--all-experiments", "--force")
    return [*lines, *said.strip().splitlines()]


def outs_not_in_cache() -> list[str]:
    """Return the outs that dvc.lock records and the cache does not hold."""
    return [out.rstrip("/") for out in json.loads(dvc("data", "status", "--json")).get("not_in_cache", [])]
