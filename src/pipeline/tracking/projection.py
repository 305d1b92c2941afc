"""From the artefacts that are true here to what trackers are shown; what is not true is left out and named."""

import csv
import io
import json
from collections.abc import Mapping
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any

from pipeline.asking import ask
from pipeline.base.canonical import compact_json, file_digest, value_digest
from pipeline.base.design import stated_variant
from pipeline.base.errors import PipelineError, ReceiptError
from pipeline.io.files import read_json
from pipeline.io.folders import home_of
from pipeline.io.jobs import noted
from pipeline.io.manifest import git, uncommitted
from pipeline.io.receipts import RECEIPT, World, all_paths, is_receipt, place
from pipeline.io.repeats import alarms
from pipeline.looking import held_out_looks
from pipeline.observing import facts
from pipeline.science.methods import Run
from pipeline.states import is_follow_on
from pipeline.tracking.facts import DataShown, RunShown, StudyShown
from pipeline.tracking.statistics import conclusions
from pipeline.workflow import Workflow, look

FORMAT = 1  # of what is shown: another one is another projection
CURVE, REPORT = "curve.csv", ("report.html", "report.md")
TABLES = ("variants", "contrasts")
COSTS = ("wall_seconds", "cpu_seconds", "peak_memory_mb")
Fields = dict[str, Any]


def projected() -> StudyShown:
    """Return what is true here; raise PipelineError where no run is."""
    found, workflow = ask(), Workflow.load()
    true = Believed(workflow, found["artefacts"])
    shown = tuple(run_shown(true, run) for run in [*workflow.runs, *workflow.controls] if true.has(f"runs/{run}"))
    if not shown:
        home, why = next(iter(true.left_out.items()), ("runs", "none is called for"))
        raise PipelineError(f"{home}: {why}; no run is true here, so there is nothing to track: run snakemake")
    return study_shown(true, workflow, shown)


def content(path: Path, digest: str) -> bytes:
    """Return the bytes of a file; raise ReceiptError where they are not those of a digest."""
    found = path.read_bytes()
    if sha256(found).hexdigest() != digest:
        raise ReceiptError(f"{path}: changed while it was being tracked; track again")
    return found


class Believed:
    """The artefacts that are true, each receipt read and checked against the files once more; and why others are not.

    A job that has to run again may share its artefacts' fate among them: one that is true by itself, as are all that
    it rests on, is believed all the same.
    """

    def __init__(self, workflow: Workflow, artefacts: Mapping[str, Mapping[str, str]]) -> None:
        self.workflow, self.artefacts = workflow, artefacts
        self.world: World = look(workflow)
        self.doubted = {event["artefact"] for event in alarms()}
        self.receipts: dict[str, Fields] = {}
        self.left_out: dict[str, str] = {}
        for home in sorted(artefacts):
            self.believe(home)
        self.observed = facts(self.receipts)

    def believe(self, home: str) -> bool:
        """Tell whether an artefact is true, and note its receipt, or why it is not."""
        if home not in self.receipts and home not in self.left_out:
            about = self.artefacts[home]
            try:
                if home in self.doubted:
                    raise ReceiptError("came out different from the same start")
                if about["state"] != "valid" and not is_follow_on(about):
                    raise ReceiptError(f"{about['state']}: {about['reason']}")
                receipt = self.world.check(home, place(home))
                sources = [home_of(path) for path in all_paths(receipt["reads"]) if is_receipt(path)]
                if untrue := [source for source in sources if not self.believe(source)]:
                    raise ReceiptError(f"rests on {untrue[0]}, which is not true")
                self.receipts[home] = receipt
            except ReceiptError as error:
                self.left_out[home] = str(error).removeprefix(f"{home}: ")
        return home in self.receipts

    def receipt(self, home: str) -> Path:
        """Return where an artefact's receipt lies."""
        return Path(home) / place(home)

    def has(self, home: str) -> bool:
        """Tell whether an artefact is true."""
        return home in self.receipts

    def text(self, home: str, name: str) -> str:
        """Return the text of a file; raise ReceiptError where it is not what the receipt names."""
        return content(Path(home) / name, self.receipts[home]["files"][name]).decode()

    def json(self, home: str, name: str) -> Fields:
        """Return a JSON file's fields."""
        return dict(json.loads(self.text(home, name)))

    def rows(self, home: str, name: str) -> list[dict[str, str]]:
        """Return a table's rows, none where the artefact has no such table."""
        if name not in self.receipts[home]["files"]:
            return []
        return list(csv.DictReader(io.StringIO(self.text(home, name))))

    def digests(self, home: str) -> dict[str, str]:
        """Return {path: sha256} of an artefact's files, its receipt first."""
        own = {f"{home}/{name}": digest for name, digest in sorted(self.receipts[home]["files"].items())}
        return {f"{home}/{RECEIPT}": file_digest(self.receipt(home)), **own}

    def contents(self, digests: Mapping[str, str]) -> dict[str, bytes]:
        """Return {path: bytes} of some artefacts' files, each as its digest says; a receipt under its usual name."""
        places = {path: self.receipt(home_of(path)) if is_receipt(path) else Path(path) for path in digests}
        return {path: content(places[path], digest) for path, digest in digests.items()}

    def seals(self, name: str, home: str) -> dict[str, str]:
        """Return the tags that name an artefact's receipt: its digest and its seal."""
        path = self.receipt(home)
        return {f"{name}.receipt": file_digest(path), f"{name}.seal": read_json(path)["seal"]}

    def data(self, home: str, context: str) -> DataShown:
        """Return an artefact of rows as data."""
        name = f"{self.workflow.study.data.name}/{home.removeprefix('data/')}"
        return DataShown(name, context, home, value_digest(self.receipts[home]["files"]))


