"""All studies of a repository in one view, and a page that leads to the report of each.

Every study is asked in its own folder by a process of its own, so that none is told from another's files.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pipeline.io.files import write_text
from pipeline.io.jobs import OBSERVED
from pipeline.io.layout import root
from pipeline.io.terminal import plain
from pipeline.judged_claims import STANDS, UNJUDGED, fallen
from pipeline.observing import STYLE
from pipeline.status import TROUBLE, is_clean

PAGE = OBSERVED / "studies.html"
AT_ONCE = 2
WIDTH = 140
HEADINGS = ("study", "state", "plan", "record", "claims", "contrasts", "CPU s")
Found = dict[str, Any]


def all_studies() -> dict[str, Found]:
    """Return {folder, from the root: what is true of the study there}, the default one (".") first.

    {"title", "state", "valid", "artefacts": how many, "plan", "recorded", "record", "claims": {verdict: how many},
    "fell": names, "contrasts": {verdict: how many}, "cpu_seconds", "report", "clean"}; "error" alone where a study
    cannot say.
    """
    home = root()
    folders = [Path(), *sorted(path.parent.relative_to(home) for path in home.glob("studies/*/params.yaml"))]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(map(str, folders), pool.map(lambda folder: asked(home / folder), folders), strict=True))


def asked(folder: Path) -> Found:
    """Return what is true of the study in a folder."""
    command = [sys.executable, "-m", "pipeline", "status", "--json"]
    source = str(Path(__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": source}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    try:
        return summed_up(json.loads(done.stdout), folder)
    except ValueError:
        said = (done.stderr.strip().splitlines() or ["says nothing"])[-1].removeprefix("pipeline: ")
        return {"error": said, "clean": False}


def summed_up(status: Found, folder: Path) -> Found:
    """Return what a study's status comes to."""
    report = Path("results/report.html")
    return {
        "title": status["title"],
        "state": state_of(status),
        "valid": sum(about["state"] == "valid" for about in status["artefacts"].values()),
        "artefacts": len(status["artefacts"]),
        "plan": status["held_out"]["standing"],
        "recorded": status["record"]["recorded"],
        "record": status["record"]["reason"],
        "claims": dict(Counter(claim["verdict"] for claim in status["claims"].values())),
        "fell": fallen(status["claims"]),
        "contrasts": status["contrasts"],
        "cpu_seconds": status["cpu_seconds"],
        "report": report.as_posix() if (folder / report).is_file() else None,
        "clean": is_clean(status),
    }


def state_of(status: Found) -> str:
    """Return complete where all is valid, else how many artefacts are what, and what ails a complete study."""
    counts = Counter(about["state"] for about in status["artefacts"].values())
    trouble = ", ".join(f"{counts[state]} {state}" for state in TROUBLE if counts[state])
    if counts["valid"] and trouble:
        trouble = f"{trouble} of {counts.total()}"
    elif not counts["valid"]:
        trouble = "not made yet" if counts["missing"] == counts.total() else trouble
    ails = [*(["a control failed"] if status["controls"].startswith("failed") else [])]
    ails += ["came out different"] if status["nondeterminism"] else []
    ails += ["a look was removed"] if status["held_out"]["removed"] else []
    return "; ".join([trouble or "complete", *ails])


def is_clean_everywhere(found: Mapping[str, Found]) -> bool:
    """Tell whether every study is: all artefacts valid, no claim fallen, no look removed."""
    return all(study["clean"] for study in found.values())


def row(name: str, study: Found) -> tuple[str, ...]:
    """Return a study's row."""
    label = "default" if name == "." else name
    if "error" in study:
        return (label, study["error"], "", "", "", "", "")
    cost = f"{study['cpu_seconds']:.0f}" if study["cpu_seconds"] else "not known"
    return (label, study["state"], study["plan"], recorded(study), claims(study), counted(study["contrasts"]), cost)


def recorded(study: Found) -> str:
    """Return whether results are recorded, of which sources, and whether they lie here."""
    if not study["recorded"]:
        return "recorded, of other sources" if study["record"].startswith("recorded at") else "not recorded"
    return "recorded" if study["valid"] else "recorded, not restored here"


def claims(study: Found) -> str:
    """Return how many claims are supported of those stated, and which fell."""
    if not study["claims"]:
        return "none stated"
    fell = f"; fell: {', '.join(study['fell'])}" if study["fell"] else ""
    return counted(study["claims"]) + fell


def counted(verdicts: Mapping[str, int]) -> str:
    """Return how many verdicts are "supported" of how many."""
    total = sum(verdicts.values())
    if not total or verdicts.get(UNJUDGED) == total:
        return UNJUDGED
    return f"{verdicts.get(STANDS, 0)} of {total} {STANDS}"


def render(found: Mapping[str, Found]) -> str:
    """Return all studies as a table."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in HEADINGS:
        widest = max(map(len, found)) if heading == HEADINGS[0] else None  # a name is there to be copied
        table.add_column(heading, justify="right" if heading == HEADINGS[-1] else "left", min_width=widest)
    for name, study in found.items():
        table.add_row(*row(name, study))
    return f"{plain(table, WIDTH)}\npage: {(root() / PAGE).as_posix()}"


def write_page(found: Mapping[str, Found]) -> None:
    """Write observed/studies.html at the root: each study's row, its title leading to its report."""
    from jinja2 import Environment

    template = Path(__file__).parent / "studies.html.j2"
    rows = [(name, study, row(name, study)[1:]) for name, study in found.items()]
    source = Environment(autoescape=True).from_string(template.read_text(encoding="utf-8"))
    write_text(root() / PAGE, source.render(rows=rows, headings=HEADINGS, style=STYLE))
