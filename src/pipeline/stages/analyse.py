"""Analyse: from runs and evaluations to tables, contrasts and verdicts."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from pipeline.base.ablation import switched_off
from pipeline.base.data_sizes import TRAINING_ROWS
from pipeline.base.design import Role, Variant, members, methods, variants
from pipeline.base.params import Ablation, Frozen, Study, is_unset
from pipeline.base.randomness import cells
from pipeline.science.methods import seed_varies

if TYPE_CHECKING:
    from pandas import DataFrame

HOME = "analysis"
MANY = ("choices", "runs", "controls", "evaluations")


class VariantFacts(Frozen):
    """What the tables say of a variant beside its scores; its rows and base where it differs in the rows alone."""

    name: str
    role: Role
    method: str
    overrides: dict[str, Any]
    seed_varies: str
    base: Annotated[str | None, Field(exclude_if=lambda base: base is None)] = None
    training_rows: Annotated[int | None, Field(exclude_if=lambda rows: rows is None)] = None


class FamilyFacts(Frozen):
    """A family of contrasts, its members spelled out."""

    claim: Literal["superiority", "equivalence", "superiority_to_every"]
    correction: str
    members: list[str]


class Components(Frozen):
    """Which variants were compiled from the components, other than one left out at a time; what is off in each."""

    design: Ablation
    off: dict[str, list[str]]


class Params(Frozen):
    """The study as it is told to the analysis; `plan` is the digest of the plan it matches, or None.

    `cells` are, by seed, the values of the streams that a crossed design varies; `deviations` how the study departs
    from what held-out was opened under, None where it does not.
    """

    claim: dict[str, Any]
    data: dict[str, Any]
    compute: dict[str, Any]
    method: dict[str, Any]
    components: dict[str, Any]
    seeds: dict[str, Any]
    search: dict[str, Any]
    variants: list[VariantFacts]
    families: dict[str, FamilyFacts]
    plan: str | None
    replication: dict[str, Any] = Field(default_factory=dict, exclude_if=lambda stated: not stated)
    cells: dict[str, dict[str, int]] = Field(default_factory=dict, exclude_if=lambda stated: not stated)
    ablation: Annotated[Components | None, Field(exclude_if=is_unset)] = None
    deviations: Annotated[dict[str, Any] | None, Field(exclude_if=is_unset)] = None


def parameters(
    study: Study,
    values: Mapping[str, str],  # noqa: ARG001
    plan: str | None = None,
    deviations: dict[str, Any] | None = None,
) -> Params:
    """Return what the analysis is told."""
    facts = [facts_of(variant) for variant in variants(study).values()]
    return Params(
        claim=study.study.model_dump(),
        data=study.data.model_dump(),
        compute=study.compute.model_dump(),
        method=study.method,
        components=study.components,
        seeds=study.seeds.model_dump(),
        search={**study.search.model_dump(), "methods": methods(study)},
        variants=facts,
        families={
            name: FamilyFacts(claim=family.claim, correction=family.correction, members=members(study, family))
            for name, family in study.families.items()
        },
        plan=plan,
        replication={name: row.model_dump() for name, row in study.replication.items()},
        cells=varied(study),
        ablation=components_of(study),
        deviations=deviations,
    )


def varied(study: Study) -> dict[str, dict[str, int]]:
    """Return the values of the streams that a crossed design varies, by seed."""
    streams = study.randomness.levels if study.randomness else {}
    return {
        str(seed): {stream: value for stream, value in cell.items() if stream in streams}
        for seed, cell in cells(study).items()
    }


def facts_of(variant: Variant) -> VariantFacts:
    """Return what the tables say of a variant."""
    sized = list(variant.overrides) == [TRAINING_ROWS]
    return VariantFacts(
        name=variant.name,
        role=variant.role,
        method=variant.method,
        overrides=variant.overrides,
        seed_varies=seed_varies(variant),
        base=variant.base if sized else None,
        training_rows=variant.overrides[TRAINING_ROWS] if sized else None,
    )


def components_of(study: Study) -> Components | None:
    """Return what is off in each variant of a compiled ablation; None where components are left out one at a time."""
    if study.ablation == "leave_one_out":
        return None
    off = {name: list(out) for name, out in switched_off(list(study.components), study.ablation)}
    return Components(design=study.ablation, off=off)


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001
    """Return no further modules: the analysis is the same for every study."""
    return ()


def run(
    params: Params,
    home: Path,
    *,
    splits: Path,
    choices: list[Path],
    runs: list[Path],
    controls: list[Path],
    evaluations: list[Path],
) -> None:
    """Write study.json, tables/*.parquet and *.csv, metrics.json and, where evaluated, predictions.parquet.

    Raises DataError where one method was searched with another budget than the others.
    """
    from pipeline.io.files import write_csv, write_json, write_parquet
    from pipeline.io.splits import read_probes, read_splits
    from pipeline.science import conclusions, replication, tables, variance_tables
    from pipeline.science.budgets import check_budgets
    from pipeline.science.controls import failed
    from pipeline.science.controls import judged as judged_controls
    from pipeline.science.deviations import standing
    from pipeline.science.sequential import of_seeds
    from pipeline.stages.analyse_inputs import read_choices, read_controls, read_evaluations, read_runs

    arrays, about = read_splits(splits)
    facts = {variant.name: variant.model_dump() for variant in params.variants}
    selected = read_choices(choices)
    check_budgets(selected, fits_of(params), params.search["trials"])
    found = {
        "runs": tables.runs(read_runs(runs), read_evaluations(evaluations), facts),
        "search": tables.search(selected),
        "curves": tables.curves(read_runs(runs)),
    }
    found["controls"], found["control_runs"] = judged_controls(
        read_controls(controls), read_runs(runs), arrays["validation_y"], about["classes"]
    )
    found["probes"] = read_probes(splits)
    counted = of_seeds(found["runs"], [str(seed) for seed in seeds_counted(params)])
    found["variants"] = tables.variants(counted, facts, found["search"], params.search["trials"])
    if params.cells:
        sources = variance_tables.decompositions(found["runs"], params.cells)
        found["variance"] = variance_tables.variance(sources)
        found["variants"] = variance_tables.with_crossed_intervals(found["variants"], sources)
    if not (sized := tables.data_sizes(found["variants"], facts, params.data["train"])).empty:
        found["data_efficiency"] = sized
    predictions = tables.predictions(read_evaluations(evaluations))
    if params.plan is not None:
        if params.families:
            found |= judged(params, counted, predictions, not failed(found["controls"]))
        if params.replication:
            found["replication"] = replication.replication(params.replication, counted)
        found |= component_effects(params, counted, predictions, not failed(found["controls"]))
        write_parquet(home / "predictions.parquet", predictions)
    for name, table in found.items():
        write_parquet(home / "tables" / f"{name}.parquet", table)
        write_csv(home / "tables" / f"{name}.csv", table)
    further = {"replication": replication.metrics, "variance": variance_tables.metrics}
    told = {name: tell(found[name]) for name, tell in further.items() if name in found}
    status = standing(params.plan, params.deviations)
    write_json(home / "metrics.json", {**conclusions.metrics(found, status), **told})
    write_json(home / "study.json", study_facts(params))


def fits_of(params: Params) -> dict[str, int]:
    """Return how many seeds each trial of each method is fitted with."""
    varies = {variant.name: bool(variant.seed_varies) for variant in params.variants}
    return {method: len(params.seeds["selection"]) if varies[method] else 1 for method in params.search["methods"]}


def component_effects(
    params: Params, runs: "DataFrame", predictions: "DataFrame", controls_passed: bool
) -> "dict[str, DataFrame]":
    """Return the tables of effects and interactions, none where components are left out one at a time.

    They are of the seeds that count, at the level of the last look; those of a study whose controls failed are invalid.
    """
    from pipeline.science.conclusions import Rule
    from pipeline.science.effects import added_effects, effects, factorial_effects, interactions
    from pipeline.science.sequential import looks, of_seeds

    if params.ablation is None:
        return {}
    names, off = list(params.components), params.ablation.off
    whole = params.ablation.design == "factorial"
    stated = factorial_effects(names, off) if whole else added_effects(names)
    alpha, margin, seeds = params.claim["alpha"], params.claim["margin"], seeds_counted(params)
    level = looks(seeds, params.seeds.get("looks"), alpha, margin)[-1].rule.alpha
    rule = Rule(level, margin, controls_passed=controls_passed)
    table, by_seed = effects(runs, of_seeds(predictions, [str(seed) for seed in seeds]), stated, rule)
    pairs = {"interactions": interactions(runs, names, off)} if whole and len(names) > 1 else {}
    return {"effects": table, "effects_by_seed": by_seed, **pairs}


def seeds_counted(params: Params) -> list[int]:
    """Return the final seeds that contrasts count: none that was added after a look."""
    from pipeline.science.deviations import counted_seeds

    return counted_seeds(params.seeds["final"], params.deviations)


def judged(
    params: Params, runs: "DataFrame", predictions: "DataFrame", controls_passed: bool
) -> "dict[str, DataFrame]":
    """Return the tables of contrasts and differences; of looks and of claims where the study states any."""
    from pipeline.science import sequential
    from pipeline.science.claims import claims

    families = {name: family.model_dump() for name, family in params.families.items()}
    stated = params.seeds.get("looks")
    alpha, margin = params.claim["alpha"], params.claim["margin"]
    looks = sequential.looks(seeds_counted(params), stated, alpha, margin, controls_passed)
    by_look = sequential.at_each_look(runs, predictions, families, looks)
    found = {"contrasts": by_look[0][0], "differences": by_look[-1][1]}
    if stated:
        found["looks"] = sequential.interim([table for table, _ in by_look], looks)
        found["contrasts"] = sequential.decided(found["looks"])
    if params.claim.get("claims"):
        tables = [table for table, _ in by_look]
        found["claims"] = claims(params.claim["claims"], tables, looks, found["contrasts"])
    return found


def study_facts(params: Params) -> dict[str, Any]:
    """Return what the report says of the study itself; of looks, claims and deviations only where there are any."""
    from pipeline.science.deviations import sentences, standing
    from pipeline.science.rule_in_words import rule_in_words

    claim = params.claim
    optional = {"claims": claim.get("claims"), "deviations": sentences(params.deviations)}
    stated = ("title", "hypothesis", "held_constant", "metric", "alpha", "margin", "size_tolerance")
    one_claim = any(family.claim == "superiority_to_every" for family in params.families.values())
    return {
        **{key: claim[key] for key in stated if key in claim},
        "status": standing(params.plan, params.deviations),
        "plan_digest": params.plan,
        "data": params.data,
        "compute": params.compute,
        "seeds": params.seeds,
        "search": {key: value for key, value in params.search.items() if key != "methods"},
        "components": params.components,
        "method": params.method,
        "decision_rule": rule_in_words(claim, params.seeds.get("looks"), one_claim),
        "notes": notes(params),
        "families": {name: family.model_dump() for name, family in params.families.items()},
        **{key: value for key, value in optional.items() if value},
    }


def notes(params: Params) -> list[str]:
    """Return what a reader must know to read the numbers rightly."""
    fixed = [variant.name for variant in params.variants if not variant.seed_varies]
    others = [variant for variant in params.variants if variant.method != variant.name]
    reuse = [variant.name for variant in others if variant.role != "data_size"]
    sized = [variant.name for variant in others if variant.role == "data_size"]
    found = []
    if fixed:
        found.append(
            f"{', '.join(fixed)}: the seed changes nothing in these, so each was trained once and is a fixed "
            "reference, shown without sd; its contrasts are one-sample tests over the seeds of the full method."
        )
    if reuse:
        found.append(
            f"{', '.join(reuse)}: trained with the hyper-parameters selected for the full method, not with their "
            "own; this favours the full method."
        )
    if params.cells:
        streams = ", ".join(next(iter(params.cells.values())))
        found.append(
            f"The runs cross {streams}: they share values of these and are no independent replicates. Intervals of a "
            "mean are for new values of all of them, and nothing is contrasted."
        )
    if sized:
        found.append(
            f"{', '.join(sized)}: trained on fewer rows with the hyper-parameters that their method selected on all "
            "rows; with a search of their own, scores on few rows could be higher."
        )
    if params.search.get("retune"):
        found.append(
            "Each variant was searched by itself with the full method's number of trials and seeds, in the full "
            "method's space less what it overrides; what both search was drawn alike."
        )
    return found
