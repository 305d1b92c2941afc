"""What the analysis says of the study in words: for the report, beside the tables."""

from typing import Any

from pipeline.stages.analyse_params import Params


def study_facts(params: Params) -> dict[str, Any]:
    """Return what the report says of the study itself; of looks, claims and deviations only where there are any."""
    from pipeline.science.deviations import counted_seeds, sentences, standing
    from pipeline.science.rule_in_words import rule_in_words

    claim = params.claim
    measure = words(claim["metric"])
    optional = {"claims": claim.get("claims"), "deviations": sentences(params.deviations), "measure": measure}
    stated = ("title", "hypothesis", "held_constant", "metric", "alpha", "margin", "size_tolerance")
    families = {name: family.claim for name, family in params.families.items()}
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
        "decision_rule": rule_in_words(
            claim,
            params.seeds.get("looks"),
            families,
            effects=params.ablation is not None,
            resampling=params.data.get("resampling"),
            counted=len(counted_seeds(params.seeds["final"], params.deviations)),
        ),
        "notes": notes(params),
        "families": {name: family.model_dump() for name, family in params.families.items()},
        **{key: value for key, value in optional.items() if value},
    }


def words(metric: str) -> str | None:
    """Return the name of the study's measure; None for accuracy."""
    from pipeline.science import measures

    return str(measures.load(metric).WORDS) if measures.stated(metric) else None


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
    if resampling := params.data.get("resampling"):
        found.append(
            f"Each run is one fold of {resampling['folds']}-fold cross-validation, {resampling['repeats']} times over: "
            "its own training rows, held-out rows and seed. Training rows of one fold are held out by others; rows on "
            "which a search selects, and validation rows, are in no fold. There is no control of same against same, "
            "whose groups would share folds, and no interval for new seeds on these items."
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
