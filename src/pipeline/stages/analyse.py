"""Analyse: from runs and evaluations to tables, contrasts and verdicts."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.resampling import ROWS_VARY
from pipeline.science import measures
from pipeline.stages.analyse_params import Params, parameters

if TYPE_CHECKING:
    from pandas import DataFrame

    from pipeline.science.resampled import Resampled
    from pipeline.science.sequential import Look

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
    labels: Path,
    choices: list[Path],
    runs: list[Path],
    controls: list[Path],
    evaluations: list[Path],
) -> None:
    """Write study.json, tables/*.parquet and *.csv, metrics.json and, where evaluated, predictions.parquet.

    Raises DataError where one method was searched with another budget than the others.
    """
    from pipeline.io.files import write_csv, write_json, write_parquet
    from pipeline.io.splits import read_labels, read_probes
    from pipeline.science import conclusions, replication, tables, variance_tables
    from pipeline.science.budgets import check_budgets
    from pipeline.science.controls import failed
    from pipeline.science.controls import judged as judged_controls
    from pipeline.science.deviations import standing
    from pipeline.science.plausibility import control, plausibility
    from pipeline.science.sequential import of_seeds
    from pipeline.stages.analyse_inputs import read_choices, read_controls, read_evaluations, read_runs
    from pipeline.stages.analyse_words import study_facts

    label, about = read_labels(labels)
    facts = {variant.name: variant.model_dump() for variant in params.variants}
    selected, trained, evaluated = read_choices(choices), read_runs(runs), read_evaluations(evaluations)
    check_budgets(selected, fits_of(params), params.search["trials"])
    found = {
        "runs": tables.runs(trained, evaluated, facts),
        "search": tables.search(selected),
        "curves": tables.curves(trained),
    }
    of_scores = []
    if params.plan is not None:
        apart = [] if params.data.get("validation_within_training") else evaluated  # it is trained on, then
        found["plausibility"] = plausibility(trained, apart, len(label))
        of_scores = [control(found["plausibility"])]
    found["controls"], found["control_runs"] = judged_controls(
        read_controls(controls), trained, label, about["classes"], of_scores
    )
    found["probes"] = read_probes(splits)
    counted = of_seeds(found["runs"], [str(seed) for seed in seeds_counted(params)])
    found["variants"] = tables.variants(counted, facts, found["search"], params.search["trials"], folds_of(params))
    if params.cells:
        sources = variance_tables.decompositions(found["runs"], params.cells)
        found["variance"] = variance_tables.variance(sources)
        found["variants"] = variance_tables.with_crossed_intervals(found["variants"], sources)
    if not (sized := tables.data_sizes(found["variants"], facts, params.data["train"])).empty:
        found["data_efficiency"] = sized
    believed = not failed(found["controls"])
    predictions = tables.predictions(evaluated, measures.stated(params.claim["metric"]), about["classes"])
    if params.plan is not None:
        found |= judged(params, counted, predictions, believed)
        if params.replication:
            found["replication"] = replication.replication(params.replication, counted)
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
    varies = {variant.name: variant.seed_varies not in ("", ROWS_VARY) for variant in params.variants}
    return {method: len(params.seeds["selection"]) if varies[method] else 1 for method in params.search["methods"]}


def folds_of(params: Params) -> "Resampled | None":
    """Return the design of repeated cross-validation, None where runs are independent seeds."""
    from pipeline.science.resampled import Resampled

    stated = params.data.get("resampling")
    return Resampled(**stated) if stated else None


def seeds_counted(params: Params) -> list[int]:
    """Return the final seeds that contrasts count: none that was added after a look."""
    from pipeline.science.deviations import counted_seeds

    return counted_seeds(params.seeds["final"], params.deviations)


def judged(
    params: Params, runs: "DataFrame", predictions: "DataFrame", controls_passed: bool
) -> "dict[str, DataFrame]":
    """Return what is concluded at the looks that are open: contrasts, effects of components, claims, as far as stated.

    Of a study with several looks, what each of them shows is a table of its own.
    """
    from pandas import DataFrame

    from pipeline.science.sequential import looks
    from pipeline.stages.analyse_effects import component_effects

    stated, alpha, margin = params.seeds.get("looks"), params.claim["alpha"], params.claim["margin"]
    opened = looks(seeds_counted(params), stated, alpha, margin, controls_passed, folds_of(params))
    none: tuple[list[DataFrame], dict[str, DataFrame]] = ([DataFrame()] * len(opened), {})
    by_look, found = contrasts(params, runs, predictions, opened) if params.families else none
    if params.ablation:
        found |= component_effects(params, runs, predictions, opened)
    if params.claim.get("claims"):
        found["claims"] = claims_judged(params, by_look, opened, found)
    return found


def contrasts(
    params: Params, runs: "DataFrame", predictions: "DataFrame", opened: "list[Look]"
) -> "tuple[list[DataFrame], dict[str, DataFrame]]":
    """Return the contrasts of each look, and the tables of contrasts, of differences and of looks if there are more."""
    from pipeline.science import sequential

    families = {name: family.model_dump() for name, family in params.families.items()}
    by_look = sequential.at_each_look(runs, predictions, families, opened)
    tables = [table for table, _ in by_look]
    found = {"contrasts": tables[0], "differences": by_look[-1][1]}
    if params.seeds.get("looks"):
        found["looks"] = sequential.interim(tables, opened)
        found["contrasts"] = sequential.decided(found["looks"])
    return tables, found


def claims_judged(
    params: Params, by_look: "list[DataFrame]", opened: "list[Look]", found: "Mapping[str, DataFrame]"
) -> "DataFrame":
    """Return the table of claims, judged by the contrasts and effects that were found."""
    from pandas import DataFrame

    from pipeline.science.claims import claims

    return claims(params.claim["claims"], by_look, opened, found.get("contrasts", DataFrame()), found.get("effects"))
