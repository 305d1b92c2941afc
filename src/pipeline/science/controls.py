"""What the controls show: pure functions over validation labels, predictions and scores.

The level of each control, what it assumes and what it can catch is in docs/statistics.md.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from pipeline.base.design import FULL
from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS
from pipeline.base.seeds import generator
from pipeline.science.control_runs import ALPHA, SAME, SHUFFLED
from pipeline.science.statistics import DECIMALS, TIE, deviation, finite
from pipeline.science.tables import score

Labels = NDArray[np.int64]
Record = Mapping[str, Any]
RENAMINGS = 9999  # drawn where there are more
ENUMERATED = 20_000


@dataclass(frozen=True)
class Control:
    """What one control shows; scores in fractions. It fails where p ≤ alpha.

    `n` runs with mean accuracy `mean` (their sd beside it) are held against `expected`: chance, or the mean of
    `against` other runs. `difference` is mean - expected; p is 1 and the rest unknown where the control does not apply.
    """

    control: str
    n: int
    against: int
    mean: float
    sd: float
    expected: float
    difference: float
    p: float
    alpha: float = ALPHA

    @property
    def passed(self) -> bool:
        """Whether the study may be believed as far as this control goes."""
        return self.p > self.alpha


def association(predicted: Labels, labels: Labels, classes: int) -> NDArray[np.float64]:
    """Return [classes, classes]: the share of items of class c predicted d, less what independence would give.

    `predicted` int64 [n], -1 for all where the run diverged: then it is zero. Rows and columns sum to zero.
    """
    joint = np.zeros((classes, classes))
    kept = predicted >= 0
    np.add.at(joint, (labels[kept], predicted[kept]), 1.0 / max(1, len(labels)))
    share = joint.sum()
    return joint - np.outer(joint.sum(1), joint.sum(0)) / share if share else joint


def shuffled_labels(predicted: Sequence[Labels], labels: Labels, classes: int) -> Control:
    """Return what runs trained on labels that say nothing show: `predicted` int64 [n] of each, true `labels` [n].

    A run's excess is its accuracy less that of predictions which name the classes as often and know nothing. p is
    one-sided, that of the mean excess among all ways to rename the predicted classes, each run by itself: labels dealt
    anew favour no class, so what a run calls c it could as well have called d. Items are not exchanged: those of a
    class tend to be predicted alike, so that the accuracy of an honest run varies more than items drawn by chance do.
    """
    tables = [association(each, labels, classes) for each in predicted]
    accuracies = np.array([np.mean(each == labels) for each in predicted])
    excess = float(np.mean([np.trace(table) for table in tables]))
    sd = deviation(accuracies)
    mean = float(accuracies.mean())
    return Control(SHUFFLED, len(tables), 0, mean, sd, mean - excess, excess, renaming_p(tables, excess))


def renaming_p(tables: Sequence[NDArray[np.float64]], excess: float) -> float:
    """Return the share of renamings whose mean excess is at least the one found; (b + 1) / (m + 1) where drawn."""
    classes = len(tables[0])
    if math.factorial(min(classes, 8)) ** len(tables) <= ENUMERATED:
        means = every_renaming(tables)
        return float(np.mean(means >= excess - TIE))
    random = generator("controls", "class names")
    total = np.zeros(RENAMINGS)
    for table in tables:
        names = random.permuted(np.tile(np.arange(classes), (RENAMINGS, 1)), axis=1)
        total += table[np.arange(classes), names].sum(1)
    return float((np.sum(total / len(tables) >= excess - TIE) + 1) / (RENAMINGS + 1))


def every_renaming(tables: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the mean excess under every renaming of every run: [classes! ** runs]."""
    classes = np.arange(len(tables[0]))
    names = np.array(list(itertools.permutations(classes)))
    total = np.zeros(1)
    for table in tables:
        total = np.add.outer(total, table[classes, names].sum(1)).ravel()
    return total / len(tables)


def same_vs_same(fresh: ArrayLike, final: ArrayLike) -> Control:
    """Return what the full method with seeds of the control, scores [n], shows against its final runs, scores [m].

    p is two-sided, that of the difference of means in a permutation test of the two groups (exact where there are at
    most 9999 ways to part them). Without runs on either side the control does not apply: p is 1.
    """
    if not np.size(fresh) or not np.size(final):
        unknown = float("nan")
        return Control(SAME, np.size(fresh), np.size(final), unknown, unknown, unknown, unknown, 1.0)
    one, other = finite(fresh), finite(final)
    found = stats.permutation_test(
        (one, other), apart, vectorized=True, n_resamples=RENAMINGS, alternative="greater",
        rng=generator("controls", "groups"),
    )  # fmt: skip
    mean, expected = float(one.mean()), float(other.mean())
    return Control(SAME, one.size, other.size, mean, deviation(one), expected, mean - expected, float(found.pvalue))


def apart(one: NDArray[np.float64], other: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    """Return how far the means of two groups are apart, equal ones equal whatever their rounding."""
    distance: NDArray[np.float64] = np.round(np.abs(one.mean(axis=axis) - other.mean(axis=axis)), DECIMALS)
    return distance


def judged(
    controls: Sequence[Record], final: Sequence[Record], labels: Labels, classes: int, further: Sequence[Control] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (controls, control_runs): one row a control, `further` ones last, and one a run, from the records of runs.

    Raises ParameterError where so few runs on shuffled labels could never fail with so few classes.
    """
    groups = {name: [record for record in controls if record["variant"] == name] for name in (SHUFFLED, SAME)}
    check_enough(len(groups[SHUFFLED]), classes)
    full = [record for record in final if record["variant"] == FULL] if groups[SAME] else []
    shuffled = shuffled_labels([record["predicted"] for record in groups[SHUFFLED]], labels, classes)
    found = [shuffled, same_vs_same(scores(groups[SAME]), scores(full)), *further]
    table = pd.DataFrame([{**vars(control), "passed": control.passed} for control in found])
    rows = [
        {"control": name, "variant": record["variant"], "seed": record["seed"], "validation_accuracy": reached}
        for name, records in ((SHUFFLED, groups[SHUFFLED]), (SAME, groups[SAME]), (SAME, full))
        for record, reached in zip(records, scores(records), strict=True)
    ]
    return table, pd.DataFrame(rows)


def check_enough(runs: int, classes: int) -> None:
    """Raise ParameterError unless the smallest p, one of classes! ** runs renamings, can reach the level."""
    renamings = math.factorial(min(classes, 8))
    if renamings > 1 and renamings**-runs > ALPHA:
        needed = next(count for count in itertools.count(1) if renamings**-count <= ALPHA)
        problem = f"{runs} runs can never fail at {ALPHA:g} with {classes} classes"
        raise ParameterError(PARAMS, "controls.shuffled_labels", problem, f"state at least {needed}, or leave it out")


def scores(records: Sequence[Record]) -> list[float]:
    """Return the validation accuracy of each run, 0 where it diverged."""
    return [score(record, record["validation_accuracy"]) for record in records]


def failed(controls: pd.DataFrame) -> list[str]:
    """Return the controls that failed, by name."""
    return [str(name) for name in controls.loc[~controls["passed"].astype(bool), "control"]]
