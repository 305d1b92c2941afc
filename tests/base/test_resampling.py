from typing import Any

import numpy as np
import pytest
from tests.study import MINIATURE

from pipeline.base.design import check_design
from pipeline.base.errors import ParameterError
from pipeline.base.params import Resampling, Study, validated
from pipeline.base.resampling import fewest_training_rows, fold_names, folds_of, place_of
from pipeline.checks import check_seed_counts
from pipeline.science.control_runs import SHUFFLED, control_runs
from pipeline.science.methods import runs
from pipeline.stages import analyse
from pipeline.stages.analyse_words import study_facts
from pipeline.workflow import Workflow

FOLDS = {"folds": 3, "repeats": 2}


def stated(resampling: dict[str, Any] | None = None, **changes: Any) -> Study:
    data = {**MINIATURE["data"], "sha256": "0" * 64, "resampling": resampling or FOLDS}
    return validated(Study, {**MINIATURE, "data": data, **changes}, "params.yaml")


def test_each_final_seed_is_a_fold_repeat_by_repeat() -> None:
    study = stated()
    check_design(study)
    names = fold_names(study.data.resampling or pytest.fail("not stated"))
    assert folds_of(study) == dict(zip(study.seeds.final, names, strict=True))
    assert names[4] == "repeat-2-fold-2-of-3"
    assert [place_of(name) for name in names] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert folds_of(validated(Study, {**MINIATURE, "data": {**MINIATURE["data"], "sha256": "0" * 64}}, "p")) == {}


def test_a_seed_keeps_its_fold_in_whichever_order_seeds_are_stated() -> None:
    turned = {"selection": [1], "final": list(reversed(MINIATURE["seeds"]["final"]))}
    assert folds_of(stated(seeds=turned)) == folds_of(stated())


def test_every_variant_has_a_run_a_fold_and_reads_its_own_rows_and_controls_those_of_the_search() -> None:
    workflow = Workflow(stated())
    for run in runs(workflow.study):
        assert run.seed is not None  # a model that ignores the seed has another one in each fold, too
        assert workflow.splits_of(run) == f"data/folds/{workflow.folds[run.seed]}"
        assert workflow.held_out_of(run) == f"data/tested/{workflow.folds[run.seed]}"
        assert workflow.labels_of(workflow.splits_of(run)) == f"data/fold_labels/{workflow.folds[run.seed]}"
        assert workflow.labels_of(workflow.held_out_of(run)) == f"data/tested_labels/{workflow.folds[run.seed]}"
    assert {run.variant for run in control_runs(workflow.study)} == {SHUFFLED}
    assert workflow.labels_of("data/splits") == "data/validation_labels"
    assert {workflow.splits_of(run) for run in control_runs(workflow.study)} == {"data/splits"}
    check_seed_counts(stated({"folds": 3, "repeats": 1}, seeds={"selection": [1], "final": [10, 11, 12]}))


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "other seeds than folds": (
        {"seeds": {"selection": [1], "final": [10, 11, 12, 13, 14]}},
        "seeds.final: states 5 seeds for the 6 folds of data.resampling; state 6",
    ),
    "looks": (
        {"seeds": {**MINIATURE["seeds"], "looks": [{"seeds": 3, "alpha": 0.02}, {"seeds": 6, "alpha": 0.03}]}},
        "seeds.looks: does not go with data.resampling",
    ),
    "a crossed design": (
        {"randomness": {"levels": {"order": 2, "initialisation": 3}}, "families": {}},
        "randomness: does not go with data.resampling: its runs share one split",
    ),
    "published numbers": (
        {"replication": {"a": {"variant": "full", "published": 0.5, "tolerance": 0.1, "cite": "b"}}},
        "replication: does not go with data.resampling",
    ),
    "effects of components": ({"ablation": "factorial"}, "ablation: does not go with data.resampling"),
    "fewer training rows": ({"data_efficiency": [20]}, "data_efficiency: does not go with data.resampling"),
    "fewer rows of a variant": (
        {"variants": {"few": {"training_rows": 20}}},
        "training_rows: does not go with data.resampling",
    ),
    "a control of groups": (
        {"controls": {"same_vs_same": 9}},
        "controls.same_vs_same: does not go with data.resampling: both groups would share folds",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_go_with_folds_is_refused_with_the_reason(case: str) -> None:
    changes, said = REFUSED[case]
    with pytest.raises(ParameterError, match=f"^params.yaml: {said}"):
        check_design(stated(**changes))


def test_fewer_than_five_folds_in_all_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"^params.yaml: data.resampling: has 4 folds in all, too few"):
        check_design(stated({"folds": 2, "repeats": 2}, seeds={"selection": [1], "final": [10, 11, 12, 13]}))
    check_design(stated({"folds": 5, "repeats": 1}, seeds={"selection": [1], "final": [10, 11, 12, 13, 14]}))


def test_the_fewest_rows_that_a_run_is_trained_on_are_those_beside_the_largest_fold() -> None:
    for rows, folds in ((100, 3), (90, 3), (53, 5), (12, 6)):
        parts = np.array_split(np.arange(rows), folds)
        assert fewest_training_rows(rows, Resampling(folds=folds, repeats=1)) == min(rows - len(part) for part in parts)


def test_more_folds_than_rows_are_refused() -> None:
    few = stated({"folds": 60, "repeats": 1}, seeds={"selection": [1], "final": [*range(10, 70)]})
    with pytest.raises(ParameterError, match="has 60 folds of 100 rows"):
        check_design(few)


def test_the_rule_speaks_of_the_folds_that_are_counted() -> None:
    def rule(unplanned: list[int]) -> str:
        departed = {"configurations": {}, "plans": {}, "unplanned_seeds": unplanned, "dropped_seeds": []}
        told = analyse.parameters(stated(), {}, "0" * 64, departed)
        return " ".join(study_facts(told)["decision_rule"])

    assert "the mean over the 6 folds of 3-fold cross-validation, 2 times over" in rule([])
    fewer = rule([14, 15])
    assert "the mean over 4 that were planned before a look, of the 6 folds of 3-fold cross-validation" in fewer
    assert "(1/4 + 1/2) times that over folds, with 3 degrees of freedom" in fewer
