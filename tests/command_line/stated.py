"""The miniature study as a folder states it, before anything is made."""

import json
from pathlib import Path
from typing import Any

from tests.study import MINIATURE, write_source

from pipeline.workflow import Workflow


def state_miniature(**study: Any) -> Workflow:
    """Write params.yaml and the raw file that it names into this folder; `study` are more keys of that section."""
    digest = write_source(Path("data/source/rows.npz"))
    params = {**MINIATURE, "study": {**MINIATURE["study"], **study}, "data": {**MINIATURE["data"], "sha256": digest}}
    Path("params.yaml").write_text(json.dumps(params))
    return Workflow.load()
