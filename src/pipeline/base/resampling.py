"""Repeated cross-validation: which fold each final run is trained and evaluated on.

The rows of data.held_out are dealt into folds, once a repeat. A final seed is a fold: its run is trained on the rows of
all other folds of that repeat, and evaluated on its own. Rows for selection and validation are in no fold.
"""

from pipeline.base.data_sizes import TRAINING_ROWS
from pipeline.base.errors import ParameterError
from pipeline.base.params import PARAMS, Resampling, Study

FEWEST = 5  # in all: of fewer, an sd over folds is little more than chance
ROWS_VARY = "training and held-out rows"


def fold_names(resampling: Resampling) -> list[str]:
    """Return the name of every fold, repeat by repeat."""
    return [
        f"repeat-{repeat}-fold-{fold}-of-{resampling.folds}"
        for repeat in range(1, resampling.repeats + 1)
        for fold in range(1, resampling.folds + 1)
    ]


def folds_of(study: Study) -> dict[int, str]:
    """Return {final seed: its fold}, empty where the study does not resample.

    The smallest seed is the first fold: in whichever order params.yaml states seeds, no run is of another fold.
    """
    if study.data.resampling is None:
        return {}
    return dict(zip(sorted(study.seeds.final), fold_names(study.data.resampling), strict=False))


def place_of(name: str) -> tuple[int, int]:
    """Return the numbers of a fold's repeat and of the fold in it, from 0; raise ValueError where it is none."""
    _, repeat, _, fold, _, _ = name.split("-")
    return int(repeat) - 1, int(fold) - 1


def fewest_training_rows(held_out: int, resampling: Resampling) -> int:
    """Return on how many rows, of those that are dealt, the run is trained whose own fold is the largest."""
    return held_out - -(-held_out // resampling.folds)


def check_resampling(study: Study) -> None:
    """Raise ParameterError where the folds are not one a final seed, or something is stated that they do not allow."""
    resampling = study.data.resampling
    if resampling is None:
        return
    wanted = resampling.folds * resampling.repeats
    if wanted < FEWEST:
        problem = f"has {wanted} folds in all, too few for a variance over folds"
        raise ParameterError(PARAMS, "data.resampling", problem, f"state folds × repeats of {FEWEST} or more")
    if len(study.seeds.final) != wanted:
        problem = f"states {len(study.seeds.final)} seeds for the {wanted} folds of data.resampling"
        raise ParameterError(PARAMS, "seeds.final", problem, f"state {wanted}: each final seed is a fold")
    if study.data.held_out < 2 * resampling.folds:
        problem = f"has {resampling.folds} folds of {study.data.held_out} rows of data.held_out"
        raise ParameterError(PARAMS, "data.resampling.folds", problem, "state fewer folds, or more rows")
    for key, stated, why in not_with_folds(study):
        if stated:
            raise ParameterError(PARAMS, key, f"does not go with data.resampling: {why}", "keep one of the two")


def not_with_folds(study: Study) -> list[tuple[str, bool, str]]:
    """Return (key, whether it is stated, why folds do not allow it)."""
    sized = any(TRAINING_ROWS in settings for settings in (study.method, *study.variants.values(),
                *study.baselines.values(), *study.components.values()))  # fmt: skip
    rows = "the variance of folds follows from how many rows each trains on, the same for all variants"
    return [
        ("seeds.looks", study.seeds.looks is not None, "a part of the folds is no cross-validation"),
        ("randomness", study.randomness is not None, "its runs share one split"),
        ("replication", bool(study.replication), "its test supposes independent runs"),
        ("ablation", study.ablation != "leave_one_out", "effects of components have no corrected interval here"),
        ("data_efficiency", bool(study.data_efficiency), rows),
        (TRAINING_ROWS, sized, rows),
        ("controls.same_vs_same", study.controls.same_vs_same is not None, "both groups would share folds"),
    ]
