"""The plan in words: what will run, what it costs, what it can detect, by which rule it is judged."""

from collections import Counter

from pipeline.base.design import members, space_of, variants
from pipeline.base.effect_claims import effects_of
from pipeline.base.interim import looks_of
from pipeline.base.params import Comparison, SeedLook, Study
from pipeline.science.control_runs import ALPHA, IMPLAUSIBLE, LEVEL, SAME, SHUFFLED
from pipeline.science.deviations import sentences, standing
from pipeline.science.methods import Run
from pipeline.science.reporting.wording import counted
from pipeline.science.resampled_words import folds_in_words, reach_of_folds, tested_in_words
from pipeline.science.verdicts import required_seeds
from pipeline.workflow import Workflow

ON_SHUFFLED = "trained on labels that say nothing, predicts better than chance"
NO_GROUPS = (
    "there are no independent final runs to set others against "
    "(streams are crossed, folds share rows, or nothing is random)"
)
ON_SAME = "trained with these seeds, scores otherwise than with the final ones"
ON_SCORES = "does better on held-out than chance allows by validation, of rows dealt alike"


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
        *folds_in_words(study),
        f"- held-out: {counted(len(workflow.runs), 'run')} on {tested_in_words(study)}, once, under the committed plan",
        "",
        "What it can detect",
        *power(workflow),
        "",
        "How it is judged",
        *(f"- {sentence}" for sentence in rule(workflow)),
    ]


def rule(workflow: Workflow) -> list[str]:
    """Return the rule by which the study is judged, its looks, claims and published numbers included."""
    return [*workflow.code.ask("rule"), *sources(workflow.study), *published(workflow.study)]


def sources(study: Study) -> list[str]:
    """Return what is said of the sources of variance of a crossed design."""
    if study.randomness is None:
        return []
    streams = ", ".join(study.randomness.levels)
    return [
        f"Of {streams}, and of each of their interactions, the standard deviation that it adds to held-out accuracy is "
        "estimated, with a 95 % interval: components of a balanced crossed design. They are shown and not judged.",
    ]


def published(study: Study) -> list[str]:
    """Return each published number with its tolerance, and when it replicates."""
    if not study.replication:
        return []
    rows = [
        f"Published {name}: {compared(row)} {row.published:g} ± {row.tolerance:g} ({row.cite})."
        for name, row in study.replication.items()
    ]
    return [
        *rows,
        "A published number replicates where the 90 % t interval of the difference to it, over seeds, lies inside ± "
        "its tolerance, does not replicate where the whole interval lies outside, and is inconclusive otherwise. What "
        "no seed varies is judged by its difference alone. Each number is judged by itself.",
    ]


def compared(row: Comparison) -> str:
    """Return what is held against a published number."""
    return row.variant if row.minus is None else f"{row.variant} minus {row.minus}"


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
        f"- search: {counted(search.trials, 'trial')} for each of {len(workflow.methods)} methods "
        f"({', '.join(workflow.methods)})"
        if len(workflow.methods) > 1
        else f"- search: {counted(search.trials, 'trial')} for the one method there is (full)"
    ]
    known = variants(workflow.study)
    repeated = [method for method in workflow.methods if method in workflow.seeded]
    if repeated:
        others = "; once for the others" if len(repeated) < len(workflow.methods) else ""
        lines.append(
            f"  each trial with {'seeds' if len(seeds) > 1 else 'seed'} {', '.join(map(str, seeds))} for "
            f"{', '.join(repeated)}{others}"
        )
    lines.append("  among equal means the lowest trial is chosen; a fit that diverges or crashes counts 0")
    if not search.retune and any(variant.method != variant.name for variant in known.values()):
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
    study = workflow.study
    lines = [f"- training: {counted(len(runs), 'final run')}", *crossing(study), *nested(study)]
    for variant, count in Counter(run.variant for run in runs).items():
        varied = workflow.varies[variant] or "nothing: trained once, a fixed reference"
        varied = varied if study.randomness is None else "the streams above"
        lines.append(f"  {variant}: {count} (a {'fold' if study.data.resampling else 'seed'} varies {varied})")
    return lines


