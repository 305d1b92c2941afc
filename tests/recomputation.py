"""The numbers of a study worked out again, from its runs and predictions alone, without a line of the pipeline.

Only pandas, scipy and statsmodels are used; tests of many patterns try every pattern. `expected` returns tables as
`results/tables` has them, for the columns that follow from scores; `disagreements` compares.
"""

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

Array = np.ndarray[Any, np.dtype[np.float64]]
Row = dict[str, Any]
KEYS = {
    "variants": ["variant"], "contrasts": ["family", "variant"], "effects": ["effect"], "controls": ["control"],
    "replication": ["result"], "claims": ["claim"], "interactions": ["first", "second", "first_on", "second_on"],
    "search": ["method", "trial"],
}  # fmt: skip


class Scores:
    """Whether each held-out item was right, by variant: bool [seeds, items]; a fixed reference has one row."""

    def __init__(self, predictions: pd.DataFrame) -> None:
        right = predictions.assign(right=predictions["label"] == predictions["predicted"])
        self.right = {
            str(variant): mine.pivot(index="seed", columns="item", values="right").sort_index().to_numpy(dtype=float)
            for variant, mine in right.groupby("variant")
        }

    def of(self, variant: str) -> Array:
        """Return the accuracies of a variant's runs [n]."""
        return np.asarray(self.right[variant].mean(axis=1))


def t_interval(sample: Array, confidence: float) -> tuple[float, float]:
    """Return Student's interval of a mean from its formula."""
    n = len(sample)
    if n < 2:
        return math.nan, math.nan
    reach = stats.t.ppf((1 + confidence) / 2, n - 1) * sample.std(ddof=1) / math.sqrt(n)
    return float(sample.mean() - reach), float(sample.mean() + reach)


def crossed_interval(outcomes: Array, confidence: float) -> tuple[float, float]:
    """Return the interval for new seeds and new items: sums of squares by subtraction, as textbooks have them."""
    seeds, items = outcomes.shape
    correction = outcomes.sum() ** 2 / outcomes.size
    of_seeds = float((outcomes.sum(axis=1) ** 2).sum() / items - correction)
    of_items = float((outcomes.sum(axis=0) ** 2).sum() / seeds - correction)
    rest = float((outcomes**2).sum() - correction) - of_seeds - of_items
    freedom = {"seed": seeds - 1, "item": items - 1, "rest": (seeds - 1) * (items - 1)}
    squares = {name: total / freedom[name] for name, total in zip(freedom, (of_seeds, of_items, rest), strict=True)}
    kept = [name for name in ("seed", "item") if squares[name] > squares["rest"]]
    parts = {**{name: squares[name] for name in kept}, "rest": squares["rest"] * (1 - len(kept))}
    variance = sum(parts.values())
    df = variance**2 / sum(part**2 / freedom[name] for name, part in parts.items())
    reach = stats.t.ppf((1 + confidence) / 2, df) * math.sqrt(variance / outcomes.size)
    return float(outcomes.mean() - reach), float(outcomes.mean() + reach)


def sign_flip_p(sample: Array) -> float:
    """Return the two-sided p over every pattern of signs."""
    patterns = np.array(list(itertools.product((1.0, -1.0), repeat=len(sample))))
    return float(np.mean(np.abs(patterns @ sample) >= abs(sample.sum()) - 1e-9))


def tested(sample: Array, margin: float, alpha: float, tests: int) -> Row:
    """Return what a paired sample of differences [n] shows, at one look."""
    n, sd = len(sample), float(sample.std(ddof=1))
    low, high = t_interval(sample, 0.95)
    inner_low, inner_high = t_interval(sample, 0.90)
    one_sided = (
        stats.ttest_1samp(sample, -margin, alternative="greater").pvalue,
        stats.ttest_1samp(sample, margin, alternative="less").pvalue,
    )
    effect = TTestPower().solve_power(nobs=n, alpha=alpha / tests, power=0.8, alternative="two-sided")
    moved = sample[np.abs(sample) > 1e-9]
    return {
        "n": n, "difference": float(sample.mean()), "sd": sd, "low": low, "high": high, "p": sign_flip_p(sample),
        "p_wilcoxon": float(stats.wilcoxon(np.round(moved, 9)).pvalue), "d_z": float(sample.mean()) / sd,
        "equivalence_low": inner_low, "equivalence_high": inner_high, "p_equivalence": float(max(one_sided)),
        "minimum_detectable_effect": float(effect) * sd,
    }  # fmt: skip


def found(row: Row, margin: float, alpha: float) -> str:
    """Return the finding by the rule as docs/statistics.md words it, controls passed."""
    if -margin < row["equivalence_low"] and row["equivalence_high"] < margin:
        return "equivalent"
    if row["p_corrected"] > alpha:
        return "inconclusive"
    if row["difference"] > 0:
        return "better" if row["population_low"] > 0 else "inconclusive"
    return "worse"


