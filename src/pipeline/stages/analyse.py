"""Analyse: from runs and evaluations to tables, contrasts and verdicts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pipeline.base.design import members, methods, variants
from pipeline.base.params import Frozen, Study
from pipeline.science.methods import seed_varies

HOME = "analysis"
MANY = ("choices", "runs", "controls", "evaluations")


class VariantFacts(Frozen):
    """What the tables say of a variant beside its scores."""

    name: str
    role: Literal["method", "ablation", "extra", "baseline"]
    method: str
    overrides: dict[str, Any]
    seed_varies: str


class FamilyFacts(Frozen):
    """A family of contrasts, its members spelled out."""

    claim: Literal["superiority", "equivalence"]
    correction: str
    members: list[str]


class Params(Frozen):
    """The study as it is told to the analysis; `plan` is the digest of the plan it matches, or None."""

    claim: dict[str, Any]
    data: dict[str, Any]
    compute: dict[str, Any]
    method: dict[str, Any]
    components: dict[str, Any]
    seeds: dict[str, list[int]]
    search: dict[str, Any]
    variants: list[VariantFacts]
    families: dict[str, FamilyFacts]
    plan: str | None


def parameters(study: Study, values: Mapping[str, str], plan: str | None = None) -> Params:  # noqa: ARG001
    """Return what the analysis is told."""
    facts = [
        VariantFacts(
            name=variant.name,
            role=variant.role,
            method=variant.method,
            overrides=variant.overrides,
            seed_varies=seed_varies(variant),
        )
        for variant in variants(study).values()
    ]
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
    )


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
    """Write study.json, tables/*.parquet and *.csv, metrics.json and, where evaluated, predictions.parquet."""
    from pipeline.io.files import write_csv, write_json, write_parquet
    from pipeline.io.splits import read_probes, read_splits
    from pipeline.science import conclusions, tables
    from pipeline.science.controls import failed, judged
    from pipeline.stages.analyse_inputs import read_choices, read_controls, read_evaluations, read_runs

    arrays, about = read_splits(splits)
    facts = {variant.name: variant.model_dump() for variant in params.variants}
    found = {
        "runs": tables.runs(read_runs(runs), read_evaluations(evaluations), facts),
        "search": tables.search(read_choices(choices)),
        "curves": tables.curves(read_runs(runs)),
    }
    found["controls"], found["control_runs"] = judged(
        read_controls(controls), read_runs(runs), arrays["validation_y"], about["classes"]
    )
    found["probes"] = read_probes(splits)
    found["variants"] = tables.variants(found["runs"], facts, params.search["trials"])
    predictions = tables.predictions(read_evaluations(evaluations))
    if params.plan is not None:
        families = {name: family.model_dump() for name, family in params.families.items()}
        rule = conclusions.Rule(params.claim["alpha"], params.claim["margin"], not failed(found["controls"]))
        found["contrasts"], found["differences"] = conclusions.contrasts(found["runs"], predictions, families, rule)
        write_parquet(home / "predictions.parquet", predictions)
    for name, table in found.items():
        write_parquet(home / "tables" / f"{name}.parquet", table)
        write_csv(home / "tables" / f"{name}.csv", table)
    write_json(home / "metrics.json", conclusions.metrics(found))
    write_json(home / "study.json", study_facts(params))


def study_facts(params: Params) -> dict[str, Any]:
    """Return what the report says of the study itself."""
    from pipeline.science.verdicts import decision_rule

    claim = params.claim
    return {
        **{key: claim[key] for key in ("title", "hypothesis", "held_constant", "metric", "alpha", "margin")},
        "status": "exploratory" if params.plan is None else "confirmatory",
        "plan_digest": params.plan,
        "data": params.data,
        "compute": params.compute,
        "seeds": params.seeds,
        "search": {key: params.search[key] for key in ("trials", "spaces")},
        "components": params.components,
        "method": params.method,
        "decision_rule": decision_rule(claim["alpha"], claim["margin"]),
        "notes": notes(params),
        "families": {name: family.model_dump() for name, family in params.families.items()},
    }


def notes(params: Params) -> list[str]:
    """Return what a reader must know to read the numbers rightly."""
    fixed = [variant.name for variant in params.variants if not variant.seed_varies]
    reuse = [variant.name for variant in params.variants if variant.method != variant.name]
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
    return found
