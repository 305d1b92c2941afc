"""Trackers show what is true, once: read back from a real MLflow server, from W&B's files, and through DVC."""

import contextlib
import json
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.study import Study, clean_environment, copy_of
from tests.waiting import wait_until
from tests.workflow.offline import read

pytestmark = pytest.mark.slow
RUNS = 19  # full and minus_width over six seeds, and the seven of the controls
RUN = "full/seed-10"
PARENT = "mlflow.parentRunId"


@pytest.fixture
def study(curved: Study, tmp_path: Path) -> Study:
    return copy_of(curved, tmp_path / "study")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a server of MLflow with a database and a folder of its own."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    stores = ["--backend-store-uri", f"sqlite:///{folder}/runs.db", "--artifacts-destination", str(folder / "files")]
    quiet = {**clean_environment(), "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "log").open("w") as log:
        at_work = subprocess.Popen([*command, *stores], stdout=log, stderr=log, start_new_session=True, env=quiet)
    try:
        wait_for(address, folder / "log")
        yield address
    finally:
        os.killpg(at_work.pid, signal.SIGKILL)
        at_work.wait()


def wait_for(address: str, log: Path) -> None:
    """Wait until a server answers."""

    def answers() -> bool:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"{address}/health", timeout=10).close()
            return True
        return False

    wait_until(answers, f"the server that logs to {log}", 300, every=0.02)


class Shown:
    """What a server has of one experiment."""

    def __init__(self, address: str, experiment: str) -> None:
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        from mlflow import MlflowClient

        self.client = MlflowClient(address)
        self.experiment = self.client.get_experiment_by_name(experiment)
        self.runs = self.client.search_runs([self.experiment.experiment_id]) if self.experiment else []
        self.parents = [run for run in self.runs if PARENT not in run.data.tags]

    def of(self, parent: Any) -> dict[str, Any]:
        """Return a study's nested runs by name."""
        return {run.info.run_name: run for run in self.runs if run.data.tags.get(PARENT) == parent.info.run_id}

    def everything(self) -> dict[str, Any]:
        """Return all that is there, every step of every metric and every model included."""
        runs = {
            run.info.run_id: (
                run.data.to_dictionary(),
                run.info.start_time,
                run.info.end_time,
                {name: [vars(point) for point in self.history(run, name)] for name in run.data.metrics},
                sorted(file.path for file in self.client.list_artifacts(run.info.run_id)),
                [data.dataset.digest for data in run.inputs.dataset_inputs],
            )
            for run in self.runs
        }
        models = self.client.search_logged_models([self.experiment.experiment_id])
        return {**runs, "models": sorted(model.model_id for model in models)}

    def history(self, run: Any, name: str) -> list[Any]:
        """Return a metric's points."""
        return list(self.client.get_metric_history(run.info.run_id, name))


class Gate(socketserver.ThreadingTCPServer):
    """A way to a server that is shut at first: whoever knocks waits until it is opened."""

    daemon_threads = True

    def __init__(self, server: str) -> None:
        super().__init__(("127.0.0.1", 0), Passage)
        self.far = ("127.0.0.1", int(server.rpartition(":")[2]))
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.knocked, self.opened = threading.Event(), threading.Event()


class Passage(socketserver.BaseRequestHandler):
    """One connection through a gate."""

    server: Gate

    def handle(self) -> None:
        """Wait, then pass on what either side says."""
        self.server.knocked.set()
        self.server.opened.wait()
        with socket.create_connection(self.server.far) as far:
            back = threading.Thread(target=pour, args=(far, self.request))
            back.start()
            pour(self.request, far)
            back.join()


def pour(source: socket.socket, sink: socket.socket) -> None:
    """Pass on all that one side says."""
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def gate(server: str) -> Iterator[Gate]:
    with Gate(server) as gate:
        threading.Thread(target=gate.serve_forever, daemon=True).start()
        yield gate
        gate.opened.set()
        gate.shutdown()


def track(study: Study, *arguments: str, check: bool = True) -> dict[str, Any]:
    """Track a study and return what is said of it."""
    return dict(json.loads(study.pipeline("track", *arguments, "--json", check=check).stdout))


