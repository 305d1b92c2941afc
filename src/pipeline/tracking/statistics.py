"""The numbers and words of an analysis by name: statistics of each variant, contrasts, verdicts, claims."""

from collections.abc import Mapping, Sequence
from typing import Any

OF_A_VARIANT = (
    "n",
    "validation_mean",
    "validation_sd",
    "held_out_mean",
    "held_out_sd",
    "held_out_low",
    "held_out_high",
    "diverged",
)
OF_A_CONTRAST = (
    "n",
    "difference",
    "sd",
    "low",
    "high",
    "population_low",
    "population_high",
    "p",
    "p_corrected",
    "d_z",
    "margin",
)
Rows = Sequence[Mapping[str, str]]


def conclusions(tables: Mapping[str, Rows], metrics: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, str]]:
    """Return (metrics, tags) of an analysis: numbers by name, and what is concluded in words."""
    numbers: dict[str, float] = {}
    said = {"controls": str(metrics["controls"]["outcome"]), "status": str(metrics["status"])}
    for row in tables["variants"]:
        numbers |= named(f"variants/{row['variant']}", row, OF_A_VARIANT)
    for row in tables["contrasts"]:
        name = f"{row['family']}/{row['reference']} minus {row['variant']}"
        numbers |= named(f"contrasts/{name}", row, OF_A_CONTRAST)
        said[f"verdict/{name}"] = f"{row['claim']} {row['verdict']}; finding {row['finding']}"
    said |= {f"claim/{name}": str(verdict) for name, verdict in metrics.get("claims", {}).items()}
    said |= {f"family/{name}": str(verdict) for name, verdict in metrics.get("verdict", {}).items()}
    return numbers, said


def named(name: str, row: Mapping[str, str], columns: Sequence[str]) -> dict[str, float]:
    """Return some columns of a row that say a number, named <name>/<column>."""
    return {f"{name}/{column}": float(row[column]) for column in columns if row.get(column)}
