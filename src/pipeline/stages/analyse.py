"""Analyse: from runs and evaluations to tables, contrasts and verdicts."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.science import measures
from pipeline.stages.analyse_params import Params, parameters

if TYPE_CHECKING:
    from pandas import DataFrame

HOME = "analysis"
MANY = ("choices", "runs", "controls", "evaluations")
__all__ = ["HOME", "MANY", "Params", "code", "parameters", "run"]


def code(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the module of the measure where it is not accuracy: all else is the same for every study."""
    return measures.code(parameters["claim"]["metric"])


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
    from pipeline.stages.analyse_words import study_facts

    arrays, about = read_splits(splits)
    facts = {variant.name: variant.model_dump() for variant in params.variants}
    selected, trained, evaluated = read_choices(choices), read_runs(runs), read_evaluations(evaluations)
    check_budgets(selected, fits_of(params), params.search["trials"])
    found = {
        "runs": tables.runs(trained, evaluated, facts),
        "search": tables.search(selected),
        "curves": tables.curves(trained),
    }
    found["controls"], found["control_runs"] = judged_controls(
        read_controls(controls), trained, arrays["validation_y"], about["classes"]
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
    believed = not failed(found["controls"])
    predictions = tables.predictions(evaluated, measures.stated(params.claim["metric"]), about["classes"])
    if params.plan is not None:
        if params.families:
            found |= judged(params, counted, predictions, believed)
        if params.replication:
            found["replication"] = replication.replication(params.replication, counted)
        found |= component_effects(params, counted, predictions, believed)
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
