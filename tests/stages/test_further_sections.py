"""What a report shows of published numbers and of sources of variance."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.stages.rendered import GRAPH, rendered
from tests.stages.synthetic_analysis import write_analysis
from tests.study import made_once

from pipeline.io.files import read_json, read_parquet, write_json, write_parquet
from pipeline.science.replication import replication
from pipeline.science.variance_tables import decompositions, variance
from pipeline.stages.report import Params, run

PLACES = [(order, start) for order in range(4) for start in range(3)]
CELLS = {str(500 + number): {"order": order, "initialisation": start} for number, (order, start) in enumerate(PLACES)}


def crossed_runs() -> pd.DataFrame:
    """Return runs of the full method whose order matters and whose initial weights hardly do."""
    random = np.random.default_rng(0).normal(0, 0.001, len(CELLS))
    scores = [0.7 + 0.02 * cell["order"] + noise for cell, noise in zip(CELLS.values(), random, strict=True)]
    return pd.DataFrame(
        {"variant": "full", "seed": list(CELLS), "held_out_accuracy": scores, "validation_accuracy": scores}
    )


@pytest.fixture(scope="module")
def further(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of a made-up analysis with published numbers and sources of variance."""
    return made_once(tmp_path_factory, "further", make_further).folder / "results"


def make_further(home: Path) -> None:
    analysis = write_analysis(home / "analysis", "confirmatory")
    runs = read_parquet(analysis / "tables" / "runs.parquet")
    cited = {"minus": None, "tolerance": 0.02, "cite": "A & B (2020), table 1"}
    mean = runs.loc[runs["variant"] == "full", "held_out_accuracy"].mean()
    stated = {
        "ours": {**cited, "variant": "full", "published": mean},
        "theirs": {**cited, "variant": "full", "published": mean + 0.1},
    }
    write_parquet(analysis / "tables" / "replication.parquet", replication(stated, runs))
    write_parquet(analysis / "tables" / "variance.parquet", variance(decompositions(crossed_runs(), CELLS)))
    rendered(analysis)


def test_the_report_says_which_published_numbers_come_out_again(further: Path) -> None:
    text = (further / "report.md").read_text()
    assert "2 published numbers compared; replicates: 1, does not replicate: 1." in text
    assert "A &amp; B (2020), table 1" in (further / "report.html").read_text()
    assert "✗" in text.partition("Replication")[2]
    assert (further / "tables" / "replication.tex").is_file()


def test_the_report_says_and_draws_where_the_variance_comes_from(further: Path) -> None:
    text = (further / "report.md").read_text()
    assert "Varied alone, all others held, they give, in points: order 2." in text
    assert "order × initialisation" in text
    assert "<svg" in (further / "figures" / "variance.svg").read_text()


def test_a_study_that_contrasts_nothing_is_reported_without_verdicts(tmp_path: Path) -> None:
    analysis = write_analysis(tmp_path / "analysis", "confirmatory")
    for name in ("contrasts", "differences"):
        for path in (analysis / "tables").glob(f"{name}.*"):
            path.unlink()
    study = analysis / "study.json"
    write_json(study, {**read_json(study), "families": {}})
    assert "Nothing is contrasted." in (rendered(analysis) / "report.md").read_text()
    write_json(
        study,
        {**read_json(study), "families": {"lost": {"claim": "superiority", "correction": "holm", "members": ["mlp"]}}},
    )
    with pytest.raises(Exception, match="no contrasts, differences; make the analysis again"):
        run(Params(), tmp_path / "results", analysis=analysis, graph=GRAPH)