def test_mlflow_shows_a_study_once_whatever_happens_on_the_way(study: Study, server: str) -> None:
    arguments = ("mlflow", "--uri", server, "--experiment", "once")
    killed_on_the_way(study, server, arguments)
    assert len(track(study, *arguments)["added"]) < RUNS
    shown = Shown(server, "once")
    (parent,) = shown.parents
    nested = shown.of(parent)
    assert len(nested) == RUNS
    assert len(shown.runs) == RUNS + 1
    assert {run.info.status for run in shown.runs} == {"FINISHED"}
    it_says_of_the_study_what_the_analysis_does(study, parent)
    it_says_of_a_run_what_its_files_do(study, shown, nested[RUN])
    before = shown.everything()
    assert len(before["models"]) == RUNS
    assert track(study, *arguments)["added"] == []
    assert Shown(server, "once").everything() == before
    what_is_not_true_is_left_out(study, arguments)
    what_changed_is_another_study(study, server, arguments, before)


def killed_on_the_way(study: Study, server: str, arguments: tuple[str, ...]) -> None:
    """Kill a projection when some of its runs are there, and one perhaps in part."""
    environment = {**clean_environment(), "PYTHONPATH": str(study.folder / "src")}
    command = [sys.executable, "-m", "pipeline", "track", *arguments]
    at_work = subprocess.Popen(command, cwd=study.folder, env=environment, start_new_session=True)

    def some_are_there() -> bool:
        assert at_work.poll() is None
        return len(Shown(server, "once").runs) >= 4

    wait_until(some_are_there, "some runs of a projection", every=0.02)
    os.killpg(at_work.pid, signal.SIGKILL)
    at_work.wait()
    assert len(Shown(server, "once").runs) < RUNS


@pytest.mark.parametrize("call", ["self.client.set_terminated(", "self.client.set_tag(made"])
def test_a_projection_killed_at_the_end_of_a_run_leaves_none_that_seems_to_go_on(
    study: Study, server: str, call: str
) -> None:
    arguments = ("mlflow", "--uri", server, "--experiment", call)
    source = study.folder / "src/pipeline/tracking/mlflow_tracker.py"
    text = source.read_text()
    assert call in text
    source.write_text(text.replace(call, f"os.kill(os.getpid(), 9) or {call}"))
    assert study.pipeline("track", *arguments, check=False).returncode != 0
    source.write_text(text)
    assert len(track(study, *arguments)["added"]) == RUNS
    shown = Shown(server, call)
    assert [run.info.status for run in shown.runs] == ["FINISHED"] * (RUNS + 1)


def it_says_of_the_study_what_the_analysis_does(study: Study, parent: Any) -> None:
    rows = table(study, "variants")
    for name in ("n", "held_out_mean", "held_out_sd", "held_out_low", "held_out_high", "validation_mean"):
        assert parent.data.metrics[f"variants/full/{name}"] == float(rows["full"][name])
    (contrast,) = table(study, "contrasts").values()
    name = "ablation/full minus minus_width"
    assert parent.data.metrics[f"contrasts/{name}/p_corrected"] == float(contrast["p_corrected"])
    tags = parent.data.tags
    assert tags[f"verdict/{name}"] == f"superiority {contrast['verdict']}; finding {contrast['finding']}"
    assert tags["standing"] == "confirmatory"
    assert tags["plan"] == json.loads(study.pipeline("plan", "--json").stdout)["plan"]
    assert tags["commit"] == study.git("rev-parse", "HEAD").strip()
    assert tags["analysis.seal"] == json.loads((study.folder / "analysis/receipt.json").read_text())["seal"]
    assert (
        tags["claim/width_helps"]
        == json.loads((study.folder / "results/metrics.json").read_text())["claims"]["width_helps"]
    )
    assert parent.data.params["method.steps"] == "200"


def it_says_of_a_run_what_its_files_do(study: Study, shown: Shown, run: Any) -> None:
    home = study.folder / "runs" / RUN
    lines = [line.split(",") for line in (home / "curve.csv").read_text().splitlines()[1:]]
    points = shown.history(run, "curve/validation_accuracy")
    assert [(point.step, point.value) for point in points] == [(int(step), float(value)) for step, _, value in lines]
    assert len(points) == 8
    evaluation = json.loads((study.folder / "evaluations" / RUN / "evaluation.json").read_text())
    assert run.data.metrics["held_out_accuracy"] == evaluation["accuracy"]
    told = json.loads((home / "run.json").read_text())
    assert run.data.metrics["validation_accuracy"] == told["validation_accuracy"]
    assert run.data.metrics["costs/parameters"] == told["costs"]["parameters"]
    assert run.data.params["settings.learning_rate"] == str(told["settings"]["learning_rate"])
    assert {data.dataset.name for data in run.inputs.dataset_inputs} == {"npz_file/splits", "npz_file/held_out"}
    model = shown.client.get_logged_model(run.outputs.model_outputs[0].model_id)
    assert model.tags["weights.sha256"] == json.loads((home / "receipt.json").read_text())["files"]["model.safetensors"]
    observed = json.loads((study.folder / f"observed/artefacts/runs__{RUN.replace('/', '__')}.json").read_text())
    assert run.info.end_time == int(1000 * observed["ended"])
    assert run.data.tags["times"] == "as observed"


