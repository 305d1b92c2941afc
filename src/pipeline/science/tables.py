"""The tables of a study, from what its runs say of themselves."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.science import measures
from pipeline.science.resampled import Resampled, over_folds
from pipeline.science.scoring import UNFINISHED
from pipeline.science.statistics import OVER_SEEDS, summary

Record = Mapping[str, Any]
COSTS = ["parameters", "flops_per_example", "training_flops", "examples_seen", "bytes_seen"]


def runs(trained: Sequence[Record], evaluated: Sequence[Record], facts: Mapping[str, Record]) -> pd.DataFrame:
    """Return one row a run; held_out_accuracy is NaN where the study was not evaluated.

    A diverged run scores 0, the worst there is, by the rule stated beforehand: it is never dropped.
    """
    accuracies, scored = (
        {(record["variant"], record["seed"]): record.get(key, np.nan) for record in evaluated}
        for key in ("accuracy", "score")
    )
    rows = [
        {
            "variant": record["variant"],
            "role": facts[record["variant"]]["role"],
            "seed": record["seed"],
            "outcome": record["outcome"],
            "validation_accuracy": score(record, record["validation_accuracy"]),
            "held_out_accuracy": score(record, accuracies.get((record["variant"], record["seed"]), np.nan)),
            **of_measure(record, scored.get((record["variant"], record["seed"]), np.nan)),
            **{cost: record["costs"][cost] for cost in COSTS},
            "weights_sha256": record["weights_sha256"],
        }
        for record in trained
    ]
    table = pd.DataFrame(rows)
    table["training_flops"] = table["training_flops"].astype("Int64")
    order = {name: place for place, name in enumerate(facts)}
    places = [(order[row["variant"]], seed_number(row["seed"])) for row in rows]
    return table.iloc[sorted(range(len(rows)), key=places.__getitem__)].reset_index(drop=True)


def of_measure(record: Record, held_out: float) -> dict[str, float]:
    """Return a run's scores by the study's measure; nothing where that is accuracy, which stands beside them."""
    if "validation_score" not in record:
        return {}
    return {"validation_score": score(record, record["validation_score"]), "held_out_score": score(record, held_out)}


def scores_of(runs: pd.DataFrame, split: str) -> "pd.Series[float]":
    """Return the scores of runs on a split by the study's measure."""
    return runs[f"{split}_score"] if f"{split}_score" in runs else runs[f"{split}_accuracy"]


def seed_number(seed: str) -> int:
    """Return a seed as the number it is, for sorting; one that is fixed comes first."""
    return int(seed) if seed.isdigit() else -1


def score(record: Record, value: float) -> float:
    """Return a run's score: the worst possible one where it diverged, unless it was not evaluated at all."""
    return UNFINISHED if record["outcome"] == "diverged" and not np.isnan(value) else value


def variants(
    table: pd.DataFrame,
    facts: Mapping[str, Record],
    searched: pd.DataFrame,
    trials: int,
    folds: Resampled | None = None,
) -> pd.DataFrame:
    """Return one row a variant: its mean, sd and 95 % t interval over seeds, its costs (the median run's).

    Over `folds` of repeated cross-validation the interval is the corrected one.

    `searched` is the table of the search: `selection_flops` are those of all trials behind the variant's choice, and
    `total_flops` those and of one run; None where a library does not say what its solver does.
    """
    selection = {method: total(made["training_flops"]) for method, made in searched.groupby("method")}
    rows = []
    for name, fact in facts.items():
        mine = table[table["variant"] == name]
        rows.append(
            {
                "variant": name,
                "role": fact["role"],
                "overrides": json.dumps(fact["overrides"], sort_keys=True) if fact["overrides"] else "",
                "method": fact["method"],
                "seed_varies": fact["seed_varies"],
                "n": len(mine),
                "diverged": int((mine["outcome"] == "diverged").sum()),
                **scores(scores_of(mine, "validation"), "validation", folds),
                **scores(scores_of(mine, "held_out"), "held_out", folds),
                **{cost: median(mine[cost]) for cost in COSTS},
                "selection_trials": trials,
                "selection_flops": selection[fact["method"]],
            }
        )
    result = pd.DataFrame(rows).drop(columns=["validation_low", "validation_high"])
    result = result.astype({"training_flops": "Int64", "selection_flops": "Int64"})
    return result.assign(total_flops=result["training_flops"] + result["selection_flops"])


