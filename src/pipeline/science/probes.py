"""Probes for leaks where the splits are made: copies across splits, features and orders that give the label away.

They see held-out rows, and say of them how many are copies, no more. Each probe is one record: what was looked at,
what was found, and an outcome: `clear`, `known` (found, and stated beforehand), `noted` (no leak by itself) or `leak`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.base.errors import DataError
from pipeline.base.params import PARAMS
from pipeline.science.metrics import accuracy
from pipeline.science.order_probes import TOGETHER, order_probes
from pipeline.science.splits import Splits

Matrix = NDArray[np.float64]
Outcome = Literal["clear", "known", "noted", "leak"]
LOOKED_AT = 2000  # rows whose nearest neighbour is sought, spread evenly over a split
NEAR = 0.01  # of the usual distance between training neighbours
BY_CHANCE = 1e-6  # in few dimensions the limit is nearer: no more often than this is a row so near by chance
FITTED = 5000  # rows of each split that a single-feature tree sees
CLOSER = 0.5  # of the usual distance, for half of the validation rows
GIVES_AWAY = 0.98  # of the errors of always naming the most frequent class


@dataclass(frozen=True)
class Probe:
    """One probe; `value` is a count, a distance, a share or a z score (`unit`), `expected` is it without a leak."""

    probe: str
    where: str
    looked_at: int
    value: float
    expected: float
    unit: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True)
class Known:
    """What the study states that it knows of: copies across splits, and features that give the label away."""

    duplicates: int
    giveaways: Sequence[int]


def probes(
    x: NDArray[Any],
    y: NDArray[np.int64],
    rows: Splits,
    known: Known,
    nominal: Sequence[int] = (),
    together: tuple[str, str] = TOGETHER,
) -> list[dict[str, Any]]:
    """Return the records of all probes of raw rows x [n, ...], labels y [n] as they are split.

    `nominal` columns of x hold codes of categories, whose order means nothing; the two splits of `together` are drawn
    from the same rows.
    """
    flat = x.reshape(len(x), -1)
    parts = {"training": flat[rows.train], "validation": flat[rows.validation], "held-out": flat[rows.held_out]}
    labels = {"training": y[rows.train], "validation": y[rows.validation]}
    found = [*copies(parts, known.duplicates), giveaway(parts, labels, known.giveaways, nominal)]
    found += [Probe(*record) for record in order_probes(y, rows, together)]
    return [asdict(probe) for probe in found]


def refuse_leaks(found: Sequence[dict[str, Any]]) -> None:
    """Raise DataError, in one line, where a probe found a leak that the study does not state."""
    leaks = [probe["detail"] for probe in found if probe["outcome"] == "leak"]
    if leaks:
        raise DataError(f"{PARAMS}: data: {leaks[0]}")


def copies(parts: dict[str, NDArray[Any]], known: int) -> Iterator[Probe]:
    """Yield, for each two splits, how many rows of the second are exact, and nearly exact, copies of one in the first.

    "Near" is nearer than a hundredth of the median distance between neighbours in training, features scaled by their
    sd there. Splits are looked at in the order in which they are opened.
    """
    scaled = standardised(parts)
    usual = usual_distance(scaled["training"])
    limit = usual * min(NEAR, float(BY_CHANCE ** (1 / scaled["training"].shape[1])))
    counted = []
    for one, other in combinations(parts, 2):
        exact = exact_copies(parts[one], parts[other])
        chosen = spread_rows(len(parts[other]))
        near = (nearest(scaled[one], scaled[other][chosen]) <= limit) & ~exact[chosen]
        counted.append((f"{one} and {other}", len(exact), int(exact.sum()), len(chosen), int(near.sum())))
    total = sum(exact + near for _, _, exact, _, near in counted)
    for where, rows, same, looked_at, close in counted:
        yield copied("exact copies", where, rows, same, total, known)
        yield copied("near copies", where, looked_at, close, total, known)
    yield distance(scaled, usual)


def copied(probe: str, where: str, looked_at: int, count: int, total: int, known: int) -> Probe:
    """Return the probe of one kind of copy in two splits; `total` of all kinds is what the study may state."""
    outcome: Outcome = "clear" if not count else "known" if total <= known else "leak"
    remedy = f"remove them, or state data.known_duplicates: {total} if you know of them"
    detail = f"{count} {probe} across {where}; {remedy}" if outcome == "leak" else ""
    return Probe(probe, where, looked_at, float(count), 0.0, "rows", outcome, detail)


def distance(scaled: dict[str, Matrix], usual: float) -> Probe:
    """Return how far validation rows lie from training ones, the median, against training rows from each other."""
    chosen = spread_rows(len(scaled["validation"]))
    found = rounded(np.median(nearest(scaled["training"], scaled["validation"][chosen])))
    close = found < usual * CLOSER
    detail = "validation rows lie nearer to training rows than those to each other" if close else ""
    outcome: Outcome = "noted" if close else "clear"
    where = "training and validation"
    return Probe("nearest neighbour", where, len(chosen), found, rounded(usual), "sd", outcome, detail)


def exact_copies(one: NDArray[Any], other: NDArray[Any]) -> NDArray[np.bool_]:
    """Return bool [rows of other]: whether the row is, value for value, in one."""
    known = {sha256(row.tobytes()).digest() for row in one + 0}  # + 0: -0.0 is 0.0
    return np.array([sha256(row.tobytes()).digest() in known for row in other + 0], dtype=bool)


def standardised(parts: dict[str, NDArray[Any]]) -> dict[str, Matrix]:
    """Return the parts as float64, each feature centred and scaled as in training, missing values at its mean."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(parts["training"].astype(np.float64))
    return {name: np.nan_to_num(scaler.transform(part.astype(np.float64))) for name, part in parts.items()}