def what_is_not_true_is_left_out(study: Study, arguments: tuple[str, ...]) -> None:
    weights = study.folder / "runs/minus_width/seed-11/model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    done = study.pipeline("track", *arguments, "--json", check=False)
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["left_out"]["runs/minus_width/seed-11"].startswith("corrupt: ")
    assert "analysis" in found["left_out"]
    assert found["runs"] == RUNS - 1
    weights.write_bytes(whole)


def what_changed_is_another_study(
    study: Study, server: str, arguments: tuple[str, ...], before: dict[str, Any]
) -> None:
    shown = Shown(server, "once")
    damaged = next(run for run in shown.parents if run.info.run_id not in before)
    assert not any(name.startswith("variants/") for name in damaged.data.metrics)
    assert "minus_width/seed-11" not in shown.of(damaged)
    assert "held_out_accuracy" in shown.of(damaged)["minus_width/seed-12"].data.metrics
    assert "controls" not in damaged.data.tags
    there = shown.everything()
    assert {key: there[key] for key in before if key != "models"} == {
        key: value for key, value in before.items() if key != "models"
    }
    study.change("method.steps", 100)
    done = study.pipeline("track", *arguments, check=False)
    assert done.returncode == 1
    assert "no run is true here, so there is nothing to track: run snakemake" in done.stderr
    assert Shown(server, "once").everything() == there


def table(study: Study, name: str) -> dict[str, dict[str, str]]:
    """Return {variant: row} of a result table."""
    import csv

    with (study.folder / "results/tables" / f"{name}.csv").open(newline="") as file:
        return {row["variant"]: row for row in csv.DictReader(file)}


def test_a_slow_server_keeps_nobody_waiting_and_what_was_deleted_on_it_is_made_again(
    study: Study, server: str, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "600")
    receipt = Path(f"runs/{RUN}/receipt.json")
    content = (study.folder / receipt).read_bytes()
    at_work = study.start("pipeline", "track", "mlflow", "--uri", gate.address, "--experiment", "slow")
    assert gate.knocked.wait(300)
    study.snakemake()
    study.pipeline("status")
    second = study.pipeline("track", "mlflow", "--uri", server, "--experiment", "slow", check=False)
    assert second.stderr.startswith("pipeline: another pipeline track is at work in this folder; ")
    shutil.move(study.folder / receipt.parent, tmp_path / "kept")
    gate.opened.set()
    assert at_work.wait(300) == 0
    shown = Shown(server, "slow")
    (parent,) = shown.parents
    sent = shown.client.download_artifacts(shown.of(parent)[RUN].info.run_id, str(receipt), str(tmp_path))
    assert Path(sent).read_bytes() == content
    shutil.move(tmp_path / "kept", study.folder / receipt.parent)
    what_was_deleted_is_made_again(study, server)


def what_was_deleted_is_made_again(study: Study, server: str) -> None:
    arguments = ("mlflow", "--uri", server, "--experiment", "slow")
    before = Shown(server, "slow")
    (parent,) = before.parents
    before.client.delete_run(before.of(parent)[RUN].info.run_id)
    assert track(study, *arguments)["added"] == [RUN]
    before.client.delete_run(parent.info.run_id)
    track(study, *arguments)
    shown = it_is_there_once(server)
    shown.client.delete_experiment(shown.experiment.experiment_id)
    track(study, *arguments)
    assert it_is_there_once(server).experiment.lifecycle_stage == "active"
    assert track(study, *arguments)["added"] == []


def it_is_there_once(server: str) -> Shown:
    """Return what a server shows: a study, and under it each of its runs once."""
    shown = Shown(server, "slow")
    (parent,) = shown.parents
    assert len(shown.of(parent)) == RUNS
    assert len(shown.runs) == RUNS + 1
    assert {run.info.status for run in shown.runs} == {"FINISHED"}
    return shown


def test_a_server_that_is_not_there_or_not_named_is_one_line(study: Study) -> None:
    done = study.pipeline("track", "mlflow", "--uri", "http://127.0.0.1:9", check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "pipeline: MLflow at http://127.0.0.1:9: does not answer; start the server, or mend its address"
    ]
    done = study.pipeline("track", "mlflow", check=False, MLFLOW_TRACKING_URI="")
    assert "no MLflow server is named" in done.stderr
    done = study.pipeline("track", "mlfow", check=False)
    assert done.stderr == "pipeline: nothing is named 'mlfow'; did you mean 'mlflow'?\n"


