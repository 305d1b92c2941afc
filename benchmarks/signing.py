"""Fills a study with valid artefacts, cheaply: one trained run's files stand for every seed, signed as a job signs.

Runs in the study's folder. A receipt vouches for bytes and for what they were made from; it cannot know that the
files were copied, so settling has the same work as with trained ones. Nothing of this is in the product.
"""

import shutil
import sys
from pathlib import Path

from pipeline.base.canonical import text_digest
from pipeline.io.files import read_json, write_json
from pipeline.io.jobs import OBSERVED, flat
from pipeline.io.receipts import RECEIPT, Reads, World, sealed
from pipeline.workflow import Workflow, look


def copied(source: str, home: str) -> None:
    """Take the files of another artefact of the same kind."""
    if not Path(home).exists():
        shutil.copytree(source, home, ignore=shutil.ignore_patterns(RECEIPT))


def sign(world: World, step: str, home: str, reads: Reads) -> str:
    """Write an artefact's receipt; return the receipt's sha256."""
    text = sealed({**world.describe(world.steps[step], home, reads), "files": world.files(home)})
    (Path(home) / RECEIPT).write_text(text, encoding="utf-8")
    return text_digest(text)


def fill() -> int:
    """Make every artefact that the study calls for and that is not there; return how many there are."""
    workflow = Workflow.load()
    world = look(workflow)
    observed = read_json(next((OBSERVED / "artefacts").glob("runs__*.json")))
    first = {run.variant: run for run in reversed(workflow.runs)}

    def receipt(home: str) -> str:
        return f"{home}/{RECEIPT}"

    for run in workflow.runs:
        choice = f"choices/{workflow.method_of(run)}"
        reads = {
            "runs": {"splits": [receipt("data/splits")], "choice": [receipt(choice)]},
            "evaluations": {"held_out": [receipt("data/held_out")], "run": [receipt(f"runs/{run}")]},
        }
        for root, step in (("runs", "train"), ("evaluations", "evaluate")):
            home = f"{root}/{run}"
            copied(f"{root}/{first[run.variant]}", home)
            note = {**observed, "artefact": home, "receipt": sign(world, step, home, reads[root])}
            write_json(OBSERVED / "artefacts" / f"{flat(home)}.json", note)
    inputs = {
        "splits": [receipt("data/splits")],
        "controls": [receipt(f"runs/{run}") for run in workflow.controls],
        "choices": [receipt(f"choices/{method}") for method in workflow.methods],
        "runs": [receipt(f"runs/{run}") for run in workflow.runs],
        "evaluations": [receipt(f"evaluations/{run}") for run in workflow.runs],
    }
    sign(world, "analyse", "analysis", inputs)
    sign(world, "report", "results", {"analysis": [receipt("analysis")], "graph": ["docs/graph.svg"]})
    return 5 + len(workflow.methods) + 2 * len(workflow.runs) + len(workflow.controls)


if __name__ == "__main__":
    sys.stdout.write(f"{fill()}\n")
