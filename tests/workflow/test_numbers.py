"""The reported numbers, worked out again from labels and predictions by other means."""

import itertools
import json
import math
import statistics

import pandas as pd
import pytest
from tests.study import Study

from pipeline.io.files import read_tensors

FULL = "full"


@pytest.fixture(scope="module")
def tables(built: Study) -> dict[str, pd.DataFrame]:
    """Return every table of the results, by name, and the predictions."""
    folder = built.folder / "analysis" / "tables"
    found = {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")}
    return found | {"predictions": pd.read_parquet(built.folder / "results" / "predictions.parquet")}


def scores(tables: dict[str, pd.DataFrame]) -> dict[str, list[float]]:
    """Return each variant's held-out accuracies in the order of seeds, counted from the predictions."""
    counted = {}
    for (variant, seed), rows in tables["predictions"].groupby(["variant", "seed"]):
        right = sum(label == predicted for label, predicted in zip(rows["label"], rows["predicted"], strict=True))
        counted[variant, seed] = right / len(rows)
    return {
        variant: [counted[key] for key in sorted(counted) if key[0] == variant]
        for variant in {variant for variant, _ in counted}
    }


def paired(full: list[float], other: list[float]) -> list[float]:
    """Return the differences seed by seed; a single score serves for every seed."""
    return [mine - theirs for mine, theirs in zip(full, other if len(other) > 1 else other * len(full), strict=True)]


def sign_flip_p(differences: list[float]) -> float:
    """Return the two-sided p of the sign-flip test by trying every pattern of signs."""
    observed = abs(sum(differences))
    patterns = list(itertools.product((1, -1), repeat=len(differences)))
    sums = [abs(sum(sign * value for sign, value in zip(signs, differences, strict=True))) for signs in patterns]
    return sum(total >= observed - 1e-9 for total in sums) / len(patterns)


def test_accuracies_are_those_of_the_predictions_and_the_labels(built: Study, tables: dict[str, pd.DataFrame]) -> None:
    labels = read_tensors(built.folder / "data" / "held_out_labels" / "labels.safetensors")["y"].tolist()
    for (variant, _), rows in tables["predictions"].groupby(["variant", "seed"]):
        assert rows.sort_values("item")["label"].tolist() == labels, variant
    correct = tables["predictions"]["label"] == tables["predictions"]["predicted"]
    assert (correct == tables["predictions"]["correct"]).all()
    stated = tables["runs"].sort_values(["variant", "seed"]).groupby("variant")["held_out_accuracy"].apply(list)
    counted = scores(tables)
    assert set(stated.index) == set(counted)
    for variant, mine in counted.items():
        assert stated[variant] == pytest.approx(mine)


def test_means_and_standard_deviations_are_those_of_the_runs(built: Study, tables: dict[str, pd.DataFrame]) -> None:
    counted = scores(tables)
    for row in tables["variants"].to_dict("records"):
        mine = counted[row["variant"]]
        assert row["n"] == len(mine)
        assert row["held_out_mean"] == pytest.approx(statistics.fmean(mine))
        if len(mine) > 1:
            assert row["held_out_sd"] == pytest.approx(statistics.stdev(mine))
        else:
            assert math.isnan(row["held_out_sd"])
    metrics = json.loads((built.folder / "results" / "metrics.json").read_text())
    assert metrics["held_out"]["mean"] == pytest.approx(statistics.fmean(counted[FULL]), abs=5e-7)
    assert metrics["held_out"]["sd"] == pytest.approx(statistics.stdev(counted[FULL]), abs=5e-7)
    validation = tables["runs"].query("variant == 'full'")["validation_accuracy"].tolist()
    assert metrics["validation"]["mean"] == pytest.approx(statistics.fmean(validation), abs=5e-7)


def test_contrasts_agree_with_every_pattern_of_signs_tried(tables: dict[str, pd.DataFrame]) -> None:
    counted = scores(tables)
    for row in tables["contrasts"].to_dict("records"):
        differences = paired(counted[FULL], counted[row["variant"]])
        assert row["difference"] == pytest.approx(statistics.fmean(differences))
        assert row["sd"] == pytest.approx(statistics.stdev(differences))
        assert row["p"] == pytest.approx(sign_flip_p(differences))
        assert row["wins"] == sum(value > 1e-9 for value in differences)
        assert row["losses"] == sum(value < -1e-9 for value in differences)
        reach = 2.570581835636314 * statistics.stdev(differences) / math.sqrt(6)  # t(.975, 5)
        assert row["low"] == pytest.approx(statistics.fmean(differences) - reach)
        assert row["high"] == pytest.approx(statistics.fmean(differences) + reach)


def test_holm_is_applied_within_each_family(tables: dict[str, pd.DataFrame]) -> None:
    for _, family in tables["contrasts"].groupby("family"):
        ordered = family.sort_values("p")
        steps = [p * (len(ordered) - index) for index, p in enumerate(ordered["p"])]
        assert ordered["p_corrected"].tolist() == pytest.approx([min(1.0, p) for p in itertools.accumulate(steps, max)])


def test_a_prediction_that_is_altered_shows_in_the_recomputation(tables: dict[str, pd.DataFrame]) -> None:
    altered = tables["predictions"].copy()
    row = altered.index[(altered["variant"] == FULL) & altered["correct"]][0]
    altered.loc[row, "predicted"] = altered.loc[row, "label"] + 1
    assert scores({**tables, "predictions": altered})[FULL] != scores(tables)[FULL]


def test_csv_and_parquet_tables_say_the_same(built: Study, tables: dict[str, pd.DataFrame]) -> None:
    for name in set(tables) - {"predictions"}:
        text = pd.read_csv(built.folder / "results" / "tables" / f"{name}.csv", dtype={"seed": str})
        for column in tables[name].select_dtypes("number"):
            assert text[column].tolist() == pytest.approx(tables[name][column].tolist(), rel=0, abs=0, nan_ok=True)
