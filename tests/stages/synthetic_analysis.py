"""A made-up analysis folder in the form `analyse` writes, for the tests of the report; also a small program."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipeline.io.files import write_csv, write_json, write_parquet
from pipeline.science import conclusions
from pipeline.science.control_runs import SAME, SHUFFLED
from pipeline.science.controls import judged
from pipeline.science.plausibility import control, plausibility
from pipeline.science.probes import Known, probes
from pipeline.science.splits import Splits

SEEDS = list(range(200, 210))
HELD_OUT = 300
MARGIN = 0.01
#         variant: role, true accuracy, sd over seeds (0: fixed), parameters, FLOPs per example, FLOPs of training
VARIANTS: dict[str, tuple[str, float, float, int, float, float]] = {
    "full": ("method", 0.712, 0.012, 5062, 214_000, 9.6e9),
    "minus_convolution": ("ablation", 0.612, 0.014, 5070, 198_000, 8.9e9),
    "minus_attention": ("ablation", 0.668, 0.015, 2710, 92_000, 4.1e9),
    "minus_augmentation": ("ablation", 0.641, 0.012, 5062, 214_000, 9.6e9),
    "minus_label_smoothing": ("ablation", 0.705, 0.012, 5062, 214_000, 9.6e9),
    "plus_ema": ("extra", 0.711, 0.012, 5062, 214_000, 9.7e9),
    "plain_cnn": ("baseline", 0.681, 0.018, 5210, 188_000, 8.5e9),
    "mlp": ("baseline", 0.482, 0.011, 15_110, 30_000, 1.4e9),
    "logistic_regression": ("baseline", 0.291, 0.0, 410, 820, np.nan),
    "nearest_neighbours": ("baseline", 0.502, 0.0, 20_000, 60_500, np.nan),
    "random_forest": ("baseline", 0.513, 0.009, 61_300, 1_900, np.nan),
    "rbf_svm": ("baseline", 0.534, 0.0, 18_400, 38_400, np.nan),
}
NEURAL = (
    "full",
    "minus_convolution",
    "minus_attention",
    "minus_augmentation",
    "minus_label_smoothing",
    "plus_ema",
    "plain_cnn",
    "mlp",
)
METHODS = ("full", "plain_cnn", "mlp", "logistic_regression", "nearest_neighbours", "random_forest", "rbf_svm")
FAMILIES = {
    "ablation": ("superiority", [name for name, row in VARIANTS.items() if row[0] == "ablation"]),
    "extras": ("equivalence", ["plus_ema"]),
    "baseline": ("superiority", [name for name, row in VARIANTS.items() if row[0] == "baseline"]),
}
OVERRIDES = {
    "minus_convolution": "stem: patch",
    "minus_attention": "mixer: none",
    "minus_augmentation": "augmentation: []",
    "minus_label_smoothing": "label_smoothing: 0.0",
    "plus_ema": "ema: 0.98",
}


def study(status: str) -> dict[str, Any]:
    """Return the contents of study.json."""
    return {
        "title": "Which parts of a small sequence network earn their place when data are scarce?",
        "hypothesis": "On MNIST-1D with 500 training examples, a convolutional stem, self-attention, augmentation and "
        "label smoothing each improve held-out accuracy, and the full method beats six tuned baselines.",
        "held_constant": ["training examples", "optimiser and schedule", "batch size", "number of steps"],
        "metric": "accuracy",
        "alpha": 0.05,
        "margin": MARGIN,
        "status": status,
        "plan_digest": "9d1e" * 16 if status == "confirmatory" else None,
        "data": {
            "name": "mnist1d",
            "seed": 42,
            "sha256": "5f3c" * 16,
            "train": 500,
            "validation": 1000,
            "held_out": HELD_OUT,
        },
        "compute": {"device": "cpu", "threads": 1, "precision": "float32"},
        "seeds": {"selection": [100, 101], "final": SEEDS},
        "search": {
            "trials": 8,
            "spaces": {
                "method": {
                    "learning_rate": {"log_uniform": [0.002, 0.05]},
                    "weight_decay": {"log_uniform": [0.001, 0.1]},
                },
                "mlp": {"learning_rate": {"log_uniform": [0.001, 0.05]}, "hidden": {"choice": [50, 100, 200]}},
                "nearest_neighbours": {
                    "neighbours": {"integer": [1, 25]},
                    "weights": {"choice": ["uniform", "distance"]},
                },
            },
        },
        "components": {"convolution": {"stem": "patch"}, "attention": {"mixer": "none"}},
        "method": {
            "model": "sequence_network",
            "stem": "conv",
            "mixer": "attention",
            "label_smoothing": 0.1,
            "steps": 300,
        },
        "decision_rule": [
            "A missing run makes a contrast invalid.",
            "A 90 % interval inside ± the margin makes it equivalent.",
            "A corrected p ≤ 0.05 with the difference upward and the population interval above zero makes it better.",
            "Otherwise it is inconclusive. Superiority is supported by better, equivalence by equivalent.",
        ],
        "notes": ["The data are synthetic and standardised with statistics of the whole set."],
        "families": {name: {"claim": c, "correction": "holm", "members": m} for name, (c, m) in FAMILIES.items()},
    }


def runs_table(generator: np.random.Generator, confirmatory: bool) -> pd.DataFrame:
    """Return the table of runs; the last seed of mlp diverges."""
    rows = []
    for name, (role, mean, sd, parameters, flops, training) in VARIANTS.items():
        for seed in map(str, SEEDS) if sd else ["fixed"]:
            diverged = (name, seed) == ("mlp", "209")
            held_out = 0.0 if diverged else round(HELD_OUT * (mean + sd * generator.normal())) / HELD_OUT
            validation = 0.0 if diverged else round(1000 * (mean + 0.005 + sd * generator.normal())) / 1000
            rows.append(
                {
                    "variant": name,
                    "role": role,
                    "seed": seed,
                    "outcome": "diverged" if diverged else "finished",
                    "validation_accuracy": validation,
                    "held_out_accuracy": held_out if confirmatory else np.nan,
                    "parameters": parameters,
                    "flops_per_example": flops,
                    "training_flops": training,
                    "examples_seen": 15_000 if name in NEURAL else 500,
                    "bytes_seen": 2_400_000 if name in NEURAL else 80_000,
                    "weights_sha256": f"{len(rows):064x}",
                }
            )
    return pd.DataFrame(rows).astype({"training_flops": "Int64"})


def t_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Return a t interval of a mean, NaN for fewer than two values."""
    from scipy.special import stdtrit

    if len(values) < 2:
        return np.nan, np.nan
    half = stdtrit(len(values) - 1, 0.5 + level / 2) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def variants_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the table of variants."""
    rows = []
    for name, own in runs.groupby("variant", sort=False):
        validation, held_out = own["validation_accuracy"].to_numpy(), own["held_out_accuracy"].to_numpy()
        low, high = t_interval(held_out)
        rows.append(
            {
                "variant": name,
                "role": own["role"].iloc[0],
                "overrides": OVERRIDES.get(str(name), ""),
                "method": name if own["role"].iloc[0] == "baseline" else "full",
                "seed_varies": "initialisation, data order, augmentation" if name in NEURAL else "",
                "n": len(own),
                "diverged": int((own["outcome"] == "diverged").sum()),
                "validation_mean": validation.mean(),
                "validation_sd": validation.std(ddof=1) if len(own) > 1 else np.nan,
                "held_out_mean": held_out.mean(),
                "held_out_sd": held_out.std(ddof=1) if len(own) > 1 else np.nan,
                "held_out_low": low,
                "held_out_high": high,
                **{
                    cost: own[cost].iloc[0]
                    for cost in ("parameters", "flops_per_example", "training_flops", "examples_seen", "bytes_seen")
                },
                "selection_trials": 8,
                "selection_flops": 16 * own["training_flops"].iloc[0],
                "total_flops": 17 * own["training_flops"].iloc[0],
            }
        )
    flops = ("training_flops", "selection_flops", "total_flops")
    return pd.DataFrame(rows).astype(dict.fromkeys(flops, "Int64"))


def differences_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the table of per-seed differences, full minus the variant."""
    scores = {name: own["held_out_accuracy"].to_numpy() for name, own in runs.groupby("variant", sort=False)}
    rows = [
        {"family": family, "variant": name, "seed": str(seed), "difference": difference}
        for family, (_, members) in FAMILIES.items()
        for name in members
        for seed, difference in zip(SEEDS, scores["full"] - scores[name], strict=True)
    ]
    return pd.DataFrame(rows)


