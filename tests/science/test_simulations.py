"""What docs/statistics.md says of error rates and coverage, simulated; the numbers are read from its tables.

The sign-flip test is counted here by a way of its own, fast enough for thousands of studies of 20 seeds, and shown to
give the same p. Every comparison allows 4 standard errors of the simulation.
"""

import math
import re
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from tests.study import ROOT

from pipeline.base.seeds import generator
from pipeline.science.statistics import sign_flip_p

pytestmark = pytest.mark.slow
CONTRASTS = 4
STUDIES = {6: 6000, 8: 6000, 10: 6000, 20: 2000}
SEEDS, ITEMS, MARGIN, BASE, SEED_SD = 10, 1000, 0.02, 0.70, 0.1
Scores = tuple[np.ndarray, np.ndarray]  # full [studies, 1, seeds], others [studies, contrasts, seeds]


def normal(random: np.random.Generator, studies: int, n: int) -> Scores:
    return random.normal(size=(studies, 1, n)), random.normal(size=(studies, CONTRASTS, n))


def alike(random: np.random.Generator, studies: int, n: int) -> Scores:
    return random.exponential(size=(studies, 1, n)), random.exponential(size=(studies, CONTRASTS, n))


def skewed(random: np.random.Generator, studies: int, n: int) -> Scores:
    return 1 - random.exponential(size=(studies, 1, n)), np.zeros((studies, CONTRASTS, 1))


def uneven(random: np.random.Generator, studies: int, n: int) -> Scores:
    spread = np.where(np.arange(n) % 2, 4.0, 1.0)
    full, others = normal(random, studies, n)
    return spread * full, spread * others


SCORES: dict[str, Callable[[np.random.Generator, int, int], Scores]] = {
    "normal": normal, "skewed alike": alike, "skewed differences": skewed, "uneven seeds": uneven,
}  # fmt: skip


def signs(n: int) -> np.ndarray:
    return np.where((np.arange(2**n)[:, None] >> np.arange(n)) & 1, 1.0, -1.0)


def fast_p(samples: np.ndarray) -> np.ndarray:
    """Exact two-sided sign-flip p of samples [studies, n]: the sums of all flips, half by half."""
    n = samples.shape[1]
    left, right = samples[:, : n // 2] @ signs(n // 2).T, np.sort(samples[:, n // 2 :] @ signs(n - n // 2).T, axis=1)
    least = np.abs(samples.sum(axis=1)) - 1e-9
    above = [
        right.shape[1] * left.shape[1] - np.searchsorted(sums, bound - halves, "left").sum()
        for sums, bound, halves in zip(right, least, left, strict=True)
    ]
    return np.minimum(1.0, 2.0 * np.array(above) / 2.0**n)


def documented(heading: str) -> dict[tuple[str, ...], list[float]]:
    """Return a table of docs/statistics.md: {leading words: numbers} of the rows below a heading."""
    text = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    section = text[text.index(f"## {heading}\n") :].split("\n## ")[1 if False else 0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line][2:]
    found = {}
    for row in rows:
        words = [cell for cell in row if not re.fullmatch(r"\.\d+|\d+", cell) or cell in map(str, STUDIES)]
        found[tuple(words)] = [float(cell) for cell in row[len(words) :]]
    return found


def close(rate: float, said: float, studies: int) -> bool:
    error = math.sqrt(max(said, 1 / studies) * (1 - said) / studies)
    return abs(rate - said) <= 4 * error + 0.0006  # as the table is rounded


def rates(name: str, n: int, studies: int) -> list[float]:
    """Return false positives of one contrast, of a family after Holm, and the coverage of the t interval."""
    full, others = SCORES[name](generator("test", "rates", name, n), studies, n)
    sample = full - others
    p = np.stack([fast_p(sample[:, number]) for number in range(CONTRASTS)], axis=1)
    first = sample[:, 0]
    reach = stats.t.ppf(0.975, n - 1) * first.std(axis=1, ddof=1) / math.sqrt(n)
    covered = np.abs(first.mean(axis=1)) <= reach
    return [float(np.mean(p[:, 0] <= 0.05)), float(np.mean(CONTRASTS * p.min(axis=1) <= 0.05)), float(covered.mean())]


@pytest.mark.parametrize("n", [6, 8, 10, 13])
def test_the_fast_sign_flip_p_is_the_pipelines(n: int) -> None:
    samples = np.round(generator("test", "fast", n).normal(0.3, 1, (4, n)), 2)
    assert fast_p(samples).tolist() == pytest.approx([sign_flip_p(sample) for sample in samples])


@pytest.mark.parametrize("name", SCORES)
def test_errors_and_coverage_are_those_that_the_documentation_states(name: str) -> None:
    said = documented("How often it errs")
    for n, studies in STUDIES.items():
        for rate, stated in zip(rates(name, n, studies), said[name, str(n)], strict=True):
            assert close(rate, stated, studies), (name, n, rate, stated)


def test_rates_of_another_distribution_would_be_noticed() -> None:
    said = documented("How often it errs")["normal", "10"]
    found = rates("skewed differences", 10, STUDIES[10])
    assert not close(found[0], said[0], STUDIES[10])
    assert not close(found[2], said[2], STUDIES[10])