def crossing(study: Study) -> list[str]:
    """Return how a crossed design varies its streams, a line; none where they vary together."""
    if study.randomness is None:
        return []
    levels = [f"{count} values of {stream}" for stream, count in study.randomness.levels.items()]
    rows = study.randomness.sample_rows
    drawn = f"; a sample is {rows} of the {study.data.train} training rows" if rows else ""
    return [f"  crossed, one run a combination: {' × '.join(levels)}{drawn}; a stream that is not named is held"]


def nested(study: Study) -> list[str]:
    """Return what variants on fewer training rows are, a line; none where there are none."""
    if not study.data_efficiency:
        return []
    counts = ", ".join(map(str, study.data_efficiency))
    return [
        f"  <method>_at_<rows>: on the first {counts} of the {study.data.train} training rows as they were drawn, with "
        "the method's choice; scores and intervals are shown, none of these is contrasted unless a family names it"
    ]


def controls(workflow: Workflow) -> list[str]:
    """Return the controls, with their seeds and when they fail."""
    lines = [f"- controls: {len(workflow.controls)} runs of full on validation, never on held-out"]
    for control, said in ((SHUFFLED, ON_SHUFFLED), (SAME, ON_SAME)):
        seeds = [str(run.seed) for run in workflow.controls if run.variant == control]
        if seeds:
            lines.append(f"  {control}: seeds {', '.join(seeds)}; fails where full, {said} (p ≤ {ALPHA:g})")
        else:
            lines.append(f"  {control}: none; {NO_GROUPS}")
    return [*lines, f"  {IMPLAUSIBLE}: no runs; fails where a variant {ON_SCORES} (p ≤ {LEVEL:.1e})"]


def power(workflow: Workflow) -> list[str]:
    """Return, a line a family, the smallest standardised effect that is detected with 80 % power."""
    study = workflow.study
    lines = []
    for number, look in enumerate(looks_of(study), start=1):
        prefix = f"look {number}, alpha {look.alpha:g}, " if study.seeds.looks else ""
        for name, family in study.families.items():
            size = len(members(study, family))
            tests = 1 if family.is_one_claim else size
            judged = ", judged as one claim" if family.is_one_claim else ""
            lines.append(f"- {prefix}{name}: {counted(size, 'contrast')}{judged}, {reach(look, tests, study)}")
        orders = Counter(effects_of(list(study.components), study.ablation).values())
        for order, tests in orders.items():
            lines.append(
                f"- {prefix}{effects_in_words(order)}: {counted(tests, 'effect')}, {reach(look, tests, study)}"
            )
    if not lines:
        lines.append("- nothing is tested; estimates have intervals")
    return lines


def effects_in_words(order: int) -> str:
    """Return what effects of so many components are called in the plan."""
    return "effects of one component" if order == 1 else f"effects of {order} components together"


def reach(look: SeedLook, tests: int, study: Study) -> str:
    """Return how many seeds there are and are needed, and what is detected, each of so many tests corrected."""
    if study.data.resampling is not None:
        return reach_of_folds(study.data.resampling, look.alpha / tests)
    needed = required_seeds(tests, look.alpha)
    if look.seeds < needed:
        return f"{look.seeds} seeds: can never reach alpha (needs {needed}), shown with intervals"
    effect = detectable(look.seeds, look.alpha / tests)
    return f"{look.seeds} seeds ({needed} needed to reach alpha); detects d_z ≥ {effect:.2f} with 80 % power"


def detectable(seeds: int, alpha: float) -> float:
    """Return the standardised paired effect d_z that a two-sided t test of n seeds detects with 80 % power."""
    from pipeline.science.power import noncentrality

    return float(noncentrality(seeds, alpha) / seeds**0.5)
