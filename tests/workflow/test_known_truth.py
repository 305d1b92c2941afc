"""Studies of which the truth is known beforehand: what they report is held against it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file
from sklearn.tree import DecisionTreeClassifier
from tests.known import STATED, chosen, forest, make, rows
from tests.study import Study, made_once

from pipeline.science.conclusions import Rule, contrasts

pytestmark = pytest.mark.slow
Scores = NDArray[np.float64]
ONE_OFF = {"minus_deep": STATED["components"]["deep"], "minus_coarse": STATED["components"]["coarse"],
           "salted": STATED["variants"]["salted"], "none": {"depth": 1, "leaf": 1}}  # fmt: skip
NEW_ITEMS, NEW_SEEDS = 20_000, 60
SIMULATED, SEEDS = 30, 10
TREES = {
    "full": {"max_depth": 6, "min_samples_leaf": 30},
    "real": {"max_depth": 1, "min_samples_leaf": 30},
    "harmful": {"max_depth": 6, "min_samples_leaf": 1},
    "null": {"max_depth": 6, "min_samples_leaf": 30},
}
FAMILY = {"parts": {"claim": "superiority", "correction": "holm", "members": ["real", "harmful", "null"]}}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return made_once(tmp_path_factory, "known", make)


@pytest.fixture(scope="module")
def truth(known: Study) -> dict[str, float]:
    """Return each variant's accuracy on the population, over new seeds and new items, worked out apart."""
    splits = load_file(known.folder / "data" / "splits" / "splits.safetensors")
    x, y = splits["train_x"].reshape(len(splits["train_x"]), -1), splits["train_y"]
    items, labels = rows(NEW_ITEMS, seed=99)
    settings = chosen(known)
    return {
        name: float(
            np.mean(
                [
                    forest({**settings, **overrides}, seed).fit(x, y).score(items, labels)
                    for seed in range(5000, 5000 + NEW_SEEDS)
                ]
            )
        )
        for name, overrides in {"full": {}, **ONE_OFF}.items()
    }


def table(known: Study, name: str, key: str) -> dict[str, dict[str, Any]]:
    """Return a table of the results by one of its columns."""
    found = pd.read_csv(known.folder / "results" / "tables" / f"{name}.csv").drop_duplicates(key)
    return {str(row[key]): {str(column): value for column, value in row.items()} for row in found.to_dict("records")}


def test_a_study_finds_what_is_so_and_its_intervals_hold_the_truth(known: Study, truth: dict[str, float]) -> None:
    reported = table(known, "contrasts", "variant")
    for name in ("minus_deep", "minus_coarse", "salted"):
        lead = truth["full"] - truth[name]
        assert reported[name]["population_low"] <= lead <= reported[name]["population_high"], name
    assert truth["full"] - truth["minus_deep"] > 0.03
    assert reported["minus_deep"]["finding"] == "better"
    assert truth["minus_coarse"] - truth["full"] > 0.015
    assert reported["minus_coarse"]["finding"] == "worse"
    assert abs(truth["full"] - truth["salted"]) < 0.005
    assert reported["salted"]["finding"] in ("equivalent", "inconclusive")


def test_effects_of_components_hold_the_truth_too(known: Study, truth: dict[str, float]) -> None:
    lone = {name: truth[name] for name in ("full", "minus_deep", "minus_coarse", "none")}
    effects = {
        "deep": (lone["full"] - lone["minus_deep"] + lone["minus_coarse"] - lone["none"]) / 2,
        "coarse": (lone["full"] - lone["minus_coarse"] + lone["minus_deep"] - lone["none"]) / 2,
        "deep × coarse": lone["full"] - lone["minus_deep"] - lone["minus_coarse"] + lone["none"],
    }
    reported = table(known, "effects", "effect")
    for name, effect in effects.items():
        assert reported[name]["population_low"] <= effect <= reported[name]["population_high"], name
        wrong = {"positive": effect < 0, "negative": effect > 0}.get(reported[name]["finding"], False)
        assert not wrong, name


@dataclass(frozen=True)
class Simulated:
    """What the analysis says of one simulated study, and by how much the full method truly leads each variant."""

    reported: dict[str, dict[str, Any]]
    leads: dict[str, float]


def simulated() -> Iterator[Simulated]:
    """Yield studies of small trees, each with training rows, seeds and held-out items of its own."""
    for number in range(SIMULATED):
        x, y = rows(200, seed=1000 + number)
        items, labels = rows(400, seed=2000 + number)
        many, truly = rows(6000, seed=3000 + number)
        runs, predictions, means = [], [], {}
        for place, (variant, settings) in enumerate(TREES.items()):
            offset = 10**6 * number + 1000 * (place if variant == "null" else 0)
            seen = [right(settings, seed + offset, x, y, items, labels) for seed in range(SEEDS)]
            runs += [
                {"variant": variant, "seed": str(seed), "held_out_accuracy": each.mean()}
                for seed, each in enumerate(seen)
            ]
            predictions += [
                pd.DataFrame({"variant": variant, "seed": str(seed), "item": np.arange(len(each)), "correct": each})
                for seed, each in enumerate(seen)
            ]
            if variant == "null":  # the same trees from other seeds
                means[variant] = means["full"]
                continue
            unseen = [right(settings, seed + offset, x, y, many, truly) for seed in range(500, 540)]
            means[variant] = np.mean(unseen)
        found, _ = contrasts(pd.DataFrame(runs), pd.concat(predictions), FAMILY, Rule(0.05, 0.01))
        reported = {str(row["variant"]): row for row in found.to_dict("records")}
        yield Simulated(reported, {name: float(means["full"] - means[name]) for name in reported})


def right(settings: dict[str, int], seed: int, x: Any, y: Any, items: Any, labels: Any) -> NDArray[np.bool_]:
    """Return whether a tree that tries two features a split, fitted with a seed, is right on each item."""
    tree = DecisionTreeClassifier(max_features=2, random_state=seed, **settings).fit(x, y)
    return np.asarray(tree.predict(items) == labels)


def test_over_many_studies_findings_agree_with_the_truth_and_intervals_cover_it() -> None:
    studies = list(simulated())
    findings = {name: [study.reported[name]["finding"] for study in studies] for name in studies[0].leads}
    covered = {
        name: np.mean([
            study.reported[name]["population_low"] <= lead <= study.reported[name]["population_high"]
            for study in studies for lead in [study.leads[name]]
        ])
        for name in findings
    }  # fmt: skip
    leads = {name: np.mean([study.leads[name] for study in studies]) for name in findings}
    assert leads["real"] > 0.05
    assert leads["harmful"] < -0.05
    assert findings["real"].count("better") >= 0.6 * SIMULATED
    assert findings["harmful"].count("worse") >= 0.6 * SIMULATED
    assert sum(found in ("better", "worse") for found in findings["null"]) <= 0.15 * SIMULATED
    opposite = [
        (name, study.leads[name])
        for study in studies
        for name, row in study.reported.items()
        if study.leads[name] * {"better": 1, "worse": -1}.get(row["finding"], 0) < -0.005
    ]
    assert opposite == []
    assert min(covered.values()) >= 0.85
    assert np.mean(list(covered.values())) >= 0.9
