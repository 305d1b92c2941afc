import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score, f1_score

from pipeline.base.design import FULL
from pipeline.science import measures, tables
from pipeline.science.conclusions import Rule, contrasts
from pipeline.science.reporting.blocks import Facts, Paragraph, Picture, Report, Section
from pipeline.science.reporting.measured import in_words
from pipeline.science.statistics import summary

CLASSES = 3
FAMILY = {"all": {"claim": "superiority", "correction": "holm", "members": ["other"]}}
LABELED = st.lists(st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=2, max_size=60)


def sides(pairs: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    both = np.array(pairs, dtype=np.int64)
    return both[:, 0], both[:, 1]


@given(LABELED)
def test_balanced_accuracy_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    predicted, labels = sides(pairs)
    occurs = np.unique(labels)
    expected = np.mean([np.mean(predicted[labels == label] == label) for label in occurs])
    found = measures.score("balanced_accuracy", predicted, labels, CLASSES)
    assert found == pytest.approx(expected)
    if len(occurs) > 1 and set(predicted) <= set(occurs):  # scikit-learn warns of others
        assert found == pytest.approx(balanced_accuracy_score(labels, predicted))


@given(LABELED)
def test_macro_f1_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    predicted, labels = sides(pairs)
    expected = f1_score(labels, predicted, labels=np.unique(labels), average="macro", zero_division=0)
    assert measures.score("macro_f1", predicted, labels, CLASSES) == pytest.approx(expected)


@given(LABELED, st.sampled_from(["balanced_accuracy", "macro_f1"]))
def test_what_items_count_comes_to_the_score(pairs: list[tuple[int, int]], metric: str) -> None:
    predicted, labels = sides(pairs)
    items = measures.item_scores(metric, predicted, labels, CLASSES)
    assert items.mean() == pytest.approx(measures.score(metric, predicted, labels, CLASSES))


def evaluated(random: np.random.Generator) -> list[dict[str, object]]:
    """Return evaluations of two variants and eight seeds on 90 items, four fifths of them of one class."""
    labels = np.where(np.arange(90) < 72, 0, np.arange(90) % 2 + 1)
    found = []
    for variant, right in ((FULL, 0.8), ("other", 0.6)):
        for seed in range(8):
            hit = random.random(90) < right
            predicted = np.where(hit, labels, (labels + 1) % CLASSES)
            record = {
                "variant": variant,
                "seed": str(seed),
                "outcome": "finished",
                "label": labels,
                "predicted": predicted,
            }
            found.append({**record, "accuracy": float(np.mean(hit))})
    return found


def contrasted(metric: str | None) -> tuple[pd.DataFrame, list[float]]:
    """Return the contrast of both variants by a measure, and the differences by seed."""
    records = evaluated(np.random.default_rng(3))
    for record in records if metric else ():
        record["score"] = measures.score(metric or "", record["predicted"], record["label"], CLASSES)
    made = {"validation_accuracy": 0.5, "costs": dict.fromkeys(tables.COSTS, 1), "weights_sha256": ""}
    trained = [{**record, **made, **({"validation_score": 0.5} if metric else {})} for record in records]
    runs = tables.runs(trained, records, {FULL: {"role": "method"}, "other": {"role": "extra"}})
    table, by_seed = contrasts(runs, tables.predictions(records, metric, CLASSES), FAMILY, Rule(0.05, 0.01))
    return table.iloc[0], by_seed["difference"].tolist()


def test_a_measure_over_items_has_an_interval_for_new_seeds_and_new_items() -> None:
    row, differences = contrasted("balanced_accuracy")
    assert row["difference"] == pytest.approx(np.mean(differences))
    assert (row["population_low"] + row["population_high"]) / 2 == pytest.approx(row["difference"])
    assert row["population_high"] - row["population_low"] > row["high"] - row["low"]
    assert row["difference"] != pytest.approx(contrasted(None)[0]["difference"])


def test_of_a_measure_that_is_no_mean_over_items_the_interval_is_for_new_seeds_alone() -> None:
    row, differences = contrasted("macro_f1")
    of_seeds = summary(np.array(differences))
    assert (row["population_low"], row["population_high"]) == pytest.approx((of_seeds.low, of_seeds.high))


def test_without_a_measure_the_tables_are_those_of_accuracy() -> None:
    records = evaluated(np.random.default_rng(3))
    assert "score" not in tables.predictions(records)
    assert contrasted(None)[0]["difference"] == pytest.approx(
        np.mean([r["accuracy"] for r in records[:8]]) - np.mean([r["accuracy"] for r in records[8:]])  # type: ignore[arg-type]
    )


@pytest.fixture
def custom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the name of a measure that someone wrote: a file with one function."""
    text = '"""One function."""\n\nWORDS = "twice"\n\n\ndef score(predicted, labels, classes):\n    return 2.0\n'
    (tmp_path / "twice.py").write_text(text)
    monkeypatch.setattr(measures, "__path__", [*measures.__path__, str(tmp_path)])
    yield "twice"
    importlib.invalidate_caches()


def test_a_file_with_one_function_is_a_measure_and_one_out_of_bounds_is_refused(custom: str) -> None:
    assert custom in measures.names()
    assert isinstance(measures.load(custom), ModuleType)
    with pytest.raises(ValueError, match=r"twice is 2.0, not between 0 and 1; correct science/measures/twice\.py"):
        measures.score(custom, np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64), 2)


def test_a_report_speaks_of_the_measure_but_for_what_is_of_accuracy_whatever_the_measure() -> None:
    told = (Paragraph("Accuracy, by balanced accuracy."), Facts((("of", "held-out accuracy, %"),)))
    curve = Picture("validation_accuracy", "validation accuracy", "", "")
    sections = (Section("Results", "results", (*told, curve)), Section("Controls", "controls", told))
    found = in_words(Report("T", "s", exploratory=False, sections=sections), "balanced accuracy")
    assert found.sections[0].blocks == (
        Paragraph("Balanced accuracy, by balanced accuracy."),
        Facts((("of", "held-out balanced accuracy, %"),)),
        curve,
    )
    assert found.sections[1] == sections[1]


def test_what_its_authors_wrote_is_quoted_as_it_is() -> None:
    told = Paragraph("Noise hides accuracy.")
    rule = Paragraph("Claim one, Noise hides accuracy.: accuracy of all items.")
    report = Report("T", "s", exploratory=False, sections=(Section("Rule", "claim", (told, rule)),))
    found = in_words(report, "recall", ("Noise hides accuracy.",))
    assert found.sections[0].blocks == (told, Paragraph("Claim one, Noise hides accuracy.: recall of all items."))
