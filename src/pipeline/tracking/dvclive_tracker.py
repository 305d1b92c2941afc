"""DVCLive: its files for each variant and seed, and a dvc.yaml that names them, for whatever reads DVCLive."""

import os
import shutil
from pathlib import Path
from typing import Any

from pipeline.io.files import write_text
from pipeline.tracking.facts import RunShown, StudyShown
from pipeline.tracking.folders import KEY, take

OBSERVED = "observed/"  # of one machine: these files may go into Git


def track(study: StudyShown, folder: Path) -> dict[str, Any]:
    """Write what a folder lacks of a study's runs, and remove other runs; return the folder, and what was added.

    The folder shows one state of the study, the one that is here, as a workspace of DVC does. Raises TrackerError for
    a folder with anything in it that is not DVCLive's.
    """
    take(folder)
    os.environ["DVC_NO_ANALYTICS"] = "1"
    wanted = {folder / run.name: run for run in study.runs}
    for key in sorted(folder.glob(f"*/*/{KEY}")):
        if key.parent not in wanted or key.read_text(encoding="utf-8") != wanted[key.parent].key:
            shutil.rmtree(key.parent)
    added = [run.name for place, run in wanted.items() if not (place / KEY).is_file()]
    for place, run in wanted.items():
        if run.name in added:
            write(run, place)
    write_text(folder / "dvc.yaml", named(study))
    return {"folder": str(folder), "added": added, "next": "dvc plots show"}


def write(run: RunShown, place: Path) -> None:
    """Write one run: parameters, curve and scores."""
    from dvclive.live import Live

    with Live(dir=str(place), dvcyaml=None, save_dvc_exp=False, report=None) as live:
        live.log_params(dict(run.parameters))
        for step in sorted(run.curve):
            live.step = step
            for name, value in run.curve[step].items():
                live.log_metric(name, value)
            live.make_summary()
        live.summary = {name: value for name, value in run.metrics.items() if not name.startswith(OBSERVED)}
        live.make_summary()
    write_text(place / KEY, run.key)


def named(study: StudyShown) -> str:
    """Return the text of a dvc.yaml: scores and parameters of every run, and a plot a variant with a curve a seed."""
    import yaml

    scores = [f"{run.name}/metrics.json" for run in study.runs]
    told = [f"{run.name}/params.yaml" for run in study.runs]
    plots: dict[str, dict[str, str]] = {}
    for run in study.runs:
        for metric in sorted({name for values in run.curve.values() for name in values}):
            column = metric.rpartition("/")[2]
            series = plots.setdefault(f"{run.variant}, {column}", {})
            series[f"{run.name}/plots/metrics/{metric}.tsv"] = column
    shown = [{title: {"x": "step", "y": series}} for title, series in plots.items()]
    return yaml.safe_dump({"params": told, "metrics": scores, "plots": shown}, sort_keys=False)
