"""MLflow: one parent run for a study, one nested run for each variant and seed, through MLflow's public client."""

import logging
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.base.canonical import compact_json, text_digest
from pipeline.base.errors import TrackerError
from pipeline.tracking.facts import DataShown, RunShown, StudyShown
from pipeline.tracking.words import NOT_KNOWN, OBSERVED, note, span

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Run

URI = "MLFLOW_TRACKING_URI"
KEY, STUDY, WHOLE = "pipeline.key", "pipeline.study", "pipeline.whole"
LONGEST = 6000  # characters of a parameter that a server takes
PARAMETERS, METRICS = 100, 1000  # that a server takes at once
DIGEST = 36  # characters of a data set's digest that a server takes; the profile has all of it
QUICK = {  # unless the user says otherwise; by MLflow's own choice a server that is absent is told after minutes
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


def track(study: StudyShown, uri: str, experiment: str) -> dict[str, Any]:
    """Give a server what it lacks of a study; return where, and which runs were added.

    Raises TrackerError where no server is named, or it does not answer, or refuses.
    """
    for name, value in QUICK.items():
        os.environ.setdefault(name, value)
    if not (uri := uri or os.environ.get(URI, "")):
        raise TrackerError(f"no MLflow server is named; say --uri http://localhost:5000, or set {URI}")
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        return Experiment(MlflowClient(tracking_uri=uri), experiment or study.title).fill(study)
    except (MlflowException, OSError) as error:
        raise TrackerError(f"MLflow at {uri}: {in_short(error)}; start the server, or mend its address") from None


def in_short(error: Exception) -> str:
    """Return what went wrong in a few words."""
    said = str(error).strip()
    if "Max retries exceeded" in said or "timed out" in said:
        return "does not answer"
    return (said.splitlines() or [type(error).__name__])[0][:200]


class Experiment:
    """An experiment on a server, and what it has of studies; a run is found again by the key in its tags.

    A run that is there and whole is left alone. A nested run that an earlier projection did not finish is removed and
    made anew; an unfinished parent is filled again, its metrics with the time they had, which changes nothing.
    """

    def __init__(self, client: "MlflowClient", name: str) -> None:
        self.client = client
        found = client.get_experiment_by_name(name)
        self.id = found.experiment_id if found else client.create_experiment(name)

    def fill(self, study: StudyShown) -> dict[str, Any]:
        """Add the parent and the nested runs that are not there."""
        there = {run.data.tags[KEY]: run for run in self.runs_of(study)}
        parent = there.get(study.key) or self.begin(study, study.title, {"mlflow.note.content": note(study)}, None)
        added = []
        for run in study.runs:
            if run.key not in there or self.is_unfinished(there[run.key]):
                self.add(run, study, parent.info.run_id)
                added.append(run.name)
        if WHOLE not in parent.data.tags:
            self.finish_study(study, parent)
        return {"experiment": self.id, "run": parent.info.run_id, "added": added}

    def runs_of(self, study: StudyShown) -> "Iterator[Run]":
        """Yield the runs that are there of a study, the parent included."""
        token = None
        while True:
            condition = f"tags.`{STUDY}` = '{study.key}'"
            page = self.client.search_runs([self.id], condition, max_results=METRICS, page_token=token)
            yield from page
            if not (token := page.token):
                return

    def is_unfinished(self, run: "Run") -> bool:
        """Tell whether a nested run is not whole; if so it is removed, with the models it has."""
        if WHOLE in run.data.tags:
            return False
        for model in self.client.search_logged_models([self.id], f"source_run_id = '{run.info.run_id}'"):
            self.client.delete_logged_model(model.model_id)
        self.client.delete_run(run.info.run_id)
        return True

    def begin(self, of: StudyShown | RunShown, name: str, more: Mapping[str, str], study: str | None) -> "Run":
        """Create a run with its tags, from when it is known to have begun, else from now."""
        times = span(of)
        tags = {**of.tags, **more, KEY: of.key, STUDY: study or of.key, "times": OBSERVED if times else NOT_KNOWN}
        start = int(1000 * (times[0] if times else time.time()))
        return self.client.create_run(self.id, start, tags, name)

    def add(self, run: RunShown, study: StudyShown, parent: str) -> None:
        """Add one nested run: parameters, scores, learning curve, data, model and digests."""
        about = {"mlflow.parentRunId": parent, "variant": run.variant, "role": run.role}
        told = {"commit": study.tags["commit"], "plan": study.tags["plan"], "standing": study.tags["standing"]}
        made = self.begin(run, run.name, {**about, **told}, study.key)
        self.log(made, run.parameters, {**run.curve, 0: {**run.metrics, **run.curve.get(0, {})}})
        self.client.log_inputs(made.info.run_id, [data_entry(data) for data in run.data])
        self.add_model(made, run)
        self.send(made, run.digests, run.receipts)
        self.finish(made, span(run))

    def add_model(self, made: "Run", run: RunShown) -> None:
        """Enter the run's model: a name, the digest of its weights and the receipt; the weights stay where they are."""
        from mlflow.entities import LoggedModelOutput

        path, digest = run.weights
        tags = {"weights.path": path, "weights.sha256": digest, "run.receipt": run.tags["run.receipt"]}
        name = run.name.replace("/", "-")
        kind = run.parameters["model"]
        model = self.client.create_logged_model(self.id, name, made.info.run_id, tags, model_type=kind)
        self.client.finalize_logged_model(model.model_id, "READY")
        self.client.log_outputs(made.info.run_id, [LoggedModelOutput(model.model_id, max(run.curve, default=0))])

    def finish_study(self, study: StudyShown, parent: "Run") -> None:
        """Give the parent what the study says over its runs, and mark it whole."""
        self.log(parent, study.parameters, {0: study.metrics})
        self.send(parent, study.digests, study.files)
        self.finish(parent, span(study))

    def log(self, made: "Run", parameters: Mapping[str, str], steps: Mapping[int, Mapping[str, float]]) -> None:
        """Log parameters and {step: {metric: value}}, as many at once as a server takes."""
        from mlflow.entities import Metric, Param

        run, at = made.info.run_id, made.info.start_time
        params = [Param(name, cut(value)) for name, value in sorted(parameters.items())]
        metrics = [Metric(name, value, at, step) for step in sorted(steps) for name, value in steps[step].items()]
        for first in range(0, len(params), PARAMETERS):
            self.client.log_batch(run, params=params[first : first + PARAMETERS])
        for first in range(0, len(metrics), METRICS):
            self.client.log_batch(run, metrics=metrics[first : first + METRICS])

    def send(self, made: "Run", digests: Mapping[str, str], files: tuple[Path, ...]) -> None:
        """Send some files under their own paths, and the digests of all."""
        self.client.log_dict(made.info.run_id, dict(digests), "digests.json")
        for path in files:
            self.client.log_artifact(made.info.run_id, str(path), str(path.parent))

    def finish(self, made: "Run", times: tuple[float, float] | None) -> None:
        """Mark a run whole, ended when it is known to have ended, else when it began."""
        self.client.set_tag(made.info.run_id, WHOLE, "yes")
        end = int(1000 * times[1]) if times else made.info.start_time
        self.client.set_terminated(made.info.run_id, "FINISHED", end)


def data_entry(data: DataShown) -> "DatasetInput":
    """Return data as MLflow enters it."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = compact_json({"artefact": data.artefact})
    profile = compact_json({"sha256": data.digest})
    entry = Dataset(data.name, data.digest[:DIGEST], "local", source, profile=profile)
    return DatasetInput(entry, [InputTag("mlflow.data.context", data.context)])


def cut(value: str) -> str:
    """Return a value as it is, or where it is too long for a server its beginning and its digest."""
    if len(value) <= LONGEST:
        return value
    end = f"… (cut; sha256 of all {text_digest(value)})"
    return value[: LONGEST - len(end)] + end
