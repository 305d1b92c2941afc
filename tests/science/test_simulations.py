"""What docs/statistics.md says of error rates and coverage, simulated; the numbers are read from its tables.

The sign-flip test is counted here by a way of its own, fast enough for thousands of studies of 20 seeds, and shown to
give the same p. Every comparison allows 4 standard errors of the simulation.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy import stats
from tests.study import ROOT

from pipeline.base.seeds import generator
from pipeline.science.crossed import crossed_interval
from pipeline.science.statistics import contrast, differences, sign_flip_p, t_interval
from pipeline.science.verdicts import Evidence, Finding, Verdict, find, judge_as_one

pytestmark = pytest.mark.slow
CONTRASTS = 4
STUDIES = {6: 6000, 8: 6000, 10: 6000, 20: 2000}
SEEDS, ITEMS, MARGIN, BASE, SEED_SD, TASTE = 10, 1000, 0.02, 0.70, 0.1, 0.5
VERDICT_STUDIES = 400
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
    section = text[text.index(f"## {heading}\n") :].split("\n## ")[0]
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


# The decision rule as a whole: correctness from a probit model whose population accuracies are known exactly


def right(random: np.random.Generator, accuracy: float, difficulty: np.ndarray) -> np.ndarray:
    """Return correctness [seeds, items]: shared difficulty, a variant's own taste in items, its seeds."""
    spread = math.sqrt(2 + SEED_SD**2 + TASTE**2)
    taste = TASTE * random.normal(size=difficulty.size)
    luck = SEED_SD * random.normal(size=(SEEDS, 1))
    noise = random.normal(size=(SEEDS, difficulty.size))
    return np.asarray(stats.norm.ppf(accuracy) * spread + difficulty + taste + luck + noise > 0)


def evidence(full: np.ndarray, other: np.ndarray) -> Evidence:
    """Return what the analysis would judge of one contrast."""
    sample = differences(full.mean(axis=1), other.mean(axis=1))
    inner = t_interval(sample, 0.90)
    return Evidence(
        complete=True,
        controls_passed=True,
        difference=float(sample.mean()),
        p_corrected=float(fast_p(sample[None])[0]),
        population_low=crossed_interval(full, other).low,
        equivalence_low=inner.low,
        equivalence_high=inner.high,
        alpha=0.05,
        margin=MARGIN,
    )


def findings(random: np.random.Generator, leads: Sequence[float]) -> list[Finding]:
    """Return the findings of one study: the full method leads each variant by so much in the population."""
    difficulty = random.normal(size=ITEMS)
    full = right(random, BASE, difficulty)
    return [find(evidence(full, right(random, BASE - lead, difficulty))) for lead in leads]


def shares(lead: float, studies: int) -> list[float]:
    """Return how often a contrast of a known lead is better, worse, equivalent and inconclusive."""
    random = generator("test", "rule", f"{lead:+.2f}")
    found = Counter(findings(random, [lead])[0] for _ in range(studies))
    order = (Finding.BETTER, Finding.WORSE, Finding.EQUIVALENT, Finding.INCONCLUSIVE)
    return [found[finding] / studies for finding in order]


def supported(leads: Sequence[float], studies: int) -> float:
    """Return how often the one claim over all variants is supported."""
    random = generator("test", "one claim", *(f"{lead:+.2f}" for lead in leads))
    verdicts = [judge_as_one(findings(random, leads)) for _ in range(studies)]
    return sum(verdict is Verdict.SUPPORTED for verdict in verdicts) / studies


@pytest.mark.parametrize("lead", [0.0, MARGIN, 0.06, -0.06])
def test_the_rule_as_a_whole_finds_as_often_as_the_documentation_states(lead: float) -> None:
    said = documented("How often the rule finds what")
    for rate, stated in zip(shares(lead, VERDICT_STUDIES), said[(f"{100 * lead:+.0f}",)], strict=True):
        assert close(rate, stated, VERDICT_STUDIES), (lead, rate, stated)


def test_one_claim_over_all_is_rarely_supported_where_one_contrast_is_null_whatever_the_others() -> None:
    assert close(supported([0.06, 0.06, 0.0], VERDICT_STUDIES), 0.026, VERDICT_STUDIES)
    assert supported([0.08, 0.08, 0.08], VERDICT_STUDIES) > 0.8


def test_a_claim_read_off_its_best_contrast_would_be_supported_far_too_often() -> None:
    random = generator("test", "best of all")
    best = [Finding.BETTER in findings(random, [0.06, 0.06, 0.0]) for _ in range(60)]
    assert np.mean(best) > 0.5


@pytest.mark.parametrize("lead", [0.0, 0.06])
def test_what_is_simulated_is_what_the_analysis_computes(lead: float) -> None:
    random = generator("test", "analysis", f"{lead:+.2f}")
    difficulty = random.normal(size=ITEMS)
    full, other = right(random, BASE, difficulty), right(random, BASE - lead, difficulty)
    made = contrast(full.mean(axis=1), other.mean(axis=1), margin=MARGIN, alpha=0.05, contrasts=1)
    simulated = evidence(full, other)
    assert simulated.p_corrected == pytest.approx(made.p)
    assert simulated.difference == made.difference
    assert (simulated.equivalence_low, simulated.equivalence_high) == (made.equivalence_low, made.equivalence_high)
