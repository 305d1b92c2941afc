"""How well labels were predicted, by accuracy and by the measure of the study; no model is loaded for it."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from pipeline.science import measures
from pipeline.science.metrics import accuracy

UNFINISHED = 0.0  # of what diverged or crashed: the worst there is, by the rule stated beforehand


@dataclass(frozen=True)
class Scored:
    """Accuracy, and the score by another measure where the study states one."""

    accuracy: float
    score: float | None

    @property
    def judged(self) -> float:
        """The score that the study is judged by."""
        return self.accuracy if self.score is None else self.score


def scored(metric: str | None, outcome: str, predicted: NDArray[Any], labels: NDArray[Any], classes: int) -> Scored:
    """Return how well a run or fit of some outcome predicted labels int64 [n]; ValueError for predictions of others."""
    if outcome != "finished":
        return Scored(UNFINISHED, UNFINISHED if metric else None)
    reached = accuracy(predicted, labels)
    if metric is None:
        return Scored(reached, None)
    return Scored(reached, measures.score(metric, predicted.copy(), labels.copy(), classes))  # which it may change
