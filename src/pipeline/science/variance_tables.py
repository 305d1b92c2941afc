"""Tables of a study that crosses its sources of randomness."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.science.tables import scores_of
from pipeline.science.variance import Component, Decomposition, decompose

JOINT = "all together"
CROSS = " × "
Cells = Mapping[str, Mapping[str, int]]  # by the run's seed: the value of each stream that varies
SPLITS = ("held_out", "validation")


def decompositions(runs: pd.DataFrame, cells: Cells) -> dict[str, tuple[str, Decomposition]]:
    """Return, by variant that the seed varies, on which split it was scored last, and how that score varies."""
    found = {}
    for variant, mine in runs.groupby("variant", sort=False):
        if set(mine["seed"]) == set(cells):
            split = next(split for split in SPLITS if scores_of(mine, split).notna().all())
            scores = scores_of(mine.set_index("seed"), split)
            streams, grid = crossed(scores, cells)
            found[str(variant)] = (split, decompose(grid, streams))
    return found


def crossed(scores: "pd.Series[float]", cells: Cells) -> tuple[list[str], np.ndarray]:
    """Return the streams, and scores by seed as float64 [levels of each], whatever their order."""
    streams = list(next(iter(cells.values())))
    values = {stream: sorted({cell[stream] for cell in cells.values()}) for stream in streams}
    grid = np.full([len(values[stream]) for stream in streams], np.nan)
    for seed, cell in cells.items():
        grid[tuple(values[stream].index(cell[stream]) for stream in streams)] = scores[seed]
    return streams, grid


def variance(found: Mapping[str, tuple[str, Decomposition]]) -> pd.DataFrame:
    """Return one row a variant and source: sd it adds, its interval, its share, and its sd with all else held."""
    return pd.DataFrame(
        [
            {"variant": variant, "split": split, **row}
            for variant, (split, parts) in found.items()
            for row in (*map(component_row, parts.components), joint_row(parts))
        ]
    )


def component_row(part: Component) -> dict[str, Any]:
    """Return the row of one component; standard deviations are in fractions."""
    nothing = (float("nan"), float("nan"))
    return {
        "source": CROSS.join(part.streams),
        "order": len(part.streams),
        "freedom": part.freedom,
        "variance": part.variance,
        "sd": math.sqrt(part.variance),
        **dict(zip(("sd_low", "sd_high"), map(math.sqrt, part.interval), strict=True)),
        "share": part.share,
        "sd_alone": float("nan") if part.alone is None else math.sqrt(part.alone),
        **dict(zip(("alone_low", "alone_high"), map(math.sqrt, part.alone_interval or nothing), strict=True)),
    }


def joint_row(parts: Decomposition) -> dict[str, Any]:
    """Return the row of what all streams give together."""
    low, high = map(math.sqrt, parts.joint_interval)
    sd = math.sqrt(parts.joint)
    freedom = sum(part.freedom for part in parts.components)
    return {"source": JOINT, "order": 0, "freedom": freedom, "variance": parts.joint, "sd": sd, "sd_low": low,
            "sd_high": high, "share": 1.0, "sd_alone": sd, "alone_low": low, "alone_high": high}  # fmt: skip


def with_crossed_intervals(variants: pd.DataFrame, found: Mapping[str, tuple[str, Decomposition]]) -> pd.DataFrame:
    """Return variants with the joint sd, and the interval of the mean for new values of every stream.

    Runs that share values of streams are no sample of independent ones: sd and t interval over them are replaced, or
    taken out where nothing replaces them.
    """
    table = variants.set_index("variant")
    for variant, (split, parts) in found.items():
        spread = [column for column in table.columns if column.endswith(("_sd", "_low", "_high"))]
        table.loc[variant, spread] = float("nan")
        if split == "held_out":
            ends = (math.sqrt(parts.joint), *parts.mean_interval)
            table.loc[variant, ["held_out_sd", "held_out_low", "held_out_high"]] = ends
    return table.reset_index()


def metrics(table: pd.DataFrame) -> dict[str, Any]:
    """Return the sd that each stream gives alone, and all together, of the full method, rounded to six digits."""
    mine = table[(table["variant"] == "full") & (table["order"] <= 1)]
    return {row["source"].replace(" ", "_"): round(float(row["sd_alone"]), 6) for row in mine.to_dict("records")}
