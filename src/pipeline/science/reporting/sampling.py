"""How a report speaks of its replicates: seeds, or folds of repeated cross-validation."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.science.reporting.analysis import Analysis


@dataclass(frozen=True)
class Sampling:
    """The word for a replicate, and what intervals and captions say."""

    unit: str
    of_means: str
    results: str
    contrasts: str
    sensitivity: str
    marks: str
    training_rows: str
    test: str
    opened: str
    unopened: str
    probed: str
    drawn: str


SEEDS = Sampling(
    unit="seed",
    of_means="95 % t interval of the mean over seeds",
    results="Mean {shown} accuracy over n runs with a 95 % t interval over seeds. A variant that ignores the seed is "
    "trained once (fixed): no sd, no interval, {missing}.",
    contrasts="over n seeds: paired by seed, or one-sample against a fixed reference. The first interval says where "
    "the mean would lie with new seeds on these very items, and nothing of other items; the second, wider as a rule, "
    "with new seeds and new items. p is two-sided",
    sensitivity="p without correction; Wilcoxon's as a check.",
    marks="Thick bar: {level} t interval for new seeds on these items. Thin bar with ends: {level} interval for new "
    "seeds and new items.",
    training_rows="Training rows are the same in all runs; intervals do not cover the drawing of another training set.",
    test="sign-flip",
    opened="Held-out rows were opened by one step only.",
    unopened="Held-out rows were not opened.",
    probed="",
    drawn="Held-out rows come from prepare and go to evaluate alone, which runs only under a committed plan.",
)
FOLDS = Sampling(
    unit="fold",
    of_means="95 % corrected resampled t interval of the mean over folds",
    results="Mean {shown} accuracy over n folds with a 95 % corrected resampled t interval (Nadeau & Bengio 2003).",
    contrasts="over n folds, both trained on the same rows. The interval is the corrected resampled t interval (Nadeau "
    "& Bengio 2003), which allows for training rows that folds share: it speaks of new training and held-out rows. p "
    "is two-sided, of that t test",
    sensitivity="p without correction; no signed-rank test is valid over folds, which share rows.",
    marks="Bar with ends: {level} corrected resampled t interval.",
    training_rows="Folds share training rows: that the corrected variance makes up for it is an approximation, and "
    "all folds are of one sample of rows.",
    test="corrected resampled t",
    opened="What a fold holds out was opened for that fold by one step only; other folds train on it.",
    unopened="What a fold holds out was not opened.",
    probed=" Training rows here are those of the search. Each fold was probed alike, the rows that it trains on "
    "against those that it holds out, where copies may be more: as many as known duplicates states are let pass.",
    drawn="Drawn of a study without folds. Here a step resample deals the folds from the rows of fetch: the rows that "
    "a fold trains on go to train, and what it holds out goes to evaluate alone, which runs only under a committed "
    "plan.",
)


def sampling(analysis: Analysis) -> Sampling:
    """Return how a report speaks of its replicates."""
    return FOLDS if analysis.folds else SEEDS


def dealt(data: Mapping[str, Any]) -> str:
    """Return how many rows a final run is trained and evaluated on where `data` is dealt into folds, else nothing."""
    if not (resampling := data.get("resampling")):
        return ""
    rows, folds = int(data["held_out"]), int(resampling["folds"])
    about = "about " if rows % folds else ""
    return (
        f" The held-out rows are dealt into {folds} folds, {resampling['repeats']} times over: a final run is trained "
        f"on {about}{rows - rows // folds:,} of them and evaluated on {about}{rows // folds:,}, its own fold. The rows "
        "of train are for the search and the control."
    )


def reach(row: Container[Any]) -> str:
    """Return what the interval of a contrast is for, by its row or its table."""
    return "new training and held-out rows" if "folds" in row else "new seeds and new items"