def run_shown(true: Believed, run: Run) -> RunShown:
    """Return a run with its scores: on validation, and on held-out where its evaluation is true."""
    home, evaluation = f"runs/{run}", f"evaluations/{run}"
    told, judged = true.json(home, "run.json"), true.has(evaluation)
    homes = [home, evaluation] if judged else [home]
    data = [true.data(true.workflow.splits_of(run), "training")]
    metrics = scores("validation", told["validation_accuracy"], told.get("validation_score"))
    if judged:
        scored = true.json(evaluation, "evaluation.json")
        metrics |= scores("held_out", scored["accuracy"], scored.get("score"))
        data.append(true.data(true.workflow.held_out_of(run), "held_out"))
    metrics |= true_numbers("costs", told["costs"])
    tags = {"outcome": told["outcome"], **true.seals("run", home)}
    tags |= true.seals("evaluation", evaluation) if judged else {}
    digests = {path: digest for each in homes for path, digest in true.digests(each).items()}
    receipts = {each: digests[f"{each}/{RECEIPT}"] for each in homes}
    return RunShown(
        name=str(run),
        variant=run.variant,
        role=role_of(true.workflow, run),
        key=value_digest({"format": FORMAT, "receipts": receipts}),
        seed=run.seed,
        tags=tags,
        parameters=flat(true.receipts[home]["parameters"]) | flat(told["settings"], "settings"),
        metrics=metrics | true_numbers("observed", {name: true.observed.get(home, {}).get(name) for name in COSTS}),
        curve={int(row["step"]): numbers_in(row) for row in true.rows(home, CURVE)},
        digests=digests,
        receipts=true.contents({path: digest for path, digest in digests.items() if is_receipt(path)}),
        weights=next((path, digest) for path, digest in digests.items() if Path(path).stem == "model"),
        data=tuple(data),
        times=observed_times(home, receipts[home]),
    )


def scores(split: str, accuracy: float, score: float | None) -> dict[str, float]:
    """Return a run's scores on a split: accuracy, and that by the study's measure where it is another."""
    return {f"{split}_accuracy": accuracy} | ({} if score is None else {f"{split}_score": score})


def role_of(workflow: Workflow, run: Run) -> str:
    """Return what a run's variant is for: method, ablation, extra, baseline, data_size or control."""
    variant = stated_variant(workflow.study, run.variant)
    return variant.role if variant else "control"


def observed_times(home: str, receipt: str) -> tuple[float, float] | None:
    """Return when this machine made an artefact (start, end) [s since 1970], None where that was not noted here."""
    path = noted(home)
    fact = read_json(path) if path.is_file() else {}
    if fact.get("receipt") != receipt or "ended" not in fact:
        return None
    return fact["ended"] - fact["wall_seconds"], fact["ended"]


def numbers_in(row: Mapping[str, str]) -> dict[str, float]:
    """Return the numbers of a curve's row; what is missing or not finite is left out."""
    values = {f"curve/{name}": float(cell) for name, cell in row.items() if name != "step" and cell}
    return {name: value for name, value in values.items() if isfinite(value)}


def true_numbers(name: str, values: Mapping[str, Any]) -> dict[str, float]:
    """Return those values that are known, named <name>/<key>."""
    return {f"{name}/{key}": float(value) for key, value in values.items() if value is not None}


def flat(values: Mapping[str, Any], at: str = "") -> dict[str, str]:
    """Return nested values by dotted key, each as text: a string as it is, all else as JSON."""
    found: dict[str, str] = {}
    for key, value in values.items():
        name = f"{at}.{key}" if at else str(key)
        if isinstance(value, Mapping) and value:
            found |= flat(value, name)
        else:
            found[name] = value if isinstance(value, str) else compact_json(value)
    return found


def study_shown(true: Believed, workflow: Workflow, runs: tuple[RunShown, ...]) -> StudyShown:
    """Return the study over its runs; statistics and conclusions only where the analysis is true."""
    homes = [home for home in ("analysis", "results") if true.has(home)]
    digests = {path: digest for home in homes for path, digest in true.digests(home).items()}
    tags = {"plan": workflow.plan.digest or "none", "standing": held_out_looks(workflow)["standing"], **sources()}
    metrics: dict[str, float] = {}
    if "analysis" in homes:
        tables = {name: true.rows("analysis", f"tables/{name}.csv") for name in TABLES}
        metrics, said = conclusions(tables, true.json("analysis", "metrics.json"))
        tags |= said | true.seals("analysis", "analysis")
    stated = workflow.study.model_dump(mode="json", exclude_unset=True)
    receipts = {path: digest for path, digest in digests.items() if is_receipt(path)}
    return StudyShown(
        title=workflow.study.study.title,
        key=value_digest({"format": FORMAT, "receipts": receipts, "runs": {run.name: run.key for run in runs}}),
        about=workflow.study.study.hypothesis,
        tags=tags,
        parameters=flat(stated),
        metrics=metrics,
        digests=digests,
        files=true.contents({path: digest for path, digest in digests.items() if is_shown(Path(path))}),
        runs=runs,
        left_out=dict(sorted(true.left_out.items())),
    )


def is_shown(path: Path) -> bool:
    """Tell whether a file of the analysis or the results is small and read by people, and so sent along."""
    in_results = path.parts[0] == "results" and (path.name in REPORT or path.suffix == ".csv")
    return in_results or path.name == RECEIPT


def sources() -> dict[str, str]:
    """Return the commit that the sources are of; where they differ from it, that is said."""
    commit = git("rev-parse", "HEAD").strip()
    return {"commit": commit, "sources": "as committed" if not uncommitted() else "changed since the commit"}
