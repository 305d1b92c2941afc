"""The plan in words: what will run, what it costs, what it can detect, by which rule it is judged."""

from collections import Counter

from pipeline.base.design import members, space_of, variants
from pipeline.base.interim import looks_of
from pipeline.base.params import Study
from pipeline.science.control_runs import ALPHA, SAME, SHUFFLED
from pipeline.science.deviations import sentences, standing
from pipeline.science.methods import Run, seed_varies
from pipeline.science.rule_in_words import rule_in_words
from pipeline.science.verdicts import required_seeds
from pipeline.workflow import Workflow

ON_SHUFFLED = "trained on labels that say nothing, predicts better than chance"
ON_SAME = "trained with these seeds, scores otherwise than with the final ones"


def statement(workflow: Workflow) -> list[str]:
    """Return the plan, one sentence or table row a line."""
    study = workflow.study
    return [
        f"Study: {study.study.title}",
        f"Hypothesis: {study.study.hypothesis}",
        "",
        "What will run",
        *selection(workflow),
        *training(workflow.runs, workflow),
        *controls(workflow),
        f"- held-out: {len(workflow.runs)} runs on {study.data.held_out} examples, once, under the committed plan",
        "",
        "What it can detect",
        *power(workflow),
        "",
        "How it is judged",
        *(f"- {sentence}" for sentence in rule(study)),
    ]


def rule(study: Study) -> list[str]:
    """Return the rule by which the study is judged, its looks and claims included."""
    looks = [look.model_dump() for look in study.seeds.looks] if study.seeds.looks else None
    one_claim = any(family.is_one_claim for family in study.families.values())
    return rule_in_words(study.study.model_dump(), looks, one_claim)


def state(workflow: Workflow) -> str:
    """Return whether held-out may be opened now, and why, and each deviation; no part of the plan itself."""
    found = workflow.deviations()
    looks = len(looks_of(workflow.study))
    look = f"; look {workflow.open_look} of {looks} is open" if looks > 1 and workflow.confirmatory else ""
    line = f"State: {standing(workflow.plan.digest, found)}, {workflow.plan.reason}{look}."
    return "\n".join([line, *(f"Deviation: {sentence}" for sentence in sentences(found))])


def selection(workflow: Workflow) -> list[str]:
    """Return what the search will fit."""
    search, seeds = workflow.study.search, workflow.study.seeds.selection
    lines = [
        f"- search: {search.trials} trials for each of {len(workflow.methods)} methods ({', '.join(workflow.methods)})"
    ]
    repeated = [method for method in workflow.methods if seed_varies(variants(workflow.study)[method])]
    if repeated:
        lines.append(
            f"  each trial with seeds {', '.join(map(str, seeds))} for {', '.join(repeated)}; once for the others"
        )
    lines.append("  among equal means the lowest trial is chosen; a fit that diverges or crashes counts 0")
    if not search.retune:
        lines.append("  variants are not searched: they reuse their method's choice, which favours it")
    return [*lines, *spaces(workflow)]


def spaces(workflow: Workflow) -> list[str]:
    """Return the search space of each method, a line each."""
    known = variants(workflow.study)
    lines = []
    for method in workflow.methods:
        space = space_of(workflow.study, known[method])
        drawn = [f"{name} {kind} {value}" for name, stated in sorted(space.items()) for kind, value in stated.items()]
        lines.append(f"  space of {method}: {'; '.join(drawn) or 'nothing, every trial is the same'}")
    return lines


def training(runs: list[Run], workflow: Workflow) -> list[str]:
    """Return the final runs, a line a variant."""
    lines = [f"- training: {len(runs)} final runs"]
    for variant, count in Counter(run.variant for run in runs).items():
        varies = seed_varies(variants(workflow.study)[variant]) or "nothing: trained once, a fixed reference"
        lines.append(f"  {variant}: {count} (a seed varies {varies})")
    return lines


def controls(workflow: Workflow) -> list[str]:
    """Return the controls, with their seeds and when they fail."""
    lines = [f"- controls: {len(workflow.controls)} runs of full on validation, never on held-out"]
    for control, said in ((SHUFFLED, ON_SHUFFLED), (SAME, ON_SAME)):
        seeds = [str(run.seed) for run in workflow.controls if run.variant == control]
        if seeds:
            lines.append(f"  {control}: seeds {', '.join(seeds)}; fails where full, {said} (p <= {ALPHA:g})")
    return lines


def power(workflow: Workflow) -> list[str]:
    """Return, a line a family, the smallest standardised effect that is detected with 80 % power."""
    study = workflow.study
    lines = []
    for number, look in enumerate(looks_of(study), start=1):
        prefix = f"look {number}, alpha {look.alpha:g}, " if study.seeds.looks else ""
        for name, family in study.families.items():
            size = len(members(study, family))
            tests = 1 if family.is_one_claim else size
            needed, effect = required_seeds(tests, look.alpha), detectable(look.seeds, look.alpha / tests)
            judged = ", judged as one claim" if family.is_one_claim else ""
            line = f"- {prefix}{name}: {size} contrasts{judged}, {look.seeds} seeds ({needed} needed to reach alpha)"
            lines.append(f"{line}; detects d_z >= {effect:.2f} with 80 % power")
    if study.ablation != "leave_one_out":
        lines.append(
            "- effects of components: shown with intervals and p, corrected among those of as many components; no claim"
        )
    return lines


def detectable(seeds: int, alpha: float) -> float:
    """Return the standardised paired effect d_z that a two-sided t test of n seeds detects with 80 % power."""
    from scipy import special, stats

    critical = stats.t.isf(alpha / 2, seeds - 1)
    return float(special.nctdtrinc(seeds - 1, 0.2, critical) / seeds**0.5)