def total(values: "pd.Series[Any]") -> int | None:
    """Return the sum of whole numbers, None where one is unknown."""
    return None if values.isna().any() else int(values.sum())


def data_sizes(table: pd.DataFrame, facts: Mapping[str, Record], all_rows: int) -> pd.DataFrame:
    """Return one row a method and number of training rows, all of them included, fewest first: scores as in `variants`.

    `table` is the table of variants. Empty where no variant is trained on fewer rows.
    """
    sized = {name: fact for name, fact in facts.items() if "training_rows" in fact}
    methods = list(dict.fromkeys(fact["base"] for fact in sized.values()))
    points = [(fact["base"], fact["training_rows"], name) for name, fact in sized.items()]
    points = sorted([*points, *((method, all_rows, method) for method in methods)], key=lambda point: point[1])
    shown = [column for column in table if str(column).startswith(("validation_", "held_out_")) or column == "n"]
    scores = table.set_index("variant")[shown]
    rows = [
        {"method": base, "training_rows": count, "variant": name, **scores.loc[name]}
        for method in methods
        for base, count, name in points
        if base == method
    ]
    return pd.DataFrame(rows).astype({"n": int}) if rows else pd.DataFrame()


def scores(values: "pd.Series[float]", name: str, folds: Resampled | None) -> dict[str, float]:
    """Return mean, sd and interval under a prefix; all NaN where the study was not evaluated."""
    if values.isna().any():
        return {f"{name}_{part}": float("nan") for part in ("mean", "sd", "low", "high")}
    sample = values.to_numpy(dtype=np.float64)
    found = summary(sample, over_folds(folds) if folds else OVER_SEEDS)
    return {
        f"{name}_mean": found.mean,
        f"{name}_sd": found.sd,
        f"{name}_low": found.low,
        f"{name}_high": found.high,
    }


def median(values: "pd.Series[Any]") -> int | None:
    """Return the lower median of whole numbers, None where unknown."""
    known = sorted(int(value) for value in values.dropna())
    return known[(len(known) - 1) // 2] if known else None


def search(choices: Sequence[Record]) -> pd.DataFrame:
    """Return one row a trial of the search, the chosen one marked."""
    rows = [
        {
            "method": choice["method"],
            "trial": trial["trial"],
            "hyperparameters": json.dumps(trial["hyperparameters"], sort_keys=True),
            "validation_mean": trial["mean"],
            "validation_sd": summary(trial["validation"]).sd,
            "diverged": trial["outcome"].count("diverged"),
            "crashed": trial["outcome"].count("crashed"),
            "chosen": trial["trial"] == choice["trial"],
            "training_flops": trial["training_flops"],
            "examples_seen": trial["examples_seen"],
        }
        for choice in choices
        for trial in choice["trials"]
    ]
    return pd.DataFrame(rows).astype({"training_flops": "Int64"})


def curves(trained: Sequence[Record]) -> pd.DataFrame:
    """Return the learning curves of all runs that have one, stacked."""
    columns = ["variant", "seed", "step", "training_loss", "validation_accuracy"]
    found = [
        record["curve"].assign(variant=record["variant"], seed=record["seed"])[columns]
        for record in trained
        if record["curve"] is not None
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)


def item_scores(record: Record, metric: str, classes: int) -> NDArray[np.float64]:
    """Return what each held-out item of a run counts by a measure: nothing where it diverged."""
    if record["outcome"] == "diverged":
        return np.full(len(record["label"]), UNFINISHED)
    return measures.item_scores(metric, record["predicted"], record["label"], classes)


def predictions(evaluated: Sequence[Record], metric: str | None = None, classes: int = 0) -> pd.DataFrame:
    """Return one row a run and held-out item; a diverged run predicts -1 and is never correct.

    By a measure other than accuracy `score` is what the item counts.
    """
    found = [
        pd.DataFrame(
            {
                "variant": record["variant"],
                "seed": record["seed"],
                "item": np.arange(len(record["label"]), dtype=np.int32),
                "label": record["label"].astype(np.int16),
                "predicted": record["predicted"].astype(np.int16),
                "correct": record["predicted"] == record["label"],
                **({"score": item_scores(record, metric, classes)} if metric else {}),
            }
        )
        for record in evaluated
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
