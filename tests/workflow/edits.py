"""The states between which histories move: parameters, code, graphs, and parts of a graph that are asked for."""

from pathlib import Path
from typing import Any

SCIENCE = Path("src/pipeline/science")
VALUES: tuple[tuple[str, list[Any]], ...] = (
    ("method.min_samples_leaf", [1, 2, 3]),
    ("search.trials", [1, 2]),
    ("study.title", ["A miniature", "Another"]),
    ("seeds.final", [[10, 11, 12, 13], [10, 11, 12, 13, 14], [11, 12, 13, 14]]),
    ("variants", [{}, {"large": {"min_samples_leaf": 9}}]),
)
CODE = (
    ("metrics.py", "predicted == labels) / labels.size", "predicted == labels) / float(labels.size)"),
    ("models/random_forest.py", "settings.trees,\n", "settings.trees + 1,\n"),
    ("estimators.py", "0xFFFFFFFF", "0x0FFFFFFF"),
    ("statistics.py", "DECIMALS = 12", "DECIMALS = 11"),
    ("conclusions.py", "round(sd, 6)", "round(sd, 5)"),
)
SPLITS, LABELS = '"data/splits/receipt.json"', '"data/validation_labels/receipt.json"'
EACH_RUN = '            each_run=[f"runs/{run}/receipt.json"'
GRAPHS = (  # the first gives a graph that runs, the others are refused
    ('analysis="analysis/receipt.json",\n', 'analysis="analysis/receipt.json",\n        choices=CHOICES,\n'),
    ('raw="data/raw/receipt.json"', 'raw="data/rau/receipt.json"'),
    ('raw="data/raw/receipt.json"', 'raw=lambda wildcards: "data/raw/receipt.json"'),
    (
        f"splits={SPLITS},\n        labels={LABELS},\n    output",
        f"{SPLITS},  # no name\n        labels={LABELS},\n    output",
    ),
    (f"{EACH_RUN} for run in runs],\n", f"{EACH_RUN} for run in runs[1:]],\n"),
    ('"report": [rules.report],', "# no report,"),
)
PARTS = (
    ("prepared",), ("trained",), ("analysis/receipt.json",), ("-n",), ("-n", "-F"), ("--until", "select"),
    ("-F", "prepared"), ("-R", "report"), ("--forceall", "data/raw/receipt.json"), ("--touch",), ("--unlock",),
)  # fmt: skip


def edit(path: Path, before: str, after: str) -> None:
    """Replace a text wherever it stands, in either direction."""
    text = path.read_text()
    path.write_text(text.replace(after, before) if after in text else text.replace(before, after))
