import pytest
from tests.base.stated import stated

from pipeline.base.params import Resampling, Study
from pipeline.science import resampled_words
from pipeline.science.resampled import Resampled, detectable_d
from pipeline.science.resampled_words import folds_in_words, reach_of_folds, words_of

FOLDS = {"folds": 5, "repeats": 2}


def study(**data: object) -> Study:
    return Study.model_validate(stated(**{f"data__{key}": value for key, value in data.items()}))


def test_the_rule_names_the_variance_and_the_degrees_of_freedom_of_all_folds() -> None:
    contrast, _, test = words_of(FOLDS).sampling
    assert "the mean over the 10 folds of 5-fold cross-validation, 2 times over" in contrast
    assert "(1/10 + 1/4) times that over folds, with 9 degrees of freedom" in test


def test_folds_that_were_planned_before_a_look_are_those_that_count() -> None:
    contrast, _, test = words_of(FOLDS, 8).sampling
    assert "over 8 that were planned before a look, of the 10 folds" in contrast
    assert "(1/8 + 1/4)" in test
    assert "7 degrees of freedom" in test


def test_the_plan_says_how_rows_are_dealt_and_nothing_where_they_are_not() -> None:
    assert folds_in_words(study()) == []
    dealt, searched = folds_in_words(study(resampling=FOLDS))
    assert "100 rows dealt into 5 folds, 2 times" in dealt
    assert "80 training and 60 validation rows, which are in no fold" in searched


@pytest.mark.parametrize(("held_out", "said"), [(100, "the 20 examples"), (102, "the 20 or 21 examples")])
def test_a_run_is_evaluated_on_its_fold(held_out: int, said: str) -> None:
    assert resampled_words.tested_in_words(study(resampling=FOLDS, held_out=held_out)) == f"{said} of their fold"
    assert resampled_words.tested_in_words(study(held_out=held_out)) == f"{held_out} examples"


def test_the_effect_that_folds_detect_is_that_of_the_corrected_test() -> None:
    effect = detectable_d(10, 0.05, Resampled(5, 2))
    assert reach_of_folds(Resampling(**FOLDS), 0.05) == f"10 folds; detects d_z ≥ {effect:.2f} with 80 % power"
