"""A study of which stream of randomness moves the score, from its parameters to its report."""

from pathlib import Path

import pandas as pd
import pytest
from tests.study import checkout
from tests.workflow.neural import neural_params


@pytest.mark.slow
def test_runs_cross_the_streams_and_intervals_are_said_to_be_for_new_values_of_them(tmp_path: Path) -> None:
    params = neural_params()
    params |= {"randomness": {"levels": {"initialisation": 3, "order": 2}}, "families": {}, "components": {}}
    params["method"]["steps"] = 40
    params["baselines"] = {}
    del params["search"]["spaces"]["wild"]
    study = checkout(tmp_path / "study", params)
    study.pipeline("plan", "--lock")
    said = study.snakemake().stdout
    assert "intervals: 95 %, new values of all streams of randomness that the runs cross\n" in said
    assert "new seeds" not in said

    table = pd.read_csv(study.folder / "results/tables/variance.csv")
    mine = table[table["variant"] == "full"].set_index("source")
    assert list(mine["freedom"][mine["order"] == 1]) == [2, 1]
    scores = pd.read_csv(study.folder / "results/tables/runs.csv")["held_out_accuracy"]
    assert len(scores) == 6
    (shown,) = pd.read_csv(study.folder / "results/tables/variants.csv")["held_out_mean"]
    assert shown == pytest.approx(scores.mean())
    weights = {path.read_bytes() for path in study.folder.glob("runs/full/*/model.safetensors")}
    assert len(weights) == 6  # each combination is a training of its own
