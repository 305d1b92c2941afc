"""What both kinds of splits are told: how many rows go where, by which seed, and what probes may find in them.

Each part of the data is two artefacts: what models see of its rows, and the labels that they are scored by.
"""

from typing import Annotated, Any

from pydantic import Field

from pipeline.base.params import Frozen, Study

SPLITS, HELD_OUT = "data/splits", "data/held_out"
FOLDS, TESTED = "data/folds", "data/tested"  # what each fold of cross-validation trains on, and what it holds out
LABELS = {  # of validation rows, and of held-out ones; no model sees them
    SPLITS: "data/validation_labels",
    HELD_OUT: "data/held_out_labels",
    FOLDS: "data/fold_labels",
    TESTED: "data/tested_labels",
}


class Dealing(Frozen):
    """Which part, how many rows each split takes, and what the probes for leaks may find where rows are trained on."""

    part: str
    name: str
    train: int
    validation: int
    held_out: int
    study_seed: int
    validation_within_training: Annotated[bool, Field(exclude_if=lambda within: not within)] = False
    known_duplicates: Annotated[int, Field(exclude_if=lambda known: not known)] = 0
    known_giveaways: Annotated[tuple[int, ...], Field(exclude_if=lambda known: not known)] = ()


def dealing(study: Study, part: str, is_trained_on: bool) -> dict[str, Any]:
    """Return the fields of `Dealing` for one part."""
    data = study.data
    return {
        "part": part,
        "name": data.name,
        "train": data.train,
        "validation": data.validation,
        "held_out": data.held_out,
        "study_seed": study.study.seed,
        "validation_within_training": data.validation_within_training,
        "known_duplicates": data.known_duplicates if is_trained_on else 0,
        "known_giveaways": tuple(data.known_giveaways) if is_trained_on else (),
    }
