"""The controls: what voids a study, how seldom an honest one, how surely a faulty one."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tests.science.simulated_controls import honest, leaking
from tests.study import MINIATURE

from pipeline.base.errors import ParameterError
from pipeline.base.params import Study
from pipeline.science.control_runs import (
    ALPHA,
    SAME,
    SHUFFLED,
    check_controls,
    control_runs,
    control_seeds,
    fewest_against,
    has_control_run,
    smallest_p,
)
from pipeline.science.controls import (
    RENAMINGS,
    Control,
    association,
    failed,
    judged,
    same_vs_same,
    shuffled_labels,
)
from pipeline.science.dealt_labels import dealt, labelled_anew
from pipeline.science.training_data import TrainingData


def stated(**changes: Any) -> Study:
    """Return the miniature with some sections replaced."""
    return Study.model_validate(json.loads(json.dumps({**MINIATURE, **changes, "data": {**DATA}})))


DATA = {**MINIATURE["data"], "sha256": "0" * 64}


def record(variant: str, seed: str, predicted: list[int], labels: list[int]) -> dict[str, Any]:
    """Return the record of a run with its predictions."""
    right = float(np.mean(np.array(predicted) == np.array(labels)))
    return {
        "variant": variant, "seed": seed, "outcome": "finished", "validation_accuracy": right,
        "predicted": np.array(predicted),
    }  # fmt: skip


def test_seeds_of_controls_are_disjoint_from_all_others_and_do_not_move_when_more_are_asked_for() -> None:
    study = stated(controls={"shuffled_labels": 5, "same_vs_same": 7})
    seeds = [run.seed for run in control_runs(study)]
    assert len(set(seeds)) == 12
    assert not set(seeds) & {*study.seeds.selection, *study.seeds.final}
    assert seeds[:3] == control_seeds(study, SHUFFLED, 3)
    taken = stated(seeds={"selection": [1], "final": [seeds[0], 11, 12, 13, 14, 15]})
    assert seeds[0] not in control_seeds(taken, SHUFFLED, 5)
    assert seeds[1] in control_seeds(taken, SHUFFLED, 5)
    assert has_control_run(study, SHUFFLED, f"seed-{seeds[0]}")
    assert not has_control_run(study, SAME, f"seed-{seeds[0]}")


def test_a_method_that_ignores_its_seed_has_shuffled_labels_alone() -> None:
    method = {"model": "nearest_neighbours", "weights": "uniform"}
    assert {run.variant for run in control_runs(stated(method=method, components={}))} == {SHUFFLED}


def test_final_runs_that_share_values_of_a_stream_are_no_group_to_compare_with() -> None:
    crossed = stated(randomness={"levels": {"initialisation": 3, "order": 2}}, families={})
    assert {run.variant for run in control_runs(crossed)} == {SHUFFLED}


@pytest.mark.parametrize(("final", "fewest"), [(3, 9), (4, 6), (5, 6), (6, 4), (10, 3), (20, 2)])
def test_the_fewest_runs_against_the_final_ones_are_those_that_can_fail(final: int, fewest: int) -> None:
    assert fewest_against(final) == fewest
    assert smallest_p(final, fewest) <= ALPHA < smallest_p(final, fewest - 1)
    apart = same_vs_same(np.arange(fewest) + 100.0, np.arange(final) / 1000)
    assert apart.p == pytest.approx(smallest_p(final, fewest))


def test_a_control_that_could_never_fail_is_refused_with_the_number_that_could() -> None:
    with pytest.raises(ParameterError, match=r"^params.yaml: controls.same_vs_same: 3 runs against 6 .* at least 4"):
        check_controls(stated(controls={"same_vs_same": 3}))
    with pytest.raises(ParameterError, match="control_mine: begins with control_, as the controls do; rename it"):
        check_controls(stated(variants={"control_mine": {"min_samples_leaf": 2}}))
    labels = [0, 1] * 4
    records = [record(SHUFFLED, str(seed), labels, labels) for seed in range(7)]
    with pytest.raises(ParameterError, match=r"controls.shuffled_labels: 7 runs can never fail .* at least 8"):
        judged(records, [], np.array(labels), 2)


@given(st.integers(2, 7), st.integers(7, 60), st.integers(0, 99))
def test_dealt_labels_favour_no_class_and_their_dealing_has_a_stream_of_its_own(
    classes: int, rows: int, seed: int
) -> None:
    labels = dealt(rows, classes, 3, seed)
    counts = np.bincount(labels, minlength=classes)
    assert counts.max() - counts.min() <= 1
    assert (labels == dealt(rows, classes, 3, seed)).all()


def test_only_training_labels_are_dealt_anew() -> None:
    x, y = np.zeros((30, 2), np.float32), np.arange(30) % 3
    data = TrainingData(x, y, x)
    other = labelled_anew(data, 3, 3, 1)
    assert (other.train_y != y).any()
    assert other.validation_x is x
    assert (data.train_y == np.arange(30) % 3).all()


def test_predictions_independent_of_the_labels_are_associated_with_none_of_them() -> None:
    labels, predicted = np.repeat([0, 1, 2], 6), np.tile([0, 0, 1, 1, 2, 2], 3)
    assert association(predicted, labels, 3) == pytest.approx(np.zeros((3, 3)), abs=1e-12)
    assert association(np.full(18, -1), labels, 3) == pytest.approx(np.zeros((3, 3)), abs=1e-12)
    assert np.trace(association(labels, labels, 3)) == pytest.approx(2 / 3)


def test_naming_the_most_frequent_class_is_chance_however_frequent_it_is() -> None:
    labels = np.array([0] * 95 + [1] * 5)
    control = shuffled_labels([np.zeros(100, np.int64)] * 8, labels, 2)
    assert (control.mean, control.expected, control.p) == (pytest.approx(0.95), pytest.approx(0.95), 1.0)


def test_labels_that_leak_fail_with_as_few_runs_and_classes_as_can() -> None:
    labels = np.arange(60) % 3
    known = shuffled_labels([labels] * 3, labels, 3)
    assert known.p == pytest.approx(1 / math.factorial(3) ** 3)
    assert not known.passed
    two = np.arange(60) % 2
    assert shuffled_labels([two] * 8, two, 2).p == pytest.approx(2**-8)


def test_of_many_classes_renamings_are_drawn_and_p_is_never_zero() -> None:
    labels = np.arange(200) % 10
    assert shuffled_labels([labels] * 2, labels, 10).p == 1 / (RENAMINGS + 1)
    guessed = np.repeat(np.arange(10), 20)  # every class is called every name as often
    assert shuffled_labels([guessed] * 2, labels, 10).p == 1.0


def test_a_control_fails_at_its_very_level() -> None:
    known = {"n": 8, "against": 0, "mean": 0.5, "sd": 0.1, "expected": 0.4, "difference": 0.1}
    assert not Control(SHUFFLED, p=ALPHA, **known).passed
    assert Control(SHUFFLED, p=ALPHA * 1.001, **known).passed


def test_a_diverged_run_is_no_evidence() -> None:
    labels = np.arange(60) % 3
    assert shuffled_labels([np.full(60, -1)] * 3, labels, 3).p == 1.0


def test_the_control_does_not_apply_where_there_are_no_two_groups() -> None:
    control = same_vs_same([], [0.5])
    assert control.passed
    assert math.isnan(control.mean)


def test_what_failed_is_named_and_each_run_is_in_the_table() -> None:
    labels = [0, 1, 2] * 20
    runs = [record(SHUFFLED, str(seed), labels, labels) for seed in range(3)]
    runs += [record(SAME, str(seed), [0] * 30 + labels[30:], labels) for seed in range(4)]
    table, by_run = judged(runs, [record("full", str(seed), labels, labels) for seed in range(6)], np.array(labels), 3)
    assert failed(table) == [SHUFFLED, SAME]
    assert list(by_run["variant"].value_counts()[["full", SAME, SHUFFLED]]) == [6, 4, 3]
    assert not table["passed"].any()


@pytest.mark.slow
def test_controls_void_one_honest_study_in_a_hundred_at_most_and_catch_planted_faults() -> None:
    random, studies, classes, items = np.random.default_rng(5), 150, 10, 300
    made = [honest(random, classes, items, 4, 0.5) for _ in range(studies)]
    seeds = random.normal(size=(studies, 14))
    shuffled = np.array([shuffled_labels(*each, classes).p for each in made])
    same = np.array([same_vs_same(each[:4], each[4:]).p for each in seeds])
    voided = int(np.sum((shuffled <= ALPHA) | (same <= ALPHA)))
    assert stats.binomtest(voided, studies, 0.01, alternative="greater").pvalue > 0.001
    single = [stats.binomtest(int(np.sum(each[0][0] == each[1])), items, 0.1).pvalue for each in made]
    assert np.mean(np.array(single) <= ALPHA) > 0.1  # what a test of one run's items would void
    caught = [shuffled_labels(leaking(random, *each, 0.3), each[1], classes).p <= ALPHA for each in made[:100]]
    assert np.mean(caught) > 0.9
    moved = [same_vs_same(each[:4] + 4, each[4:]).p <= ALPHA for each in seeds[:100]]
    assert np.mean(moved) > 0.9
