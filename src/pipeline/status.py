"""What is true here: every artefact the graph calls for, and why each other one is not."""

import json
import os
import subprocess
import sys
from collections import Counter
from typing import Any

from pipeline.base.errors import PipelineError
from pipeline.io.runs import ANSWERED, STATUS, is_held

SHOWN = 40


def artefacts() -> dict[str, Any]:
    """Ask the Snakefile, which alone knows the graph; nothing is renamed. Raises PipelineError where it cannot say."""
    if is_held():
        raise PipelineError("a snakemake is at work in this folder; ask again when it has ended")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--list-rules"]
    answer = subprocess.run(command, capture_output=True, text=True, env={**os.environ, STATUS: "1"}, check=False)
    lines = [line for line in answer.stdout.splitlines() if line.startswith("{")]
    if answer.returncode != ANSWERED or not lines:
        raise PipelineError(answer.stderr.strip().splitlines()[-1].removeprefix("pipeline: "))
    return dict(json.loads(lines[0]))


def render(found: dict[str, Any]) -> str:
    """Return the state of a study for a terminal."""
    counts = Counter(state["state"] for state in found["artefacts"].values())
    lines = [
        f"study: {found['study']}",
        ", ".join(f"{count} {state}" for state, count in sorted(counts.items())),
    ]
    others = [(home, state) for home, state in found["artefacts"].items() if state["state"] != "true"]
    lines += [f"  {state['state']:8} {state['reason'] or home}" for home, state in others[:SHOWN]]
    if len(others) > SHOWN:
        lines.append(f"  and {len(others) - SHOWN} more (--json lists all)")
    return "\n".join(lines)