def nearest(one: Matrix, other: Matrix, neighbour: int = 1) -> NDArray[np.float64]:
    """Return the distance of each row of other to its nearest in one (to its second nearest, if asked), float64."""
    from sklearn.neighbors import NearestNeighbors

    distances: NDArray[np.float64] = NearestNeighbors(n_neighbors=neighbour).fit(one).kneighbors(other)[0][:, -1]
    return distances


def usual_distance(training: Matrix) -> float:
    """Return the median distance of training rows [n, features] to their nearest in training, 0 where there is one."""
    if len(training) < 2:
        return 0.0
    return float(np.median(nearest(training, training[spread_rows(len(training))], neighbour=2)))


def spread_rows(rows: int) -> NDArray[np.int64]:
    """Return the numbers of at most LOOKED_AT rows, spread evenly."""
    return np.unique(np.linspace(0, rows - 1, min(rows, LOOKED_AT)).astype(np.int64))


def giveaway(
    parts: dict[str, NDArray[Any]],
    labels: dict[str, NDArray[np.int64]],
    known: Sequence[int],
    nominal: Sequence[int] = (),
) -> Probe:
    """Return what the best single feature says of the label: a tree of a leaf a class on training and validation rows.

    Of a nominal one, what its categories say: each names its most frequent class.

    Its accuracy on those rows, which so few leaves cannot learn by heart, is held against always naming the most
    frequent class; a feature that removes 98 % of the errors of that is a copy of the label, or a number by which the
    rows are sorted.
    """
    x = np.concatenate([parts[name][:FITTED] for name in labels])
    y = np.concatenate([labels[name][:FITTED] for name in labels])
    base = float(np.bincount(y).max() / len(y))
    reached = np.array(
        [
            single_nominal(x[:, column], y) if column in nominal else single_feature(x[:, [column]], y)
            for column in range(x.shape[1])
        ]
    )
    telling = [int(column) for column in np.flatnonzero(reached - base >= max(GIVES_AWAY * (1 - base), 1e-9))]
    best = int(reached.argmax())
    outcome: Outcome = "clear" if not telling else "known" if set(telling) <= set(known) else "leak"
    said = f"feature {best} alone gives the label of {100 * reached[best]:.1f} % of rows"
    remedy = f"remove it, or state data.known_giveaways: {telling} if that is the task"
    detail = f"{said}; {remedy}" if outcome == "leak" else f"best: feature {best} of {x.shape[1]}"
    return Probe("label from one feature", "training and validation", len(y), rounded(reached[best]), rounded(base),
                 "share right", outcome, detail)  # fmt: skip


def single_feature(x: NDArray[Any], y: NDArray[np.int64]) -> float:
    """Return the accuracy of a tree of a leaf a class on the rows x [n, 1] that it is fitted to."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_leaf_nodes=max(2, len(np.unique(y))), random_state=0)
    return accuracy(tree.fit(x, y).predict(x), y)


def single_nominal(codes: NDArray[Any], y: NDArray[np.int64]) -> float:
    """Return the share of rows whose class is the most frequent one of their category; missing values are one."""
    filled = np.where(np.isnan(codes), -1, codes).astype(np.int64) + 1
    counts = np.zeros((int(filled.max()) + 1, int(y.max()) + 1), dtype=np.int64)
    np.add.at(counts, (filled, y), 1)
    return float(counts.max(axis=1).sum() / len(y))


def rounded(value: Any) -> float:
    """Return a share as it is written: four decimals, the same on every machine."""
    return float(round(value, 4))
