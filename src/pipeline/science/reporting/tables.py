"""The tables of a report: every number as people read it, with its n and its interval."""

import json
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Cell, Column, Table
from pipeline.science.reporting.sampling import sampling
from pipeline.science.reporting.wording import (
    MISSING,
    SYMBOLS,
    TONES,
    count,
    magnitude,
    number,
    p_value,
    percent,
    percent_interval,
    point_interval,
    points,
)

Row = dict[Hashable, Any]
WHOLE = {"method": "the full method", "baseline": "a method of its own"}


def columns(*titles: str) -> tuple[Column, ...]:
    """Return columns; a title ending in "#" marks a column of numbers."""
    return tuple(Column(title.removesuffix("#"), title.endswith("#")) for title in titles)


def cells(*texts: str) -> tuple[Cell, ...]:
    """Return plain cells; a dash is quiet."""
    return tuple(Cell(text, tone="quiet" if text == MISSING else "") for text in texts)


def rows_of(table: pd.DataFrame) -> list[Row]:
    """Return a table's rows as dictionaries, in order."""
    return table.to_dict("records")


def replicates(row: Row) -> str:
    """Return how many runs stand behind a variant's numbers."""
    return str(row["n"]) if row["n"] > 1 else "1, fixed"


def scored(row: Row, split: str) -> tuple[str, str, str, str]:
    """Return a variant's name, its accuracy on a split with the interval, and how many runs stand behind them."""
    interval = percent_interval(row[f"{split}_low"], row[f"{split}_high"])
    return row["variant"], percent(row[f"{split}_mean"]), interval, replicates(row)


def results(analysis: Analysis) -> Table:
    """Return accuracy with n and interval, and the costs that follow from the study, for every variant."""
    split = analysis.split
    shown = split.replace("_", "-")
    validation = () if analysis.exploratory else ("validation, %#", "95 % interval#")
    rows = [
        cells(
            *scored(row, split),
            percent(row[f"{split}_sd"]),
            str(row["diverged"]),
            *(validation_texts(row) if validation else ()),
            count(row["parameters"]),
            magnitude(row["flops_per_example"]),
            magnitude(row["training_flops"]),
        )
        for row in rows_of(analysis.variants)
    ]
    head = ("variant", f"{shown} accuracy, %#", "95 % interval#", "n#", "sd, points#", "diverged#")
    said = sampling(analysis).results.format(shown=shown, missing=MISSING)
    costs = ("parameters#", "FLOPs per example#", "FLOPs of training#")
    caption = (
        f"{said} A diverged run counts as 0 and is never dropped. "
        "k, M, G: thousand, million, billion; FLOPs of training are those of one run, where they are counted."
    )
    return Table("results", caption, columns(*head, *validation, *costs), tuple(rows))


def validation_texts(row: Row) -> tuple[str, str]:
    """Return a variant's validation accuracy and its interval."""
    return percent(row["validation_mean"]), percent_interval(row["validation_low"], row["validation_high"])


def costs(analysis: Analysis) -> Table:
    """Return everything counted of what a variant costs, beside its accuracy."""
    split = analysis.split
    rows = [
        cells(
            *scored(row, split),
            count(row["parameters"]),
            magnitude(row["flops_per_example"]),
            magnitude(row["training_flops"]),
            count(row["examples_seen"]),
            f"{magnitude(row['bytes_seen'])}B",
            str(row["selection_trials"]),
            magnitude(row["selection_flops"]),
            magnitude(row["total_flops"]),
        )
        for row in rows_of(analysis.variants)
    ]
    head = ("variant", f"{split.replace('_', '-')} accuracy, %#", "95 % interval#", "n#", "parameters#")
    rest = ("FLOPs per example#", "FLOPs of training#", "examples seen#", "bytes seen#", "trials to select#")
    selection = ("FLOPs to select#", "FLOPs in all#")
    retuned = analysis.study.search.retune
    shared = "Each variant has trials of its own." if retuned else "Variants of the full method share its trials."
    caption = (
        "Costs that follow from the study alone, of one run: they are the same on every machine. "
        f"{shared} In all: selecting and one run. Time and memory are observed, not made, and kept apart. "
        "k, M, G, T: thousand, million, billion, trillion."
    )
    return Table("costs", caption, columns(*head, *rest, *selection), tuple(rows))