def test_wandb_is_written_offline_once_and_says_what_the_files_do(study: Study) -> None:
    found = track(study, "wandb")
    assert found["runs"] == len(found["added"]) == RUNS + 1
    folders = sorted((study.folder / "observed/wandb").glob("offline-run-*"))
    written = {run.name: run for run in map(read, folders)}
    assert len(folders) == len(written) == RUNS + 1
    assert all(run.ended for run in written.values())
    run, home = written[RUN], study.folder / "runs" / RUN
    assert (run.group, run.job_type) == ("full", "method")
    lines = [line.split(",") for line in (home / "curve.csv").read_text().splitlines()[1:]]
    assert [(point["_step"], point["curve/training_loss"]) for point in run.history] == [
        (int(step), float(loss)) for step, loss, _ in lines
    ]
    assert (
        run.summary["held_out_accuracy"]
        == json.loads((study.folder / "evaluations" / RUN / "evaluation.json").read_text())["accuracy"]
    )
    assert run.config["digests"][f"runs/{RUN}/run.json"]
    whole = written["A miniature"]
    assert whole.summary["variants/full/held_out_mean"] == float(table(study, "variants")["full"]["held_out_mean"])
    (folders[0] / "whole").unlink()
    unfinished = read(folders[0]).name
    assert track(study, "wandb")["added"] == [unfinished]
    again = sorted((study.folder / "observed/wandb").glob("offline-run-*"))
    assert sorted(read(folder).id for folder in again) == sorted(run.id for run in written.values())
    assert "wandb" not in study.git("status", "--porcelain")


def test_dvc_shows_a_curve_for_each_variant_and_seed(study: Study) -> None:
    shown = json.loads(study.dvc("plots", "show", "--json").stdout)
    assert "errors" not in shown
    lines = (study.folder / "results/tables/curves.csv").read_text().splitlines()[1:]
    for name in ("validation accuracy", "training loss"):
        content = shown["data"][name][0]["content"]
        values = content["data"]["values"]
        assert len(values) == len(lines)
        assert {(value["variant"], value["seed"]) for value in values} == {tuple(line.split(",")[:2]) for line in lines}
        assert content["encoding"]["color"]["field"] == "variant"
        assert content["encoding"]["detail"]["field"] == "seed"


def test_dvclive_files_show_each_run_in_dvc_and_follow_the_study(study: Study) -> None:
    untouched = study.artefacts(), (study.folder / "dvc.yaml").read_bytes()
    for name in (".", "runs"):
        done = study.pipeline("track", "dvclive", "--folder", name, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith(f"pipeline: {name}: ")
    assert (study.artefacts(), (study.folder / "dvc.yaml").read_bytes()) == untouched
    assert len(track(study, "dvclive")["added"]) == RUNS
    live = study.folder / "dvclive"
    before = {path: path.read_bytes() for path in live.rglob("*") if path.is_file()}
    shown = json.loads(study.dvc("plots", "show", "--json").stdout)
    assert "errors" not in shown
    (plot,) = shown["data"]["full, validation_accuracy"]
    values = plot["content"]["data"]["values"]
    assert {value["filename"].split("/")[0] for value in values} == {f"seed-{seed}" for seed in range(10, 16)}
    ours = [(int(v["step"]), float(v["validation_accuracy"])) for v in values if v["filename"].startswith("seed-10/")]
    lines = [line.split(",") for line in (study.folder / "runs" / RUN / "curve.csv").read_text().splitlines()[1:]]
    assert ours == [(int(step), float(value)) for step, _, value in lines]
    metrics = json.loads(study.dvc("metrics", "show", "--json").stdout)[""]["data"]
    told = json.loads((study.folder / "runs" / RUN / "run.json").read_text())
    assert metrics[f"dvclive/{RUN}/metrics.json"]["data"]["validation_accuracy"] == told["validation_accuracy"]
    assert f"dvclive/{RUN}/metrics.json" in study.dvc("exp", "show", "--json").stdout
    shutil.rmtree(study.folder / "runs/full/seed-12")
    found = track(study, "dvclive", check=False)
    assert found["added"] == []
    assert not (live / "full/seed-12").exists()
    kept = {path: path.read_bytes() for path in live.rglob("*") if path.is_file() and path.name != "dvc.yaml"}
    assert kept == {path: content for path, content in before.items() if path in kept}
