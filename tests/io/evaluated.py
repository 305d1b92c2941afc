"""Evaluations as they lie in a folder, receipts and all, made up; and a repository to lie in."""

import json
import subprocess
from pathlib import Path
from typing import Any

from pipeline.base.canonical import value_digest

SPLITS, HELD_OUT = "a" * 64, "b" * 64
CODE = {"pipeline.science.models.mlp:Net": "1" * 16, "pipeline.io.files:write_json": "2" * 16}
STUDY: dict[str, Any] = {
    "study": {"alpha": 0.05, "claims": {"helps": {"sentence": "It helps.", "family": "ablation", "requires": "all"}}},
    "seeds": {"selection": [1], "final": [10, 11]},
    "method": {"model": "mlp", "hidden": 50},
}


def git(*arguments: str) -> str:
    """Run Git here."""
    who = ["-c", "user.name=A Scientist", "-c", "user.email=scientist@example.org"]
    return subprocess.run(["git", *who, *arguments], capture_output=True, text=True, check=True).stdout


def commit(message: str = "Change") -> None:
    """Commit all that lies here."""
    git("add", "-A")
    git("commit", "-q", "--allow-empty", "-m", message)


def evaluated(run: str = "full/seed-10", held_out: str = HELD_OUT, splits: str = SPLITS, **changed: Any) -> str:
    """Write a run and its evaluation; `changed` are settings, `code`, `rows`, `predicted`. Return the evaluation.

    What is predicted follows from all the others, unless it is stated.
    """
    predicted = changed.pop("predicted", value_digest([held_out, splits, {**changed}]))
    code, rows = {**CODE, **changed.pop("code", {})}, changed.pop("rows", {})
    record = {"model": changed.pop("model", "mlp"), "settings": {"hidden": 50, **changed}, "seed": 10, "rows": splits}
    write(Path("runs") / run / "run.json", record)
    trained = {
        "reads": {"splits": {"data/splits/receipt.json": splits}},
        "parameters": {"precision": "float32", **rows},
    }
    write(Path("runs") / run / "receipt.json", {**trained, "code": {"definitions": code}})
    write(Path("evaluations") / run / "evaluation.json", {"rows": held_out})
    files = {"predictions.safetensors": predicted}
    write(Path("evaluations") / run / "receipt.json", {"code": {"definitions": code}, "files": files})
    return f"evaluations/{run}"


def write(path: Path, value: Any) -> None:
    """Write JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
