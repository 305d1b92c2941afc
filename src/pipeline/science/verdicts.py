"""What is concluded from a contrast: the decision rule, stated once as data.

`find`, `judge` and the sentences of `decision_rule` all read the two tables below, so
the rule that a plan prints is the rule that is applied. Light: imports no scipy.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Claim(StrEnum):
    """What a family says of the full method: against each of its members, or against all of them in one claim."""

    SUPERIORITY = "superiority"
    EQUIVALENCE = "equivalence"
    SUPERIORITY_TO_EVERY = "superiority_to_every"


class Finding(StrEnum):
    """What one contrast shows of the full method."""

    INVALID = "invalid"
    EQUIVALENT = "equivalent"
    BETTER = "better"
    WORSE = "worse"
    INCONCLUSIVE = "inconclusive"


class Verdict(StrEnum):
    """What a finding does to the claim stated beforehand."""

    SUPPORTED = "supported"
    NOT_SUPPORTED = "not supported"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything a finding rests on; scores are fractions, a comparison with NaN never holds.

    `difference` is full minus variant; `equivalence_*` is its 90 % t interval over seeds,
    `population_*` its 95 % interval for new seeds and new items, whose upper end is read of
    effects alone. `alpha` is the level for the corrected p, `margin` the half-width within
    which a difference is negligible. Raises ValueError unless 0 < alpha < 1 and margin > 0.
    """

    complete: bool
    controls_passed: bool
    difference: float
    p_corrected: float
    population_low: float
    equivalence_low: float
    equivalence_high: float
    alpha: float
    margin: float
    population_high: float = float("nan")

    def __post_init__(self) -> None:
        """Refuse a rule that can never or always hold."""
        check_rule(self.alpha, self.margin)


@dataclass(frozen=True)
class Words:
    """How the rule speaks of what its runs sample: sentences, the last one on p and open, and both intervals' names."""

    sampling: tuple[str, ...]
    equivalence: str
    population: str


OF_SEEDS = Words(
    sampling=(
        "A contrast is the mean over seeds of the full method's score minus the variant's; "
        "a diverged run counts as score 0 and stays in.",
        "A variant that ignores the seed is trained once and is a fixed reference for every seed.",
        "p is that of the two-sided sign-flip test over seeds, exact up to 20 seeds, ",
    ),
    equivalence="t interval of the difference over seeds, uncorrected,",
    population="interval for new seeds and new items",
)


@dataclass(frozen=True)
class Criterion:
    """One line of the decision rule: a finding, its condition in words, and in code."""

    finding: Finding
    words: str
    holds: Callable[[Evidence], bool]


CRITERIA = (
    Criterion(
        Finding.INVALID,
        "a run is missing, or a control failed",
        lambda seen: not (seen.complete and seen.controls_passed),
    ),
    Criterion(
        Finding.EQUIVALENT,
        "the {equivalence:g} % {equivalence_interval} lies inside ±{margin:g}",
        lambda seen: -seen.margin < seen.equivalence_low and seen.equivalence_high < seen.margin,
    ),
    Criterion(
        Finding.BETTER,
        "corrected p ≤ {alpha:g}, the difference is above zero, and so is the whole {population:g} % "
        "{population_interval}",
        lambda seen: seen.p_corrected <= seen.alpha and seen.difference > 0 and seen.population_low > 0,
    ),
    Criterion(
        Finding.WORSE,
        "corrected p ≤ {alpha:g} and the difference is below zero",
        lambda seen: seen.p_corrected <= seen.alpha and seen.difference < 0,
    ),
    Criterion(
        Finding.INCONCLUSIVE,
        "none of the above; shown with the smallest effect detectable at 80 % power",
        lambda _: True,
    ),
)

VERDICTS = {
    Claim.SUPERIORITY: {
        Finding.BETTER: Verdict.SUPPORTED,
        Finding.WORSE: Verdict.NOT_SUPPORTED,
        Finding.EQUIVALENT: Verdict.NOT_SUPPORTED,
        Finding.INCONCLUSIVE: Verdict.INCONCLUSIVE,
        Finding.INVALID: Verdict.INVALID,
    },
    Claim.EQUIVALENCE: {
        Finding.EQUIVALENT: Verdict.SUPPORTED,
        Finding.BETTER: Verdict.NOT_SUPPORTED,
        Finding.WORSE: Verdict.NOT_SUPPORTED,
        Finding.INCONCLUSIVE: Verdict.INCONCLUSIVE,
        Finding.INVALID: Verdict.INVALID,
    },
}

VERDICTS[Claim.SUPERIORITY_TO_EVERY] = VERDICTS[Claim.SUPERIORITY]  # of one contrast by itself
READ_SINGLY = (Claim.SUPERIORITY, Claim.EQUIVALENCE)
HOLM = "corrected by Holm within each family{but}."
AS_ONE = (
    "A claim of superiority to every member is one claim, an intersection-union test: each of its contrasts has its "
    "finding at alpha without correction. The claim is invalid if one is invalid, supported if all are better, not "
    "supported if one is worse or equivalent, otherwise inconclusive."
)


