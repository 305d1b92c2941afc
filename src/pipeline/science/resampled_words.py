"""The decision rule of a study of repeated cross-validation, in words."""

from collections.abc import Mapping
from typing import Any

from pipeline.base.params import Resampling, Study
from pipeline.science.verdicts import Words


def words_of(resampling: Mapping[str, Any], counted: int | None = None) -> Words:
    """Return how the rule speaks of folds; `resampling` is data.resampling of params.yaml, `counted` of how many."""
    folds, repeats = resampling["folds"], resampling["repeats"]
    stated = folds * repeats
    runs = stated if counted is None else counted
    others = "" if runs == stated else f"{runs} that were planned before a look, of "
    return Words(
        sampling=(
            f"A contrast is the mean over {others}the {stated} folds of {folds}-fold cross-validation, {repeats} "
            "times over, of the full method's score minus the variant's on the rows that the fold holds out, both "
            "trained on the same other rows; a diverged run counts as score 0 and stays in.",
            "Every variant is trained anew in each fold, also one whose model ignores the seed. No search sees a row "
            "that a fold holds out.",
            "p is that of the two-sided corrected resampled t test (Nadeau & Bengio 2003): folds share training rows, "
            f"so the variance of the mean is taken as (1/{runs} + 1/{folds - 1}) times that over folds, "
            f"with {runs - 1} degrees of freedom; ",
        ),
        equivalence="corrected resampled t interval of the difference, not corrected over the family,",
        population="corrected resampled t interval",
    )


def folds_in_words(study: Study) -> list[str]:
    """Return how the held-out rows are resampled, for the plan; nothing where they are not."""
    resampling, data = study.data.resampling, study.data
    if resampling is None:
        return []
    return [
        f"- cross-validation: {data.held_out} rows dealt into {resampling.folds} folds, {resampling.repeats} times; "
        "each final seed is a fold, trained on the other folds and evaluated on its own",
        f"  searches see {data.train} training and {data.validation} validation rows, which are in no fold",
    ]


def tested_in_words(study: Study) -> str:
    """Return on how many examples a run is evaluated."""
    if study.data.resampling is None:
        return f"{study.data.held_out} examples"
    least, more = divmod(study.data.held_out, study.data.resampling.folds)
    return f"the {least}{f' or {least + 1}' if more else ''} examples of their fold"


def reach_of_folds(resampling: Resampling, alpha: float) -> str:
    """Return how many folds there are, and what is detected at a level."""
    from pipeline.science.resampled import Resampled, detectable_d

    runs = resampling.folds * resampling.repeats
    effect = detectable_d(runs, alpha, Resampled(resampling.folds, resampling.repeats))
    return f"{runs} folds; detects d_z ≥ {effect:.2f} with 80 % power"