def paired(one: Array, other: Array) -> Array:
    """Return one minus other, row by row; a single row serves for all."""
    return np.asarray(one - (other if len(other) == len(one) else np.repeat(other, len(one), axis=0)))


def contrasts(scores: Scores, families: Mapping[str, Any], margin: float, alpha: float) -> list[Row]:
    """Return the table of contrasts."""
    rows = []
    for name, family in families.items():
        as_one = family["claim"] == "superiority_to_every"
        mine = []
        for variant in family["against"]:
            sample = paired(scores.of("full"), scores.of(variant))
            row = tested(sample, margin, alpha, 1 if as_one else len(family["against"]))
            low, high = crossed_interval(paired(scores.right["full"], scores.right[variant]), 0.95)
            wins, losses = int(np.sum(sample > 1e-9)), int(np.sum(sample < -1e-9))
            row |= {"population_low": low, "population_high": high, "wins": wins, "losses": losses}
            row |= {"family": name, "variant": variant, "claim": family["claim"], "ties": len(sample) - wins - losses}
            mine.append({**row, "paired": len(scores.of(variant)) > 1, "margin": margin})
        corrected = [row["p"] for row in mine]
        corrected = corrected if as_one else list(multipletests(corrected, method="holm")[1])
        for row, p in zip(mine, corrected, strict=True):
            row["p_corrected"] = float(p)
            row["finding"] = found(row, margin, alpha)
            row["verdict"] = verdict(row["finding"], family["claim"])
        if as_one:
            together = {"supported"} if {row["finding"] for row in mine} == {"better"} else {
                "not supported" if {row["finding"] for row in mine} & {"worse", "equivalent"} else "inconclusive"
            }  # fmt: skip
            mine = [{**row, "verdict": next(iter(together))} for row in mine]
        rows += mine
    return rows


def verdict(finding: str, claim: str) -> str:
    """Return what a finding does to a claim."""
    if finding == "inconclusive":
        return "inconclusive"
    wanted = "equivalent" if claim == "equivalence" else "better"
    return "supported" if finding == wanted else "not supported"


def effects(scores: Scores, off: Mapping[str, Sequence[str]], margin: float, alpha: float) -> list[Row]:
    """Return the effects of a factorial by least squares on codes of ±1/2, seed by seed, and item by item."""
    components = list(dict.fromkeys(name for out in off.values() for name in out))
    cells = {"full": (), **off}
    sets = [named for size in range(1, len(components) + 1) for named in itertools.combinations(components, size)]
    codes = [[1.0, *(math.prod(0.5 if name not in out else -0.5 for name in named) for named in sets)]
             for out in cells.values()]  # fmt: skip
    solve = np.linalg.pinv(np.array(codes))[1:]
    right = np.stack([scores.right[cell] for cell in cells])  # [cells, seeds, items]
    outcomes = np.einsum("ec,csi->esi", solve, right)
    rows = []
    for named, outcome in zip(sets, outcomes, strict=True):
        tests = sum(len(other) == len(named) for other in sets)
        low, high = crossed_interval(outcome, 0.95)
        row = {**tested(outcome.mean(axis=1), margin, alpha, tests), "population_low": low, "population_high": high}
        rows.append({"effect": " × ".join(named), "order": len(named), **row})
    for order in {row["order"] for row in rows}:
        mine = [row for row in rows if row["order"] == order]
        for row, p in zip(mine, multipletests([row["p"] for row in mine], method="holm")[1], strict=True):
            row["p_corrected"] = float(p)
            row["finding"] = of_effect(row, margin, alpha)
    return rows


def of_effect(row: Row, margin: float, alpha: float) -> str:
    """Return an effect's finding."""
    words = {"better": "positive", "worse": "negative", "equivalent": "negligible"}
    finding = found(row, margin, alpha)
    if finding == "worse" and row["population_high"] >= 0:
        return "inconclusive"
    return words.get(finding, finding)


def interactions(scores: Scores, off: Mapping[str, Sequence[str]]) -> list[Row]:
    """Return the means of each two components off and on, over the settings of the others."""
    components = list(dict.fromkeys(name for out in off.values() for name in out))
    cells = {"full": (), **off}
    rows = []
    for first, second in itertools.combinations(components, 2):
        for states in itertools.product((False, True), repeat=2):
            alike = [cell for cell, out in cells.items() if (first not in out, second not in out) == states]
            sample = np.mean([scores.of(cell) for cell in alike], axis=0)
            low, high = t_interval(sample, 0.95)
            rows.append({"first": first, "second": second, "first_on": states[0], "second_on": states[1],
                         "n": len(sample), "mean": float(sample.mean()), "low": low, "high": high})  # fmt: skip
    return rows


