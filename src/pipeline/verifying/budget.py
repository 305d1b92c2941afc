"""Which runs to rebuild in a given time: those behind the closest verdicts first."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.base.design import FULL
from pipeline.base.errors import RecordError
from pipeline.verifying.recorded import Recorded
from pipeline.verifying.scope import Scope, chosen, contrasts_of, homes_of, rank, recorded_runs

START_SECONDS = 30.0  # of the engine and of libraries, before the first run is trained


def within_budget(recorded: Recorded, study: Mapping[str, Any], seconds: float, seed: int, cores: int) -> Scope:
    """Return the runs that a budget pays for, those of the closest verdicts first, and the rule that chose them.

    `study` is params.yaml's section of that name, `seconds` what is left of the budget. The first pair of runs is
    always taken. Raises RecordError where the result concludes nothing, so that no verdict is close.
    """
    contrasts = contrasts_of(recorded)
    if not contrasts:
        raise RecordError("--budget: the recorded result has no verdicts, as it is exploratory; use --sample")
    ordered = sorted(contrasts, key=lambda contrast: (closeness(contrast, study), contrast["variant"]))
    names: list[str] = []
    spent = START_SECONDS
    for pair in pairs(ordered, recorded_runs(recorded), seed):
        new = [run for run in pair if run not in names]
        cost = sum(seconds_of(recorded, run) for run in new) / cores
        if names and spent + cost > seconds:
            break
        names += new
        spent += cost
    rule = (
        "runs behind the closest verdicts first (superiority: |corrected p - alpha| / alpha; equivalence: distance of "
        "the interval's nearer end from the margin / margin), one of the full method and one of the other variant a "
        f"claim, then further seeds in order of sha256 of '<seed> <replicate>': {len(names)} runs, about "
        f"{spent:.0f} s by what they took when they were recorded"
    )
    return chosen(recorded, "budget", tuple(sorted(names)), rule, seed)


def closeness(contrast: Mapping[str, str], study: Mapping[str, Any]) -> float:
    """Return how near a contrast is to another verdict, relative to the level or the margin that decides it."""
    alpha, margin = float(study["alpha"]), float(study["margin"])
    if contrast["claim"] == "equivalence":
        low, high = ends(contrast)
        return min(abs(margin - high), abs(low + margin)) / margin
    return abs(float(contrast["p_corrected"]) - alpha) / alpha


def ends(contrast: Mapping[str, str]) -> tuple[float, float]:
    """Return the interval that an equivalence is judged by, or where it was not kept, that for new seeds and items."""
    kind = "equivalence" if contrast.get("equivalence_low") else "population"
    return float(contrast[f"{kind}_low"]), float(contrast[f"{kind}_high"])


def pairs(contrasts: list[dict[str, str]], runs: list[str], seed: int) -> Iterator[tuple[str, str]]:
    """Yield (run of the full method, run of the other variant), claim by claim, then again with further seeds.

    Both have the same replicate where the variant has it, so that claims share the runs of the full method.
    """
    replicates: dict[str, list[str]] = {}
    for run in runs:
        variant, _, replicate = run.partition("/")
        replicates.setdefault(variant, []).append(replicate)
    full = sorted(replicates[FULL], key=lambda replicate: rank(seed, replicate))
    for turn, replicate in enumerate(full):
        for contrast in contrasts:
            variant = contrast["variant"]
            if replicate in replicates[variant]:
                yield f"{FULL}/{replicate}", f"{variant}/{replicate}"
            elif turn < len(replicates[variant]):
                yield f"{FULL}/{replicate}", f"{variant}/{sorted(replicates[variant])[turn]}"


def seconds_of(recorded: Recorded, run: str) -> float:
    """Return the CPU seconds that a run and its evaluation took when they were recorded, one where it is not known."""
    noted = [recorded.artefacts.get(home, {}).get("observed", {}).get("cpu_seconds") for home in homes_of(run)]
    known = [float(value) for value in noted if value is not None]
    return sum(known) if known else 1.0
