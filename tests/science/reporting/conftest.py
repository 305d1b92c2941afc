"""Analyses for the tests of a report: made by the step that analyses, of made-up runs whose effects are known."""

from pathlib import Path
from typing import Any

import pytest
from tests.base.stated import stated
from tests.stages.synthetic_runs import write_analysis_of, write_artefacts
from tests.study import made_once

from pipeline.base.design import Variant
from pipeline.base.params import Study, validated
from pipeline.science.reporting.analysis import Analysis
from pipeline.stages.report import read_analysis

PARTS = {"one": {"min_samples_leaf": 30}, "two": {"max_depth": 2}}
ADDED = {"one": 0.08, "two": 0.04}
SYNERGY = 0.06
METHOD = {"model": "random_forest", "min_samples_leaf": 1, "max_depth": 9, "trees": 10}
SUBSETS = {"against": "components", "claim": "superiority_to_every", "correction": "intersection_union"}
BASELINE = {"against": "baselines", "claim": "superiority", "correction": "holm"}
CLAIMS = {
    "together": {"sentence": "One helps more where two is on.", "family": "positive_effects", "requires": "one_x_two"},
    "beaten": {"sentence": "The baseline is beaten.", "family": "baseline", "requires": "all"},
}
PUBLISHED = {
    "ours": {"variant": "full", "published": 0.68, "tolerance": 0.03, "cite": "A (2020)"},
    "theirs": {"variant": "full", "minus": "none", "published": 0.5, "tolerance": 0.03, "cite": "B (2021)"},
}
LOOKS = [{"seeds": 7, "alpha": 0.04}, {"seeds": 9, "alpha": 0.01}]


def accuracy(variant: Variant) -> float:
    """Return what a variant reaches: each component adds to it, both together more."""
    on = [name for name in PARTS if name not in variant.off]
    rows = int(variant.settings.get("training_rows", 80))
    return 0.5 + sum(ADDED[name] for name in on) + (SYNERGY if len(on) == 2 else 0) - (80 - rows) / 400


def made(folders: pytest.TempPathFactory, name: str, plan: str | None = "1d" * 32, **changes: Any) -> Analysis:
    """Return the analysis of a study, as a report reads it."""
    study = validated(Study, stated(**{"method": METHOD, "components": PARTS, **changes}), "params.yaml")

    def make(home: Path) -> None:
        write_analysis_of(home, study, write_artefacts(home, study, accuracy), plan)

    return read_analysis(made_once(folders, f"analysis-{name}", make).folder / "analysis")


@pytest.fixture(scope="session")
def factorial(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Return a factorial judged at two looks, with claims, smaller training sets and published numbers."""
    return made(
        tmp_path_factory, "factorial", ablation="factorial", data_efficiency=[20], study__claims=CLAIMS,
        families={"subsets": SUBSETS, "baseline": BASELINE}, replication=PUBLISHED, study__margin=0.02,
        seeds__final=list(range(10, 19)), seeds__looks=LOOKS,
    )  # fmt: skip


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Return a study whose components are left out one at a time, contrasts read singly."""
    return made(tmp_path_factory, "plain")


@pytest.fixture(scope="session")
def exploratory(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Return a study without a plan, whose held-out rows nothing has read."""
    return made(tmp_path_factory, "exploratory", plan=None)


@pytest.fixture(scope="session")
def folded(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Return a study of cross-validation: six folds."""
    return made(
        tmp_path_factory, "folded", data__resampling={"folds": 3, "repeats": 2},
        families={"ablation": {"against": "components", "claim": "superiority", "correction": "holm"}},
    )  # fmt: skip


@pytest.fixture(scope="session")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Return a study that crosses two streams of randomness and contrasts nothing."""
    return made(
        tmp_path_factory, "crossed", families={}, baselines={}, components={},
        randomness={"levels": {"initialisation": 2, "order": 3}},
        search__spaces={"method": {}},
    )  # fmt: skip
