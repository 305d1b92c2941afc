"""What a tracker is shown is what a digest names; what a run was told is said of it."""

import dataclasses
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.tracking.test_values import run, study

from pipeline.base.errors import ReceiptError, TrackerError
from pipeline.io.files import write_json
from pipeline.io.jobs import noted
from pipeline.tracking import dvclive_tracker, mlflow_tracker
from pipeline.tracking.facts import DataShown, RunShown
from pipeline.tracking.projection import content, is_shown, observed_times, true_numbers
from pipeline.tracking.tracking import SHOWN, Asked, render, track
from pipeline.tracking.wandb_tracker import config


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_bytes_that_are_not_those_of_their_digest_are_not_shown() -> None:
    Path("run.json").write_bytes(b"{}")
    assert content(Path("run.json"), sha256(b"{}").hexdigest()) == b"{}"
    with pytest.raises(ReceiptError, match=r"run\.json: changed while it was being tracked; track again"):
        content(Path("run.json"), sha256(b"{ }").hexdigest())


def test_times_are_those_that_this_machine_noted_of_the_receipt_that_lies_here() -> None:
    fact = {"receipt": "ab", "ended": 100.0, "wall_seconds": 7.5}
    assert observed_times("runs/a", "ab") is None
    write_json(noted("runs/a"), fact)
    assert observed_times("runs/a", "ab") == (92.5, 100.0)
    assert observed_times("runs/a", "cd") is None
    write_json(noted("runs/a"), {name: value for name, value in fact.items() if name != "ended"})
    assert observed_times("runs/a", "ab") is None


def test_small_files_that_people_read_are_sent_along_and_no_others() -> None:
    shown = [path for path in ("results/report.html", "results/tables/runs.csv", "analysis/receipt.json",
                               "results/predictions.parquet", "analysis/metrics.json", "runs/a/report.html")
             if is_shown(Path(path))]  # fmt: skip
    assert shown == ["results/report.html", "results/tables/runs.csv", "analysis/receipt.json"]
    assert true_numbers("costs", {"flops": 3, "energy": None}) == {"costs/flops": 3.0}


def told(**more: Any) -> RunShown:
    return dataclasses.replace(run("full/seed-1", None), parameters={"model": "mlp"}, **more)


def test_a_config_names_the_data_the_digests_and_whether_its_times_were_seen() -> None:
    one = told(data=(DataShown("npz/splits", "training", "data/splits", "ab"),), digests={"runs/a/run.json": "cd"})
    found = config(one, study(one))
    assert (found["model"], found["data"], found["digests"]) == ("mlp", {"npz/splits": "ab"}, {"runs/a/run.json": "cd"})
    assert found["tags"]["standing"] == "exploratory"
    assert found["times"] == {"times": "of the projection; when it ran is not known"}
    seen = dataclasses.replace(one, times=(1.0, 2.0))
    assert config(seen, study(seen))["times"] == {"times": "as observed", "started": 1.0, "ended": 2.0}


def test_dvclive_names_every_run_and_a_plot_for_each_variant_and_curve() -> None:
    curve = {10: {"curve/accuracy": 0.5}, 20: {"curve/accuracy": 0.75}}
    runs = [dataclasses.replace(run(f"full/seed-{seed}", None), curve=curve) for seed in (1, 2)]
    found = yaml.safe_load(dvclive_tracker.named(study(*runs)))
    assert found["metrics"] == ["full/seed-1/metrics.json", "full/seed-2/metrics.json"]
    series = {f"full/seed-{seed}/plots/metrics/curve/accuracy.tsv": "accuracy" for seed in (1, 2)}
    assert found["plots"] == [{"full, accuracy": {"x": "step", "y": series}}]


def test_dvclive_writes_a_run_anew_whose_key_is_another_and_no_observed_cost() -> None:
    first = told(metrics={"accuracy": 0.5, "observed/cpu_seconds": 9.0})
    assert dvclive_tracker.track(study(first), Path("live"))["added"] == ["full/seed-1"]
    assert yaml.safe_load(Path("live/full/seed-1/metrics.json").read_text()) == {"accuracy": 0.5}
    other = dataclasses.replace(first, key="another", metrics={"accuracy": 0.25})
    assert dvclive_tracker.track(study(other), Path("live"))["added"] == ["full/seed-1"]
    assert yaml.safe_load(Path("live/full/seed-1/metrics.json").read_text()) == {"accuracy": 0.25}


def test_a_tracker_there_is_not_and_a_server_that_is_not_named_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TrackerError, match="nothing is named 'wandv'; did you mean 'wandb'"):
        track(Asked("wandv"))
    monkeypatch.delenv(mlflow_tracker.URI, raising=False)
    with pytest.raises(TrackerError, match="no MLflow server is named; say --uri"):
        mlflow_tracker.track(study(), "", "")


def test_what_is_not_true_is_told_as_left_out() -> None:
    found = {"tracker": "wandb", "runs": 3, "study": "ab" * 20, "added": ["full/seed-1"], "folder": "observed/wandb"}
    assert render({**found, "left_out": {}}).splitlines() == [
        "wandb: 3 runs of study abababababab are there, 1 of them new",
        "  folder: observed/wandb",
    ]
    left = {f"runs/{number}": "stale: code" for number in range(SHOWN + 2)}
    lines = render({**found, "added": [], "left_out": left}).splitlines()
    assert lines[0].endswith("are there, nothing new")
    assert lines[2:4] == ["left out, since they are not true:", "  runs/0: stale: code"]
    assert lines[-1] == "  and 2 more (--json lists all)"
