"""The runs of the controls, which go with every study: of the full method, with seeds of their own, never evaluated.

Shuffled labels: the method is trained on labels that say nothing, and must then predict validation at chance.
Same against same: it is trained with seeds drawn here, and must score as it does with the final seeds.
"""

import math

from pipeline.base.design import FULL, stated_variant, variants
from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS, Study
from pipeline.base.seeds import derive
from pipeline.science.methods import Run, Seeding, seed_varies

PREFIX = "control_"
SHUFFLED, SAME = "control_shuffled_labels", "control_same_vs_same"
IMPLAUSIBLE = "control_implausible_scores"  # has no runs of its own
LEVEL = 0.5 * math.erfc(5 / math.sqrt(2))  # of implausible scores: beyond five standard errors, 2.9e-7
ALPHA = 0.005  # of each of the two that have runs: together they void at most 1 honest study in 100
FEWEST = 4  # runs of same_vs_same, where fewer could fail too


def is_control(variant: str) -> bool:
    """Tell whether a run's first name is that of a control."""
    return variant.startswith(PREFIX)


def control_runs(study: Study, seeding: Seeding | None = None) -> list[Run]:
    """Return the runs of both controls; not every study has two groups of seeds to compare."""
    counts = {SHUFFLED: study.controls.shuffled_labels, SAME: same_vs_same(study, seeding)}
    return [Run(control, seed) for control, count in counts.items() for seed in control_seeds(study, control, count)]


def same_vs_same(study: Study, seeding: Seeding | None = None) -> int:
    """Return how many runs stand against the final ones: none where those are one, or share streams or rows."""
    full = stated_variant(study, FULL)
    if full is None or study.randomness or study.data.resampling or not seed_varies(full, seeding):
        return 0
    return study.controls.same_vs_same or max(FEWEST, fewest_against(len(study.seeds.final)))


def control_seeds(study: Study, control: str, count: int) -> list[int]:
    """Return the first seeds of a control's stream that neither selection nor final runs nor its own runs have."""
    seeds: list[int] = []
    number = 0
    while len(seeds) < count:
        seed = derive(study.study.seed, "controls", control, number) % 2**31
        if seed not in (*study.seeds.selection, *study.seeds.final, *seeds):
            seeds.append(seed)
        number += 1
    return seeds


def has_control_run(study: Study, control: str, replicate: str, seeding: Seeding | None = None) -> bool:
    """Tell whether a control has a run of this name."""
    return any(run.variant == control and run.replicate == replicate for run in control_runs(study, seeding))


def fewest_against(final: int) -> int:
    """Return the fewest runs with which same_vs_same can fail against some final ones."""
    count = 1
    while smallest_p(final, count) > ALPHA:
        count += 1
    return count


def smallest_p(final: int, count: int) -> float:
    """Return the smallest p of an exact two-sided permutation test of two groups; equal groups can be exchanged."""
    return (2 if final == count else 1) / math.comb(final + count, count)


def check_controls(study: Study) -> None:
    """Raise ParameterError where a control could never fail, or a variant has the name of one."""
    if taken := [name for name in variants(study) if is_control(name)]:
        raise ParameterError(PARAMS, taken[0], f"begins with {PREFIX}, as the controls do", "rename it")
    count, final = same_vs_same(study), len(study.seeds.final)
    if count and smallest_p(final, count) > ALPHA:
        problem = f"{count} runs against {final} final ones can never fail at {ALPHA:g}"
        remedy = f"state at least {fewest_against(final)}, or leave it out"
        raise ParameterError(PARAMS, "controls.same_vs_same", problem, remedy)
