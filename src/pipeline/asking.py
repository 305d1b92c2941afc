"""Asks the Snakefile, which alone knows the graph, what is true here; nothing is renamed."""

import json
import os
import subprocess
import sys
from typing import Any

from pipeline.base.errors import PipelineError
from pipeline.io.runs import ANSWERED, STATUS


def ask() -> dict[str, Any]:
    """Return the state of the study and of every artefact; raise PipelineError where the Snakefile cannot say."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--list-rules"]
    answer = subprocess.run(command, capture_output=True, text=True, env={**os.environ, STATUS: "1"}, check=False)
    lines = [line for line in answer.stdout.splitlines() if line.startswith("{")]
    if answer.returncode != ANSWERED or not lines:
        raise PipelineError((answer.stderr.strip().splitlines() or ["no Snakefile"])[-1].removeprefix("pipeline: "))
    return dict(json.loads(lines[0]))
