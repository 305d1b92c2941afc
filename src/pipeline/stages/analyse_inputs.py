"""What the analysis reads: choices, runs and evaluations, as records."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.io.files import read_json, read_tensors


def identity(home: Path) -> dict[str, str]:
    """Return which run a directory holds: <variant>/seed-<n> or <variant>/fixed."""
    return {"variant": home.parent.name, "seed": home.name.removeprefix("seed-")}


def read_choices(homes: Sequence[Path]) -> list[dict[str, Any]]:
    """Return each method's choice with all its trials."""
    return [{**read_json(home / "choice.json"), "trials": read_json(home / "trials.json")} for home in homes]


def read_runs(homes: Sequence[Path]) -> list[dict[str, Any]]:
    """Return each run's record, with its learning curve where it has one."""
    import pandas as pd

    found = []
    for home in homes:
        curve = home / "curve.csv"
        table = pd.read_csv(curve) if curve.exists() else None
        found.append({**read_json(home / "run.json"), **identity(home), "curve": table})
    return found


def read_controls(homes: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the record of each run of a control, with its validation predictions int64 [n]."""
    return [
        {
            **read_json(home / "run.json"),
            **identity(home),
            "predicted": read_tensors(home / "validation.safetensors")["predicted"],
        }
        for home in homes
    ]


def read_evaluations(homes: Sequence[Path]) -> list[dict[str, Any]]:
    """Return each run's held-out score, with labels and predictions int64 [n]."""
    return [
        {
            **read_json(home / "evaluation.json"),
            **identity(home),
            **read_tensors(home / "predictions.safetensors"),
        }
        for home in homes
    ]
