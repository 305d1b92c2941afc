"""Makes every artefact of a miniature study in one process, receipts included: all kinds of files there are.

`python -m tests.io.whole_study FOLDER ORDER` writes into FOLDER/study; ORDER shuffles every order that means nothing.
FOLDER/planted gets files whose writers are not canonical, to be found out.
"""

import datetime
import getpass
import json
import locale
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

GRAPH = Path(__file__).resolve().parents[2] / "docs" / "graph.svg"
NETWORK = {"model": "sequence_network", "mixer": "none", "batch_size": 20, "steps": 30, "label_smoothing": 0.1}
NETWORK |= {"augmentation": ["roll"]}
SPACE = {"learning_rate": {"log_uniform": [0.005, 0.05]}, "weight_decay": {"log_uniform": [0.001, 0.1]}}


class Shuffler:
    """Gives anything in another order, the same for the same number; order 0 is as it came."""

    def __init__(self, order: int) -> None:
        self.order = order

    def items(self, values: Any) -> list[Any]:
        """Return a list in another order."""
        found = list(values)
        if self.order:
            random.Random(self.order).shuffle(found)
        return found

    def mapping(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return a mapping in another order, and each mapping in it."""
        return {
            key: self.mapping(value) if isinstance(value, dict) else value for key, value in self.items(values.items())
        }

    def folders(self) -> None:
        """Make every listing of a folder come in another order, as on another file system."""
        listdir, scandir = os.listdir, os.scandir
        os.listdir = lambda path=".": self.items(listdir(path))  # type: ignore[assignment]
        os.scandir = lambda path=".": Scanned(self.items(scandir(path)))  # type: ignore[assignment]


class Scanned:
    """Entries of a folder, as `os.scandir` gives them."""

    def __init__(self, entries: list[Any]) -> None:
        self.entries = iter(entries)

    def __iter__(self) -> Iterator[Any]:
        return self.entries

    def __next__(self) -> Any:
        return next(self.entries)

    def __enter__(self) -> "Scanned":
        return self

    def __exit__(self, *about: object) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: the folder was read to its end."""


def stated(shuffler: Shuffler) -> dict[str, Any]:
    """Return the parameters of the study, the keys of those sections shuffled whose order says nothing."""
    from tests.study import MINIATURE

    params: dict[str, Any] = json.loads(json.dumps(MINIATURE))
    params["study"]["title"] = "Größer – and “better”?"
    params["method"] = {**NETWORK, "stem": "conv"}
    params["components"] = {"convolution": {"stem": "patch"}}
    params["baselines"] = {
        "random_forest": {"model": "random_forest", "min_samples_leaf": 1, "trees": 3},
        "logistic_regression": {"model": "logistic_regression"},
        "rbf_svm": {"model": "rbf_svm", "gamma": 0.1},
    }
    params["families"]["baseline"]["against"] = ["random_forest"]
    rate = {"inverse_regularisation": {"log_uniform": [0.1, 10.0]}}
    forest = {"max_features": {"choice": ["sqrt", 0.5]}}
    params["search"]["spaces"] = {
        "method": SPACE,
        "random_forest": forest,
        "logistic_regression": rate,
        "rbf_svm": rate,
    }
    shuffled = {"study", "data", "compute", "method", "search"}
    return {key: shuffler.mapping(value) if key in shuffled else value for key, value in shuffler.items(params.items())}


def write_rows(path: Path) -> str:
    """Write rows that a network takes, and return the digest that params.yaml pins."""
    import numpy as np

    from pipeline.science.datasets import digest

    generator = np.random.default_rng(0)
    y = generator.integers(0, 3, 240)
    x = np.sin(np.arange(40) * (y[:, None] + 1) * 0.15) + generator.normal(size=(240, 40))
    path.parent.mkdir(parents=True)
    np.savez(path, x=x.astype(np.float32), y=y)
    return digest(x.astype(np.float32), y)


def artefacts(workflow: Any, shuffler: Shuffler) -> Iterator[tuple[str, str, dict[str, list[str]]]]:
    """Yield (step, home, reads) of every artefact, as the Snakefile chains them."""
    runs, validation = [str(run) for run in workflow.runs], {"labels": [receipt("data/validation_labels")]}
    yield "fetch", "data/raw", {"source": workflow.sources}
    for part in shuffler.items(["splits", "validation_labels", "held_out", "held_out_labels"]):
        yield "prepare", f"data/{part}", {"raw": [receipt("data/raw")]}
    for method in shuffler.items(workflow.methods):
        yield "select", f"choices/{method}", {"splits": [receipt("data/splits")], **validation}
    for run in shuffler.items([*workflow.runs, *workflow.controls]):
        choice = receipt(f"choices/{workflow.method_of(run)}")
        reads = {"splits": [receipt("data/splits")], "choice": [choice], **validation}
        yield "train", f"runs/{run}", shuffler.mapping(reads)
    for run in shuffler.items(runs):
        reads = {"held_out": [receipt("data/held_out")], "run": [receipt(f"runs/{run}")]}
        reads |= {"labels": [receipt("data/held_out_labels")]}
        yield "evaluate", f"evaluations/{run}", shuffler.mapping(reads)
    reads = {"choices": [receipt(f"choices/{method}") for method in workflow.methods]}
    reads |= {kind: [receipt(f"{kind}/{run}") for run in runs] for kind in ("runs", "evaluations")}
    reads |= {"controls": [receipt(f"runs/{run}") for run in workflow.controls], "splits": [receipt("data/splits")]}
    yield "analyse", "analysis", shuffler.mapping({**reads, **validation})
    yield "report", "results", shuffler.mapping({"analysis": [receipt("analysis")], "graph": ["docs/graph.svg"]})


def receipt(home: str) -> str:
    """Return the path of an artefact's receipt."""
    return f"{home}/receipt.json"


def write_study(shuffler: Shuffler) -> None:
    """Make a whole study in the current folder: its plan, every artefact with its receipt, a manifest."""
    import yaml

    from pipeline.io.bodies import Task
    from pipeline.io.files import write_text
    from pipeline.io.jobs import artefact
    from pipeline.io.manifest import described, manifest_text
    from pipeline.io.plans import lock_plan
    from pipeline.io.receipts import sealed
    from pipeline.planning import statement
    from pipeline.workflow import Workflow, look, make

    params = stated(shuffler)
    write_text(Path("docs/graph.svg"), GRAPH.read_text(encoding="utf-8"))
    params["data"]["sha256"] = write_rows(Path("data/source/rows.npz"))
    write_text(Path("params.yaml"), yaml.safe_dump(params, sort_keys=False, allow_unicode=True))
    workflow = Workflow.load()
    lock_plan(shuffler.mapping(workflow.study.model_dump(mode="json")), statement(workflow))
    workflow.plan = type(workflow.plan)("0" * 64, "as if it were committed")
    world, files = look(workflow), {}
    for name, home, reads in artefacts(workflow, shuffler):
        step = world.steps[name]
        start = world.describe(step, home, reads)
        Path(home).mkdir(parents=True)
        for part in step.parts:
            inputs = {name: [artefact(path) for path in paths] for name, paths in part.inputs(reads).items()}
            make(step, Task(Path(home), Path("scratch") / home, start["parameters"], inputs, part.name))
        files[home] = world.files(home)
        write_text(Path(receipt(home)), sealed(shuffler.mapping({**start, "files": files[home]})))
    manifest = {"artefacts": described(shuffler.mapping(files), {}), "choices": {}, "commit": "0" * 40}
    write_text(Path("manifest.json"), manifest_text(shuffler.mapping(manifest)))


def write_planted(folder: Path, order: int) -> None:
    """Write files by writers that are not canonical, each for a reason of its own."""
    texts = {
        "clock": str(int(time.time()) // 86400),
        "calendar": datetime.datetime.now().date().isoformat(),
        "set": " ".join({f"name{number}" for number in range(50)}),
        "mapping": json.dumps(Shuffler(order).mapping(dict.fromkeys("abcdefgh", 1))),
        "listing": " ".join(path.name for path in Path("runs").glob("*/*")),
        "rows": " ".join(map(str, Shuffler(order).items(range(50)))),
        "path": str(folder),
        "process": str(os.getpid()),
        "home": str(Path.home()),
        "user": getpass.getuser(),
        "zone": time.strftime("%z"),
        "encoding": locale.getpreferredencoding(),
        "number": locale.format_string("%.2f", 1234.5, grouping=True),
        "address": repr(object()),
    }
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    for kind in ("pdf", "svg"):
        write_dated_figure(folder / f"figure.{kind}")


def write_dated_figure(path: Path) -> None:
    """Write a figure as matplotlib does by itself: with a date, or random identifiers."""
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([1, 2], clip_on=True)
    figure.savefig(path)


def main(folder: Path, order: int) -> None:
    """Write FOLDER/study and FOLDER/planted."""
    locale.setlocale(locale.LC_ALL, "")
    for name in ("study", "planted"):
        (folder / name).mkdir(parents=True)
    os.chdir(folder / "study")
    shuffler = Shuffler(order)
    if order:
        shuffler.folders()
    write_study(shuffler)
    write_planted(folder / "planted", order)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
