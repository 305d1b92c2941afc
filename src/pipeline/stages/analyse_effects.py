"""Effects of components in the analysis: at every look that is open, at that look's level."""

from typing import TYPE_CHECKING

from pipeline.stages.analyse_params import Params

if TYPE_CHECKING:
    from pandas import DataFrame

    from pipeline.science.effects import Effect
    from pipeline.science.sequential import Look


def component_effects(
    params: Params, runs: "DataFrame", predictions: "DataFrame", opened: "list[Look]"
) -> "dict[str, DataFrame]":
    """Return the tables of effects, of effects by seed and of interactions, of a compiled ablation other than leave-
    one-out; of several looks also what each shows. Effects of a study whose controls failed are invalid.
    """
    from pipeline.science.effects import effects, interactions
    from pipeline.science.sequential import first_decided, interim, of_seeds

    stated = stated_effects(params)
    by_look = [
        effects(of_seeds(runs, look.seeds), of_seeds(predictions, look.seeds), stated, look.rule) for look in opened
    ]
    found = {"effects": by_look[-1][0], "effects_by_seed": by_look[-1][1]}
    if params.seeds.get("looks"):
        found["effect_looks"] = interim([table for table, _ in by_look], opened)
        found["effects"] = first_decided(found["effect_looks"], ["effect"])
    if params.ablation and params.ablation.design == "factorial" and len(params.components) > 1:
        found["interactions"] = interactions(runs, list(params.components), params.ablation.off)
    return found


def stated_effects(params: Params) -> "list[Effect]":
    """Return the effects that the design of a compiled ablation has, none where it is leave-one-out."""
    from pipeline.science.effects import added_effects, factorial_effects

    if params.ablation is None:
        return []
    names, off = list(params.components), params.ablation.off
    return factorial_effects(names, off) if params.ablation.design == "factorial" else added_effects(names)
