"""A factorial in which every variant is searched and data sizes are compared, built by Snakemake from start to end."""

import copy

import pandas as pd
import pytest
from tests.study import MINIATURE, Study, checkout, made_once

pytestmark = pytest.mark.slow
CHANGED = {
    "ablation": "factorial",
    "data_efficiency": [40],
    "families": {
        "subsets": {"against": "components", "claim": "superiority_to_every", "correction": "intersection_union"},
        "baseline": {"against": "baselines", "claim": "superiority", "correction": "holm"},
    },
}


@pytest.fixture(scope="module")
def factorial(tmp_path_factory: pytest.TempPathFactory) -> Study:
    def make(folder):
        params = {**copy.deepcopy(MINIATURE), **copy.deepcopy(CHANGED)}
        params["search"]["retune"] = True
        study = checkout(folder, params)
        study.pipeline("plan", "--lock")
        study.commit("Lock the plan")
        (folder / "said.txt").write_text(study.snakemake().stdout)

    return made_once(tmp_path_factory, "factorial", make)


def test_a_factorial_that_retunes_is_built_once_with_a_choice_for_every_variant(factorial: Study) -> None:
    chosen = {path.name for path in (factorial.folder / "choices").iterdir()}
    retuned = {"minus_small_leaves", "full_at_40", "nearest_neighbours_at_40"}
    assert chosen == {"full", "nearest_neighbours", *retuned}
    effects = pd.read_csv(factorial.folder / "results" / "tables" / "effects.csv")
    assert list(effects["effect"]) == ["small_leaves"]
    sizes = pd.read_csv(factorial.folder / "results" / "tables" / "data_efficiency.csv")
    assert list(sizes["training_rows"]) == [40, 80, 40, 80]
    report = (factorial.folder / "results" / "report.md").read_text()
    assert "full against every one of 1" in report
    assert "Each variant is searched by itself" in report
    assert "subsets: superiority to every member, as one claim: " in (factorial.folder / "said.txt").read_text()
    factorial.forget()
    factorial.snakemake()
    assert factorial.made() == set()