def contrast(family: str, name: str, values: np.ndarray) -> dict[str, Any]:
    """Return one row of the table of contrasts."""
    claim, members = FAMILIES[family]
    (low, high), (inner_low, inner_high) = t_interval(values), t_interval(values, 0.9)
    population = (low - 0.008, high + 0.008)
    finding = "better" if population[0] > 0 else "inconclusive"
    if inner_low > -MARGIN and inner_high < MARGIN:
        finding = "equivalent"
    supported = finding == {"superiority": "better", "equivalence": "equivalent"}[claim]
    p = 2 / 1024 if finding == "better" else 0.4219
    return {
        "family": family,
        "claim": claim,
        "reference": "full",
        "variant": name,
        "n": len(values),
        "paired": VARIANTS[name][2] > 0,
        "difference": values.mean(),
        "sd": values.std(ddof=1),
        "low": low,
        "high": high,
        "population_low": population[0],
        "population_high": population[1],
        "p": p,
        "p_corrected": min(1.0, p * len(members)),
        "p_wilcoxon": p,
        "d_z": values.mean() / values.std(ddof=1),
        "wins": int((values > 0).sum()),
        "losses": int((values < 0).sum()),
        "ties": int((values == 0).sum()),
        "margin": MARGIN,
        "equivalence_low": inner_low,
        "equivalence_high": inner_high,
        "p_equivalence": 0.03,
        "minimum_detectable_effect": values.std(ddof=1),
        "finding": finding,
        "verdict": "supported" if supported else "not supported" if finding == "equivalent" else "inconclusive",
    }


