"""MLflow: one parent run for a study, one nested run for each variant and seed, through MLflow's public client."""

import logging
import os
import tempfile
import time
from collections import Counter
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
PARENT = "mlflow.parentRunId"
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
    made anew; an unfinished parent is filled again, its metrics with the time they had, which changes nothing. An
    experiment that was deleted is restored, with all that it had; nested runs whose parent was deleted get the new one.
    """

    def __init__(self, client: "MlflowClient", name: str) -> None:
        self.client = client
        found = client.get_experiment_by_name(name)
        self.id = found.experiment_id if found else client.create_experiment(name)
        if found and found.lifecycle_stage != "active":  # its name stays taken
            client.restore_experiment(self.id)

    def fill(self, study: StudyShown) -> dict[str, Any]:
        """Add the parent and the nested runs that are not there."""
        there = list(self.runs_of(study))
        about = {"mlflow.note.content": note(study)}
        parent = parent_of(study, there) or self.begin(study, study.title, about, None)
        there = self.without_copies(there, study, parent.info.run_id)
        whole = self.whole(there, parent.info.run_id)
        added = [run for run in study.runs if run.key not in whole]
        for run in added:
            self.add(run, study, parent.info.run_id)
        if WHOLE not in parent.data.tags:
            self.finish_study(study, parent)
        return {"experiment": self.id, "run": parent.info.run_id, "added": [run.name for run in added]}

    def runs_of(self, study: StudyShown) -> "Iterator[Run]":
        """Yield the runs that are there of a study, the parent included."""
        token = None
        while True:
            condition = f"tags.`{STUDY}` = '{study.key}'"
            page = self.client.search_runs([self.id], condition, max_results=METRICS, page_token=token)
            yield from page
            if not (token := page.token):
                return

    def without_copies(self, there: "list[Run]", study: StudyShown, parent: str) -> "list[Run]":
        """Return the runs but other parents of the same study that are whole, which are removed.

        There are such where two tracked it at once, and where a restored experiment has again what was deleted in it.
        """
        parents = [run for run in there if run.data.tags[KEY] == study.key and run.info.run_id != parent]
        copies = {run.info.run_id for run in parents if WHOLE in run.data.tags}
        for copy in copies:
            self.client.delete_run(copy)
        return [run for run in there if run.info.run_id not in copies]

    def whole(self, there: "list[Run]", parent: str) -> set[str]:
        """Return the keys of a parent's nested runs that are whole, among them those whose own parent is no more.

        Those that are not whole, or there twice, are removed. Those of another parent that is there too are another's
        projection, at work perhaps.
        """
        parents = {run.info.run_id for run in there if PARENT not in run.data.tags}
        found: set[str] = set()
        for run in there:
            tags, its = run.data.tags, run.data.tags.get(PARENT)
            if its is None or (its in parents and its != parent):
                continue
            if WHOLE not in tags or tags[KEY] in found:
                self.remove(run.info.run_id)
                continue
            if its != parent:
                self.client.set_tag(run.info.run_id, PARENT, parent)
            found.add(tags[KEY])
        return found

    def remove(self, run: str) -> None:
        """Remove a nested run, with the models it has."""
        for model in self.client.search_logged_models([self.id], f"source_run_id = '{run}'"):
            self.client.delete_logged_model(model.model_id)
        self.client.delete_run(run)

    def begin(self, of: StudyShown | RunShown, name: str, more: Mapping[str, str], study: str | None) -> "Run":
        """Create a run with its tags, from when it is known to have begun, else from now."""
        times = span(of)
        tags = {**of.tags, **more, KEY: of.key, STUDY: study or of.key, "times": OBSERVED if times else NOT_KNOWN}
        start = int(1000 * (times[0] if times else time.time()))
        return self.client.create_run(self.id, start, tags, name)

    def add(self, run: RunShown, study: StudyShown, parent: str) -> None:
        """Add one nested run: parameters, scores, learning curve, data, model and digests."""
        about = {PARENT: parent, "variant": run.variant, "role": run.role}
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

    def send(self, made: "Run", digests: Mapping[str, str], files: Mapping[str, bytes]) -> None:
        """Send some files, {path: content}, and the digests of all."""
        self.client.log_dict(made.info.run_id, dict(digests), "digests.json")
        for path, content in files.items():
            with tempfile.TemporaryDirectory() as folder:
                copy = Path(folder) / Path(path).name
                copy.write_bytes(content)
                self.client.log_artifact(made.info.run_id, str(copy), str(Path(path).parent))

    def finish(self, made: "Run", times: tuple[float, float] | None) -> None:
        """End a run when it is known to have ended, else when it began; that it is whole is the last that is said."""
        end = int(1000 * times[1]) if times else made.info.start_time
        self.client.set_terminated(made.info.run_id, "FINISHED", end)
        self.client.set_tag(made.info.run_id, WHOLE, "yes")


def parent_of(study: StudyShown, there: "list[Run]") -> "Run | None":
    """Return the parent run of a study, of several a whole one with the most nested runs; None where there is none."""
    nested = Counter(run.data.tags.get(PARENT) for run in there)
    parents = [run for run in there if run.data.tags[KEY] == study.key]
    return max(parents, key=lambda run: (WHOLE in run.data.tags, nested[run.info.run_id]), default=None)


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