def find(evidence: Evidence) -> Finding:
    """Return the first finding of CRITERIA whose condition holds."""
    return next(line.finding for line in CRITERIA if line.holds(evidence))


def judge(finding: Finding, claim: Claim) -> Verdict:
    """Return what a finding does to the claim."""
    return VERDICTS[claim][finding]


def judge_as_one(findings: Collection[Finding]) -> Verdict:
    """Return the verdict of the one claim that the full method is superior to every member of a family.

    An intersection-union test (Berger 1982): the claim's null is that some contrast has no effect upward, so that it
    is rejected at alpha where each contrast rejects at alpha. Raises ValueError where there is no contrast.
    """
    if not findings:
        raise ValueError("no contrast: a claim over all members needs some")
    singly = {VERDICTS[Claim.SUPERIORITY][finding] for finding in findings}
    order = (Verdict.INVALID, Verdict.NOT_SUPPORTED, Verdict.INCONCLUSIVE, Verdict.SUPPORTED)
    return next(verdict for verdict in order if verdict in singly)


def summarise(verdicts: Collection[Verdict]) -> str:
    """Return a family's verdicts in a few words, such as "supported 3 of 4"."""
    invalid = sum(verdict is Verdict.INVALID for verdict in verdicts)
    found = f"supported {sum(verdict is Verdict.SUPPORTED for verdict in verdicts)} of {len(verdicts)}"
    return f"{found}, invalid {invalid}" if invalid else found


def decision_rule(
    alpha: float,
    margin: float,
    looks: Sequence[float] = (),
    claimed: Collection[Claim] = READ_SINGLY,
    words: Words = OF_SEEDS,
) -> list[str]:
    """Return the rule in plain sentences, read off the tables that `find` and `judge` use.

    `looks` are the levels of several looks at held-out; with none there is one, at alpha. `claimed` are the claims that
    the study makes of its families; the rules of others are left out. `words`: of what runs sample.
    """
    check_rule(alpha, margin)
    as_one = Claim.SUPERIORITY_TO_EVERY in claimed
    return [
        *words.sampling[:-1],
        words.sampling[-1] + HOLM.format(but=", but not within one that is judged as one claim" if as_one else ""),
        "A contrast's finding is the first of these that applies.",
        *(criteria(alpha, margin, (95, 90), words) if not looks else ()),
        *(f"Look {n}. {said}" for n, of in enumerate(looks, 1) for said in criteria(of, margin, levels(of), words)),
        *(claim_sentence(claim) for claim in READ_SINGLY if claim in claimed),
        *([AS_ONE] if as_one else []),
    ]


def levels(alpha: float) -> tuple[float, float]:
    """Return in percent the levels of the intervals that go with a look: for better or worse, and for equivalence."""
    return round(100 * (1 - alpha), 6), round(100 * (1 - 2 * alpha), 6)


def criteria(alpha: float, margin: float, intervals: tuple[float, float], words: Words) -> list[str]:
    """Return the criteria in words; `intervals` are their levels in percent, for better or worse and equivalence."""
    return [
        f"{line.finding.capitalize()}: {line.words}.".format(
            alpha=alpha,
            margin=margin,
            population=intervals[0],
            equivalence=intervals[1],
            population_interval=words.population,
            equivalence_interval=words.equivalence,
        )
        for line in CRITERIA
    ]


def claim_sentence(claim: Claim) -> str:
    """Return in words which findings support a claim, and which do not."""
    findings = {
        verdict: " or ".join(finding for finding in Finding if VERDICTS[claim][finding] is verdict)
        for verdict in Verdict
    }
    return (
        f"A claim of {claim} is supported by the finding {findings[Verdict.SUPPORTED]}, "
        f"not supported by {findings[Verdict.NOT_SUPPORTED]}; "
        f"{findings[Verdict.INCONCLUSIVE]} and {findings[Verdict.INVALID]} leave it open."
    )


def required_seeds(contrasts: int, alpha: float) -> int:
    """Return the fewest seeds with which each of k contrasts can be significant after Holm.

    The smallest p of an exact two-sided sign-flip test of n seeds is 2 / 2**n, and Holm
    multiplies the smallest of k by k: n is the least with k * 2 / 2**n <= alpha.
    Raises ValueError unless contrasts >= 1 and 0 < alpha < 1.
    """
    if contrasts < 1 or not 0 < alpha < 1:
        raise ValueError(f"{contrasts} contrasts, alpha {alpha}: need at least one, and alpha in (0, 1)")
    seeds = 1
    while contrasts * 2.0 ** (1 - seeds) > alpha:
        seeds += 1
    return seeds


def check_rule(alpha: float, margin: float) -> None:
    """Raise ValueError unless 0 < alpha < 1 and margin > 0."""
    if not (0 < alpha < 1 and margin > 0):
        raise ValueError(f"alpha {alpha}, margin {margin}: alpha must lie within (0, 1), the margin above 0")