def contrasts_table(differences: pd.DataFrame) -> pd.DataFrame:
    """Return the table of contrasts."""
    groups = differences.groupby(["family", "variant"], sort=False)["difference"]
    return pd.DataFrame([contrast(*key, values.to_numpy()) for key, values in groups])


def search_table(generator: np.random.Generator) -> pd.DataFrame:
    """Return the table of trials."""
    rows = []
    for method in METHODS:
        scores = VARIANTS[method][1] - 0.2 * generator.beta(1, 3, size=8)
        for trial, score in enumerate(scores):
            settings = {"learning_rate": round(float(generator.uniform(0.002, 0.05)), 6), "weight_decay": 0.0123}
            rows.append(
                {
                    "method": method,
                    "trial": trial,
                    "hyperparameters": json.dumps(settings),
                    "validation_mean": score,
                    "validation_sd": 0.008 if method in NEURAL else 0.0,
                    "diverged": 0,
                    "crashed": 0,
                    "chosen": bool(score == scores.max()),
                    "training_flops": 2 * VARIANTS[method][5],
                    "examples_seen": 30_000,
                }
            )
    return pd.DataFrame(rows).astype({"training_flops": "Int64"})


def curves_table(generator: np.random.Generator) -> pd.DataFrame:
    """Return the table of learning curves; the diverged run ends in missing values."""
    rows = []
    for name in NEURAL:
        for seed in map(str, SEEDS):
            for step in range(0, 301, 25):
                lost = (name, seed) == ("mlp", "209") and step > 150
                rise = 1 - np.exp(-step / 70)
                accuracy = 0.1 + (VARIANTS[name][1] - 0.1) * rise + 0.012 * generator.normal()
                loss = 2.3 - 1.5 * VARIANTS[name][1] * rise + 0.04 * generator.normal()
                rows.append((name, seed, step, np.nan if lost else loss, np.nan if lost else accuracy))
    return pd.DataFrame(rows, columns=["variant", "seed", "step", "training_loss", "validation_accuracy"])


