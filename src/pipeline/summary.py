"""The table a run prints at its end."""

import csv
from pathlib import Path

from pipeline.io.files import read_json
from pipeline.io.terminal import plain
from pipeline.science.deviations import AFTER_A_LOOK
from pipeline.science.verdicts import Claim
from pipeline.workflow import Workflow

RESULTS = Path("results")
WIDTH = 160  # of the widest line: no name of a variant is cut short


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a result table."""
    with (RESULTS / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def percent(value: str) -> str:
    """Return a fraction in percent, a dash where it is not known."""
    return f"{100 * float(value):z.1f}" if value else "–"


def points(row: dict[str, str]) -> str:
    """Return a difference in points with its interval for new seeds and new items."""
    low, high = percent(row["population_low"]), percent(row["population_high"])
    return f"{100 * float(row['difference']):+z.1f} [{low}, {high}]"


def measured() -> str | None:
    """Return what scores are of, None where that is accuracy."""
    return Workflow.load().facts.measured


def summary(caution: str | None = None) -> str:
    """Return the result as text: every variant with n and interval, its contrast and the verdict.

    `caution` is what a reader must know of where the numbers were made.
    """
    from rich.table import Table

    metrics = read_json(RESULTS / "metrics.json")
    confirmatory, controls = metrics["status"] != "exploratory", metrics["controls"]["outcome"]
    table = Table(title=None, box=None, pad_edge=False)
    for heading in (
        "variant",
        "n",
        "held-out %" if confirmatory else "validation %",
        "full minus it, points",
        "p",
        "verdict",
    ):
        table.add_column(heading, justify="left" if heading in ("variant", "verdict") else "right")
    contrasts = rows("contrasts") if (RESULTS / "tables" / "contrasts.csv").is_file() else []
    for row in rows("variants"):
        mine = [contrast(made) for made in contrasts if made["variant"] == row["variant"]] or [("", "", "")]
        table.add_row(row["variant"], row["n"], score(row, confirmatory), *mine[0])
        for further in mine[1:]:  # a variant that several families contrast
            table.add_row("", "", "", *further)
    note = intervals(contrasts, confirmatory)
    if "look" in metrics:
        note += f", 1 − alpha of their look\nlook {metrics['look']} of those that the plan states"
    if metrics["status"] == AFTER_A_LOOK:
        note += f"\nthis study is {AFTER_A_LOOK}: its verdicts are no confirmation (report, deviations)"
    note += "".join(f"\n{line}" for line in one_claims(contrasts))
    note += "".join(f"\nclaim {name}: {verdict}" for name, verdict in metrics.get("claims", {}).items())
    if caution:
        note += f"\n{caution}"
    if controls != "passed":
        note += f"\nINVALID: a control {controls}; every finding is invalid until the cause is found"
    return f"{plain(table, WIDTH)}\n{note}\nreport: {RESULTS}/report.html   costs of this machine: observed/index.html"


def intervals(contrasts: list[dict[str, str]], confirmatory: bool) -> str:
    """Return what scores are of, where that is not accuracy, and what their intervals are for."""
    note = "intervals: 95 %, new seeds" + ("; of differences: new seeds and new items" if confirmatory else "")
    if (RESULTS / "tables" / "variance.csv").is_file():
        note = "intervals: 95 %, new values of all streams of randomness that the runs cross"
    if contrasts and "folds" in contrasts[0]:
        note = "intervals: 95 %, corrected resampled t over folds; n: folds"
    measure = measured()
    return f"scores: {measure}; {note}" if measure else note


def score(row: dict[str, str], confirmatory: bool) -> str:
    """Return a variant's mean accuracy, with its interval where it was trained more than once."""
    if not confirmatory:
        sd = f" (sd {percent(row['validation_sd'])})" if row["validation_sd"] else ""
        return f"{percent(row['validation_mean'])}{sd}"
    interval = f" [{percent(row['held_out_low'])}, {percent(row['held_out_high'])}]" if row["held_out_low"] else ""
    return f"{percent(row['held_out_mean'])}{interval}"


def contrast(row: dict[str, str]) -> tuple[str, str, str]:
    """Return (difference, corrected p, verdict) of a contrast, its finding where it is a part of one claim."""
    said = row["finding"] if row["claim"] == Claim.SUPERIORITY_TO_EVERY else f"{row['claim']} {row['verdict']}"
    return points(row), f"{float(row['p_corrected']):.4f}", said


def one_claims(contrasts: list[dict[str, str]]) -> list[str]:
    """Return a line for each family that is one claim, with its verdict."""
    verdicts = {row["family"]: row["verdict"] for row in contrasts if row["claim"] == Claim.SUPERIORITY_TO_EVERY}
    return [f"{family}: superiority to every member, as one claim: {verdict}" for family, verdict in verdicts.items()]