def variants(scores: Scores, runs: pd.DataFrame) -> list[Row]:
    """Return n, means, standard deviations and intervals of every variant; costs are those of the median run."""
    rows = []
    for name, mine in runs.groupby("variant"):
        held, watched = scores.of(str(name)), mine["validation_accuracy"].to_numpy(float)
        low, high = t_interval(held, 0.95)
        spread = {"held_out_sd": held.std(ddof=1), "validation_sd": watched.std(ddof=1)} if len(held) > 1 else {}
        rows.append({
            "variant": name, "n": len(mine), "held_out_mean": held.mean(), "held_out_low": low, "held_out_high": high,
            "validation_mean": watched.mean(), "held_out_sd": math.nan, "validation_sd": math.nan, **spread,
            "diverged": int((mine["outcome"] == "diverged").sum()),
            "parameters": sorted(mine["parameters"])[(len(mine) - 1) // 2],
        })  # fmt: skip
    return rows


def replication(scores: Scores, stated: Mapping[str, Any]) -> list[Row]:
    """Return each comparison with a published number."""
    rows = []
    for name, about in stated.items():
        mine = scores.of(about["variant"])
        ours = mine if "minus" not in about else paired(mine, scores.of(about["minus"]))
        beside = ours - about["published"]
        low, high = (beside[0], beside[0]) if len(beside) == 1 else t_interval(beside, 0.90)
        inside, outside = max(-low, high) < about["tolerance"], max(low, -high) >= about["tolerance"]
        outcome = "replicates" if inside else "does not replicate" if outside else "inconclusive"
        rows.append({"result": name, "n": len(ours), "ours": ours.mean(), "difference": beside.mean(), "low": low,
                     "high": high, "outcome": outcome})  # fmt: skip
    return rows


def controls(study: Path, runs: pd.DataFrame) -> list[Row]:
    """Return both controls: every renaming of the classes of every run tried, every way to part two groups."""
    from safetensors.numpy import load_file

    labels = load_file(study / "data/validation_labels/labels.safetensors")["y"]
    named = sorted(set(labels.tolist()))
    shuffled = [
        load_file(home / "validation.safetensors")["predicted"]
        for home in sorted((study / "runs/control_shuffled_labels").iterdir())
    ]
    renamings = list(itertools.permutations(named))
    each = [[float(np.mean(np.array(names)[run] == labels)) for names in renamings] for run in shuffled]
    chance = [sum(np.mean(labels == c) * np.mean(run == c) for c in named) for run in shuffled]
    accuracies = np.array([scores[0] for scores in each])
    excess = accuracies.mean() - np.mean(chance)
    # a renaming moves what chance would give, too: excess under it is accuracy less the renamed margins' product
    moved = [[sum(np.mean(labels == names[c]) * np.mean(run == c) for c in named) for names in renamings]
             for run in shuffled]  # fmt: skip
    totals = [
        np.mean([each[r][k] - moved[r][k] for r, k in enumerate(pick)])
        for pick in itertools.product(range(len(renamings)), repeat=len(shuffled))
    ]
    same = [
        json.loads((home / "run.json").read_text())["validation_accuracy"]
        for home in sorted((study / "runs/control_same_vs_same").iterdir())
    ]
    final = runs[runs["variant"] == "full"]["validation_accuracy"].tolist()
    everything, count = np.array([*same, *final]), len(same)
    gaps = []
    for pick in itertools.combinations(range(len(everything)), count):
        chosen = np.isin(np.arange(len(everything)), pick)
        gaps.append(abs(everything[chosen].mean() - everything[~chosen].mean()))
    gap = np.mean(same) - np.mean(final)
    return [
        {"control": "control_shuffled_labels", "n": len(shuffled), "against": 0, "mean": accuracies.mean(), "expected":
            np.mean(chance), "difference": excess, "p": float(np.mean(np.array(totals) >= excess - 1e-9))},
        {"control": "control_same_vs_same", "n": count, "against": len(final), "mean": np.mean(same), "expected":
            np.mean(final), "difference": gap, "p": float(np.mean(np.array(gaps) >= abs(gap) - 1e-9))},
        least_plausible(study, labels),
    ]  # fmt: skip


def least_plausible(study: Path, labels: "np.ndarray[Any, Any]") -> Row:
    """Return the variant whose right answers fall among held-out rows most, by counting every way to part the rows."""
    from safetensors.numpy import load_file

    rows = []
    for variant in sorted((study / "evaluations").iterdir()):
        ps, held_out, validation = [], [], []
        for home in sorted(variant.iterdir()):
            said = load_file(home / "predictions.safetensors")
            seen = load_file(study / "runs" / variant.name / home.name / "validation.safetensors")["predicted"]
            a, m = int(np.sum(said["predicted"] == said["label"])), len(said["label"])
            b, n = int(np.sum(seen == labels)), len(labels)
            ways = sum(math.comb(m, k) * math.comb(n, a + b - k) for k in range(a, min(m, a + b) + 1) if a + b - k <= n)
            ps.append(ways / math.comb(m + n, a + b))
            held_out.append(a / m)
            validation.append(b / n)
        half = sorted(ps)[math.ceil(len(ps) / 2) - 1]
        p = ps[0] if len(ps) == 1 else min(1.0, 4 * half, 2 * len(ps) * min(ps))
        mean, expected = float(np.mean(held_out)), float(np.mean(validation))
        rows.append({"control": "control_implausible_scores", "n": len(ps), "against": 0, "mean": mean,
                     "expected": expected, "difference": mean - expected, "p": p})  # fmt: skip
    return min(rows, key=lambda row: float(row["p"]))


def search(study: Path) -> list[Row]:
    """Return each trial's mean and standard deviation, and whether it is the one chosen: the best, the lower of two."""
    rows = []
    for home in sorted((study / "choices").iterdir()):
        trials = json.loads((home / "trials.json").read_text())
        best = min(trials, key=lambda trial: (-float(np.mean(trial["validation"])), trial["trial"]))
        for trial in trials:
            scores = np.array(trial["validation"])
            rows.append({
                "method": home.name, "trial": trial["trial"], "validation_mean": scores.mean(),
                "validation_sd": scores.std(ddof=1) if len(scores) > 1 else math.nan, "chosen": trial is best,
            })  # fmt: skip
    return rows


def claims(stated: Mapping[str, Any], judged: Sequence[Row], of_components: Sequence[Row], alpha: float) -> list[Row]:
    """Return the verdict of each claim."""
    rows = []
    for name, claim in stated.items():
        family, requires = claim["family"], claim["requires"]
        mine = {row["variant"]: row for row in judged if row["family"] == family}
        if family.endswith("_effects"):
            row = next(row for row in of_components if row["effect"].replace(" × ", "_x_") == requires)
            said = family.removesuffix("_effects")
            conclusion = row["finding"] if row["finding"] == "inconclusive" else (
                "supported" if row["finding"] == said else "not supported"
            )  # fmt: skip
        elif requires == "all":
            alone = [
                verdict(found({**row, "p_corrected": row["p"]}, row["margin"], alpha), row["claim"])
                for row in mine.values()
            ]
            conclusion = next(each for each in ("not supported", "inconclusive", "supported") if each in alone)
        elif requires == "any":
            each_verdict = [row["verdict"] for row in mine.values()]
            conclusion = next(each for each in ("supported", "inconclusive", "not supported") if each in each_verdict)
        else:
            conclusion = mine[requires]["verdict"]
        rows.append({"claim": name, "verdict": conclusion})
    return rows


def expected(study: Path, stated: Mapping[str, Any], off: Mapping[str, Sequence[str]]) -> dict[str, list[Row]]:
    """Return every table of a study that states no looks, from its runs, choices and predictions."""
    margin, alpha = stated["study"]["margin"], stated["study"]["alpha"]
    scores = Scores(pd.read_parquet(study / "results" / "predictions.parquet"))
    runs = pd.read_csv(study / "results" / "tables" / "runs.csv", dtype={"seed": str})
    judged, of_components = contrasts(scores, stated["families"], margin, alpha), effects(scores, off, margin, alpha)
    return {
        "variants": variants(scores, runs), "contrasts": judged, "effects": of_components,
        "interactions": interactions(scores, off), "replication": replication(scores, stated["replication"]),
        "controls": controls(study, runs), "search": search(study),
        "claims": claims(stated["study"]["claims"], judged, of_components, alpha),
    }  # fmt: skip


def disagreements(tables: Mapping[str, pd.DataFrame], again: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Yield where a reported table does not say what was worked out again, to five digits."""
    for name, rows in again.items():
        if len(rows) != len(tables[name]):
            yield f"{name}: {len(tables[name])} rows, not {len(rows)}"
        reported = {tuple(row[key] for key in KEYS[name]): row for row in tables[name].to_dict("records")}
        for row in rows:
            said = reported[tuple(row[key] for key in KEYS[name])]
            for column, value in row.items():
                if not alike(said[column], value):
                    yield f"{name} {[row[key] for key in KEYS[name]]} {column}: {said[column]}, again {value}"


def alike(said: Any, value: Any) -> bool:
    """Tell whether two cells say the same."""
    if isinstance(value, str | bool):
        return bool(said == value)
    if math.isnan(value):
        return bool(pd.isna(said))
    return math.isclose(float(said), float(value), rel_tol=5e-6, abs_tol=1e-9)