def control_tables(runs: pd.DataFrame, confirmatory: bool, faulty: bool = False) -> dict[str, pd.DataFrame]:
    """Return the tables of the controls, all passed or all failed, and of the probes for leaks."""
    labels = np.arange(300) % 10
    random = np.random.default_rng(9)

    def record(variant: str, seed: int, share: float) -> dict[str, Any]:
        predicted = np.where(random.random(300) < share, labels, random.integers(0, 10, 300))
        right = float(np.mean(predicted == labels))
        about = {"variant": variant, "seed": str(seed), "outcome": "finished", "validation_accuracy": right}
        return {**about, "predicted": predicted}

    shuffled = [record(SHUFFLED, seed, 0.5 if faulty else 0.0) for seed in range(3)]
    same = [record(SAME, seed, 0.2 if faulty else 0.7) for seed in range(4)]
    final = [record("full", seed, 0.7) for seed in SEEDS]
    compared = {"plausibility": plausibility_table(runs, 0.4 if faulty else 0.0)} if confirmatory else {}
    of_scores = [control(table) for table in compared.values()]
    table, by_run = judged([*shuffled, *same], final, labels, 10, of_scores)
    rows = Splits(np.arange(0, 90, 3), np.arange(1, 90, 3), np.arange(2, 90, 3))
    found = probes(random.normal(size=(90, 4)), random.integers(0, 3, 90), rows, Known(0, ()))
    as_read = [dict(sorted(probe.items())) for probe in found]  # from probes.json, whose keys are in order
    return {"controls": table, "control_runs": by_run, "probes": pd.DataFrame(as_read), **compared}


def plausibility_table(runs: pd.DataFrame, higher: float) -> pd.DataFrame:
    """Return how held-out scores, so much higher than they are, compare with those of 1000 validation rows."""
    evaluated = [
        {**run, "drawn": {"n": HELD_OUT, "right": round(HELD_OUT * min(1.0, run["held_out_accuracy"] + higher))}}
        for run in runs.to_dict("records")
        if run["outcome"] == "finished"
    ]
    return plausibility(runs.to_dict("records"), evaluated, 1000)


def predictions_table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return predictions whose mean correctness is each run's accuracy."""
    items = np.arange(HELD_OUT)
    parts = []
    for _, run in runs.iterrows():
        correct = items < round(HELD_OUT * run["held_out_accuracy"])
        label = items % 10
        predicted = np.where(correct, label, (label + 1) % 10)
        parts.append(
            pd.DataFrame(
                {
                    "variant": run["variant"],
                    "seed": run["seed"],
                    "item": items,
                    "label": label,
                    "predicted": predicted,
                    "correct": correct,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def write_analysis(home: Path, status: str = "confirmatory", faulty: bool = False, **stated: Any) -> Path:
    """Write a whole analysis folder; `stated` replaces keys of study.json, `faulty` fails all controls."""
    confirmatory = status == "confirmatory"
    generator = np.random.default_rng(7)
    runs = runs_table(generator, confirmatory)
    tables = {"runs": runs, "variants": variants_table(runs)}
    tables |= {"search": search_table(generator), "curves": curves_table(generator)}
    tables |= control_tables(runs, confirmatory, faulty)
    if confirmatory:
        tables["differences"] = differences_table(runs)
        tables["contrasts"] = contrasts_table(tables["differences"])
        write_parquet(home / "predictions.parquet", predictions_table(runs))
    for name, table in tables.items():
        write_parquet(home / "tables" / f"{name}.parquet", table)
        write_csv(home / "tables" / f"{name}.csv", table)
    write_json(home / "study.json", {**study(status), **stated})
    write_json(home / "metrics.json", conclusions.metrics(tables, status))
    return home


if __name__ == "__main__":
    write_analysis(Path(sys.argv[1]), *sys.argv[2:3])
