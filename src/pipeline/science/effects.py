"""What components do, by themselves and together: effects over the variants of a compiled ablation.

An effect is a weighted sum of the scores of variants trained with the same seed, so that it has one value a seed and
is tested, and given its intervals, as the difference of two variants is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product
from typing import Any

import numpy as np
import pandas as pd

from pipeline.base.ablation import NOTHING
from pipeline.base.design import FULL
from pipeline.base.effect_claims import JOINT, TOGETHER
from pipeline.science.conclusions import Rule, correctness, held_out
from pipeline.science.crossed import outcomes_interval
from pipeline.science.effect_rule import find_effect
from pipeline.science.statistics import DECIMALS, Contrast, Interval, contrast, holm, summary
from pipeline.science.verdicts import Evidence

Off = Mapping[str, Sequence[str]]
Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Effect:
    """A weighted sum over variants, {variant: weight}; `order` is of how many components it speaks."""

    name: str
    order: int
    weights: Mapping[str, float]


def added_effects(components: Sequence[str]) -> list[Effect]:
    """Return what each component does where it is added alone, and what all do together: scores minus those of none."""
    alone = [Effect(component, 1, {f"only_{component}": 1.0, NOTHING: -1.0}) for component in components]
    return [*alone, Effect(TOGETHER, len(components), {FULL: 1.0, NOTHING: -1.0})]


def factorial_effects(components: Sequence[str], off: Off) -> list[Effect]:
    """Return main effects, then interactions of two components and more, of a full factorial.

    A main effect is the mean score of the variants with the component minus that of those without. An interaction of
    two is by how much the effect of one is larger where the other is on; of three, by how much that differs where the
    third is on; each a mean over all settings of the components that it does not name. `off` names, for each variant
    but the full one, the components that are off (Montgomery, Design and Analysis of Experiments, ch. 6; interactions
    here are differences of differences, without his division by two a further component).
    """
    cells = {FULL: (), **off}
    sets = chain.from_iterable(combinations(components, size) for size in range(1, len(components) + 1))
    return [Effect(JOINT.join(named), len(named), weights(named, cells, len(components))) for named in sets]


def weights(named: Sequence[str], cells: Off, components: int) -> dict[str, float]:
    """Return each variant's weight in the effect of the named components: a sign, over the settings of the others."""
    scale = 2.0 ** (components - len(named))
    return {cell: (-1.0) ** sum(name in off for name in named) / scale for cell, off in cells.items()}


def effects(
    runs: pd.DataFrame, predictions: pd.DataFrame, stated: Sequence[Effect], rule: Rule
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (effects, by seed): one row an effect, p corrected by Holm among those of its order; one an effect, seed.

    Raises ValueError where variants have other seeds or items.
    """
    names = list(dict.fromkeys(name for effect in stated for name in effect.weights))
    scores = {name: held_out(runs, name) for name in names}
    values = {name: np.asarray(series, dtype=np.float64) for name, series in scores.items()}
    right = {name: correctness(predictions, name).astype(np.float64) for name in names}
    seeds = max(scores.values(), key=len).index
    samples = [weighted(values, effect) for effect in stated]
    sizes = {effect.order: sum(other.order == effect.order for other in stated) for effect in stated}
    results = [tested(sample, rule, sizes[effect.order]) for sample, effect in zip(samples, stated, strict=True)]
    corrected = within_orders(stated, [result.p for result in results])
    rows = [
        row(effect, result, p, outcomes_interval(weighted(right, effect), rule.confidence), rule)
        for effect, result, p in zip(stated, results, corrected, strict=True)
    ]
    by_seed = [
        pd.DataFrame({"effect": effect.name, "seed": list(seeds), "difference": sample})
        for effect, sample in zip(stated, samples, strict=True)
    ]
    return pd.DataFrame(rows), pd.concat(by_seed, ignore_index=True)


def weighted(values: Mapping[str, Array], effect: Effect) -> Array:
    """Return the weighted sum of values [n] or [n, items] of variants, one of a single run serving every seed."""
    parts = {name: values[name] for name in effect.weights}
    longest = max(map(len, parts.values()))
    if {len(part) for part in parts.values()} - {1, longest}:
        raise ValueError(f"{effect.name}: its variants have other seeds: {[len(part) for part in parts.values()]}")
    total = np.sum([effect.weights[name] * np.broadcast_to(part, (longest, *part.shape[1:])) for name, part in
                    parts.items()], axis=0)  # fmt: skip
    return np.asarray(np.round(total, DECIMALS), dtype=np.float64)


def tested(sample: Array, rule: Rule, tests: int) -> Contrast:
    """Return the statistics of one effect [n] against no effect at all."""
    return contrast(
        sample,
        0.0,
        margin=rule.margin,
        alpha=rule.alpha,
        contrasts=tests,
        confidence=rule.confidence,
        equivalence_confidence=rule.equivalence_confidence,
    )


def within_orders(stated: Sequence[Effect], p_values: Sequence[float]) -> list[float]:
    """Return p corrected by Holm: main effects are one family, interactions of two another, and so on."""
    corrected = dict[int, float]()
    for order in {effect.order for effect in stated}:
        places = [place for place, effect in enumerate(stated) if effect.order == order]
        corrected.update(zip(places, holm([p_values[place] for place in places]), strict=True))
    return [corrected[place] for place in range(len(stated))]


def row(effect: Effect, result: Contrast, corrected: float, population: Interval, rule: Rule) -> dict[str, Any]:
    """Return one row of the table of effects, its finding included."""
    finding = find_effect(
        Evidence(
            complete=True,
            controls_passed=rule.controls_passed,
            difference=result.difference,
            p_corrected=corrected,
            population_low=population.low,
            population_high=population.high,
            equivalence_low=result.equivalence_low,
            equivalence_high=result.equivalence_high,
            alpha=rule.alpha,
            margin=rule.margin,
        )
    )
    shown = ("n", "difference", "sd", "low", "high", "p", "p_wilcoxon", "d_z", "equivalence_low", "equivalence_high")
    return {
        "effect": effect.name,
        "order": effect.order,
        **{name: getattr(result, name) for name in shown},
        "p_equivalence": result.p_equivalence,
        "population_low": population.low,
        "population_high": population.high,
        "p_corrected": corrected,
        "minimum_detectable_effect": result.minimum_detectable_effect,
        "finding": finding,
    }


def interactions(runs: pd.DataFrame, components: Sequence[str], off: Off) -> pd.DataFrame:
    """Return, for each two components off or on, the mean score over all settings of the others: four rows a pair.

    `low`, `high`: 95 % t interval over seeds.
    """
    cells = {FULL: (), **off}
    scores = {cell: np.asarray(held_out(runs, cell), dtype=np.float64) for cell in cells}
    rows = []
    for first, second in combinations(components, 2):
        for states in product((False, True), repeat=2):
            alike = [cell for cell, out in cells.items() if (first not in out, second not in out) == states]
            mean = weighted(scores, Effect(f"{first}{JOINT}{second}", 2, dict.fromkeys(alike, 1 / len(alike))))
            found = summary(mean)
            rows.append(
                {"first": first, "second": second, "first_on": states[0], "second_on": states[1],
                 "n": found.n, "mean": found.mean, "low": found.low, "high": found.high}
            )  # fmt: skip
    return pd.DataFrame(rows)
