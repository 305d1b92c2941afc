"""Scores of predictions: by accuracy, by the measure of a study, and of what did not come to an end."""

import numpy as np
import pytest

from pipeline.science.measures import score
from pipeline.science.scoring import Scored, scored

LABELS = np.array([0, 1, 2, 0])
PREDICTED = np.array([0, 1, 1, 1])


def test_what_did_not_come_to_an_end_scores_zero() -> None:
    for outcome in ("diverged", "crashed"):
        assert scored(None, outcome, LABELS, LABELS, 3) == Scored(0.0, None)
        assert scored("macro_f1", outcome, np.array([]), LABELS, 3) == Scored(0.0, 0.0)


def test_a_study_is_judged_by_its_measure_where_it_states_one() -> None:
    assert scored(None, "finished", PREDICTED, LABELS, 3).judged == 0.5
    found = scored("macro_f1", "finished", PREDICTED, LABELS, 3)
    assert (found.accuracy, found.judged) == (0.5, score("macro_f1", PREDICTED, LABELS, 3))
    assert found.judged != found.accuracy


def test_predictions_of_other_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="accuracy of"):
        scored(None, "finished", PREDICTED[:3], LABELS, 3)