def configurations(analysis: Analysis) -> Table:
    """Return what each variant is, whose choice it uses and what its seed varies."""
    rows = [
        cells(
            row["variant"],
            row["role"],
            settings_text(row["overrides"]) or WHOLE.get(row["role"], "nothing"),
            row["method"],
            row["seed_varies"] or "nothing: trained once",
        )
        for row in rows_of(analysis.tables["variants"])
    ]
    caption = (
        "An ablation or extra overrides settings of the full method. Choice of: whose selected hyper-parameters it has."
    )
    return Table(
        "variants",
        caption,
        columns("variant", "role", "differs from full in", "choice of", f"the {sampling(analysis).unit} varies"),
        tuple(rows),
    )


def settings_text(text: str) -> str:
    """Return settings for reading: JSON as "name = value, ...", any other text as it is."""
    try:
        settings = json.loads(text)
    except ValueError:
        return text
    if not isinstance(settings, dict):
        return text
    return ", ".join(f"{name} = {value_text(value)}" for name, value in settings.items())


def value_text(value: Any) -> str:
    """Return one setting for reading; floats in their shortest exact spelling."""
    if isinstance(value, list):
        return f"[{', '.join(map(value_text, value))}]"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def contrasts(analysis: Analysis, sizes: Mapping[str, tuple[Cell, Cell]]) -> Table:
    """Return each contrast's difference with both intervals, p, finding and verdict, and the variant's size."""
    several = "looks" in analysis.tables
    rows = [
        (
            Cell(row["variant"]),
            Cell(row["verdict"], SYMBOLS.get(row["verdict"], "?"), TONES.get(row["verdict"], "open")),
            *cells(
                points(row["difference"]),
                *(() if analysis.folds else (point_interval(row["low"], row["high"]),)),
                point_interval(row["population_low"], row["population_high"]),
                sample(row),
                p_value(row["p_corrected"]),
            ),
            Cell(row["finding"], SYMBOLS.get(row["finding"], "")),
            *sizes[row["variant"]],
            *cells(row["family"], claim_text(row["claim"])),
            *(cells(f"{row['look']}, alpha {row['alpha']:g}") if several else ()),
        )
        for row in rows_of(analysis.tables["contrasts"])
    ]
    level = analysis.levels[0]
    intervals: tuple[str, ...] = (f"{level}, new seeds, these items#", f"{level}, new seeds and new items#")
    if analysis.folds:
        intervals = (f"{level}, corrected#",)
    head = ("full against", "verdict", "difference, points#", *intervals)
    rest = ("n#", "corrected p#", "finding", "parameters#", "size against full#", "family", "claim")
    rest = (*rest, *(("decided at look",) if several else ()))
    caption = (
        "Held-out accuracy of full minus that of the variant, in percentage points, "
        f"{sampling(analysis).contrasts}, corrected within its family; not where a family is one claim, whose verdict "
        "all its rows carry."
    )
    return Table("contrasts", caption, columns(*head, *rest), tuple(rows))


def claim_text(claim: str) -> str:
    """Return a claim for reading."""
    return "superiority to every member, as one claim" if claim == "superiority_to_every" else claim


def sample(row: Row) -> str:
    """Return a contrast's n, and whether the other side is a fixed reference."""
    return str(row["n"]) if row["paired"] else f"{row['n']}, fixed"


def sensitivity(analysis: Analysis) -> Table:
    """Return what stands beside each contrast: effect size, wins, equivalence, detectable effect."""
    rows = [
        cells(
            row["variant"],
            row["family"],
            sample(row),
            points(row["sd"]).removeprefix("+"),
            number(row["d_z"], 2),
            f"{row['wins']} / {row['losses']} / {row['ties']}",
            p_value(row["p"]),
            p_value(row["p_wilcoxon"]),
            point_interval(row["equivalence_low"], row["equivalence_high"]),
            p_value(row["p_equivalence"]),
            points(row["minimum_detectable_effect"]).removeprefix("+"),
        )
        for row in rows_of(analysis.tables["contrasts"])
    ]
    head = ("full against", "family", "n#", "sd, points#", "d_z#", "wins / losses / ties#", "p#", "p, Wilcoxon#")
    of_interval = "corrected" if analysis.folds else "new seeds, these items"
    rest = (f"{analysis.levels[1]}, {of_interval}#", "p, equivalence#", "detectable, points#")
    caption = (
        f"The margin of equivalence is ±{number(100 * analysis.study.margin, 2)} points. d_z: mean difference over its "
        f"sd. Wins: {sampling(analysis).unit}s where full is better. {sampling(analysis).sensitivity} Detectable: the "
        "smallest effect found with 80 % power at the level of the family."
    )
    return Table("sensitivity", caption, columns(*head, *rest), tuple(rows))
