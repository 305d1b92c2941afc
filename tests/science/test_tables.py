"""The tables of a study, from what its runs say of themselves."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.science import tables
from pipeline.science.statistics import summary

FACTS = {
    name: {"role": role, "overrides": overrides, "method": "full", "seed_varies": "order"}
    for name, role, overrides in (("full", "method", {}), ("minus_a", "ablation", {"a": 0}))
}


def run(variant: str, seed: str, outcome: str = "finished", validation: float = 0.8, **told: Any) -> dict[str, Any]:
    costs = {**dict.fromkeys(tables.COSTS, 10), **told.pop("costs", {})}
    return {
        "variant": variant, "seed": seed, "outcome": outcome, "validation_accuracy": validation, "costs": costs,
        "weights_sha256": "0" * 64, **told,
    }  # fmt: skip


def evaluation(variant: str, seed: str, accuracy: float, **told: Any) -> dict[str, Any]:
    return {"variant": variant, "seed": seed, "accuracy": accuracy, **told}


def searched(flops: int | None = 5) -> pd.DataFrame:
    trials = [
        {"trial": number, "hyperparameters": {"x": number}, "validation": [0.1 * number] * 2, "mean": 0.1 * number,
         "outcome": ["finished", "diverged"], "training_flops": flops, "examples_seen": 8}
        for number in range(3)
    ]  # fmt: skip
    return tables.search([{"method": "full", "trial": 2, "trials": trials}])


def test_a_diverged_run_counts_zero_and_is_never_dropped() -> None:
    trained = [run("full", "10"), run("full", "9", "diverged", validation=0.3)]
    found = tables.runs(trained, [evaluation("full", "10", 0.7), evaluation("full", "9", 0.4)], FACTS)
    assert found[["seed", "validation_accuracy", "held_out_accuracy"]].to_numpy().tolist() == [
        ["9", 0.0, 0.0], ["10", 0.8, 0.7],
    ]  # fmt: skip
    row = tables.variants(found.assign(variant="full"), {"full": FACTS["full"]}, searched(), 3).iloc[0]
    assert (row["n"], row["diverged"]) == (2, 1)
    assert row["held_out_mean"] == pytest.approx(0.35)


def test_runs_that_were_not_evaluated_have_no_held_out_score_though_one_diverged() -> None:
    found = tables.runs([run("full", "1"), run("full", "2", "diverged")], [], FACTS)
    assert found["held_out_accuracy"].isna().all()
    row = tables.variants(found, {"full": FACTS["full"]}, searched(), 3).iloc[0]
    assert np.isnan([row["held_out_mean"], row["held_out_low"]]).all()


def test_a_row_belongs_to_the_run_of_its_variant_and_seed_whatever_the_order() -> None:
    trained = [run(name, seed) for name in ("minus_a", "full") for seed in ("100", "9")]
    evaluated = [evaluation(name, seed, 0.1 * len(name) + 0.001 * int(seed)) for name in FACTS for seed in ("9", "100")]
    found = tables.runs(trained, evaluated, FACTS)
    assert list(zip(found["variant"], found["seed"], strict=True)) == [
        ("full", "9"), ("full", "100"), ("minus_a", "9"), ("minus_a", "100"),
    ]  # fmt: skip
    assert found["held_out_accuracy"].tolist() == pytest.approx([0.409, 0.5, 0.709, 0.8])


def test_by_another_measure_the_score_stands_beside_accuracy_and_is_what_is_summed_up() -> None:
    trained = [run("full", seed, validation_score=0.6) for seed in ("1", "2")]
    evaluated = [evaluation("full", "1", 0.9, score=0.3), evaluation("full", "2", 0.9, score=0.5)]
    found = tables.runs(trained, evaluated, FACTS)
    assert tables.scores_of(found, "held_out").tolist() == [0.3, 0.5]
    row = tables.variants(found, {"full": FACTS["full"]}, searched(), 3).iloc[0]
    expected = summary([0.3, 0.5])
    assert (row["held_out_mean"], row["held_out_low"]) == (expected.mean, expected.low)


def test_what_a_library_does_not_count_makes_no_sum() -> None:
    for flops, selection, total in ((5, 15, 25), (None, None, None)):
        found = tables.runs([run("full", "1"), run("full", "2")], [], FACTS)
        row = tables.variants(found, {"full": FACTS["full"]}, searched(flops), 3).iloc[0]
        shown = [None if pd.isna(row[key]) else row[key] for key in ("selection_flops", "total_flops")]
        assert shown == [selection, total]
    assert tables.total(pd.Series([1, None], dtype="Int64")) is None
    assert (tables.median(pd.Series([4, 1, 3, 2])), tables.median(pd.Series([None, None]))) == (2, None)


def test_each_trial_says_how_many_of_its_fits_came_to_nothing_and_which_was_chosen() -> None:
    found = searched()
    assert found["chosen"].tolist() == [False, False, True]
    assert found["diverged"].tolist() == [1, 1, 1]
    assert found["hyperparameters"].tolist() == ['{"x": 0}', '{"x": 1}', '{"x": 2}']


def test_items_of_a_diverged_run_count_nothing_by_any_measure() -> None:
    label = np.array([0, 0, 1, 2])
    record = {"variant": "full", "seed": "1", "label": label, "predicted": label}
    lost = {**record, "outcome": "diverged", "predicted": np.full(4, -1)}
    for metric in ("balanced_accuracy", "macro_f1"):
        assert tables.item_scores({**record, "outcome": "finished"}, metric, 3).mean() == pytest.approx(1)
        assert tables.item_scores({**lost, "predicted": label}, metric, 3).tolist() == [0.0] * 4
    assert tables.predictions([lost])["correct"].tolist() == [False] * 4
    assert "score" not in tables.predictions([lost])
    assert tables.predictions([lost], "macro_f1", 3)["score"].tolist() == [0.0] * 4


def test_curves_are_stacked_and_runs_without_one_are_left_out() -> None:
    curve = pd.DataFrame({"step": [1, 2], "training_loss": [2.0, 1.0], "validation_accuracy": [0.1, 0.5]})
    found = tables.curves([run("full", "1", curve=curve), run("fixed", "fixed", curve=None)])
    assert found[["variant", "seed", "step"]].to_numpy().tolist() == [["full", "1", 1], ["full", "1", 2]]
    empty = tables.curves([run("fixed", "fixed", curve=None)])
    assert (len(empty), list(empty)) == (0, list(found))


def test_all_rows_are_the_last_of_a_methods_data_sizes() -> None:
    facts = {
        **FACTS,
        "full_at_40": {**FACTS["full"], "role": "data_size", "base": "full", "training_rows": 40},
        "full_at_20": {**FACTS["full"], "role": "data_size", "base": "full", "training_rows": 20},
    }
    found = tables.runs([run(name, seed) for name in facts for seed in ("1", "2")], [], facts)
    made = tables.data_sizes(tables.variants(found, facts, searched(), 3), facts, 80)
    assert made[["method", "training_rows", "variant"]].to_numpy().tolist() == [
        ["full", 20, "full_at_20"], ["full", 40, "full_at_40"], ["full", 80, "full"],
    ]  # fmt: skip
    assert made["n"].tolist() == [2, 2, 2]
    assert tables.data_sizes(tables.variants(found, facts, searched(), 3), FACTS, 80).empty
