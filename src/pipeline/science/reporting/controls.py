"""What the controls and the probes for leaks say, and the warning at the top of a report where a control failed."""

from pipeline.science.control_runs import ALPHA, SAME, SHUFFLED
from pipeline.science.controls import failed
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Cell, Paragraph, Picture, Section, Table
from pipeline.science.reporting.sampling import sampling
from pipeline.science.reporting.tables import Row, cells, columns, rows_of
from pipeline.science.reporting.wording import MISSING, count, counted, is_missing, number, p_value, percent, points

SHUFFLED_LABELS = (
    "Shuffled labels: the full method is trained on labels dealt anew, and must predict validation no better than "
    "predictions that know nothing."
)
BOTH = (
    f"Both controls ran on validation rows, with seeds of their own. {SHUFFLED_LABELS} Same against same: trained with "
    "other seeds, it must score as with the final ones. Of 100 honest studies they void at most one."
)
ONE = (
    f"One control ran on validation rows, with seeds of its own. {SHUFFLED_LABELS} That of same against same does not "
    "apply: this study has no two groups of seeds to compare. Of 100 honest studies the control voids at most one."
)
NAMES = {SHUFFLED: "shuffled labels"}
OUTCOMES = {"clear": ("✓", "good"), "known": ("✓", "open"), "noted": ("?", "open"), "leak": ("✗", "bad")}


def name_of(control: str) -> str:
    """Return a control's name in words."""
    return NAMES.get(control, "same against same")


def warning(analysis: Analysis) -> str:
    """Return what stands at the top of a study whose control failed, empty where none did."""
    rows = {row["control"]: row for row in rows_of(analysis.tables["controls"])}
    said = [reading(rows[control]) for control in failed(analysis.tables["controls"])]
    return f"{' '.join(said)} Every finding is invalid until the cause is found." if said else ""


def reading(row: Row) -> str:
    """Return what a failed control shows, as a sentence."""
    n, p, mean = counted(row["n"], "run"), p_value(row["p"]), percent(row["mean"])
    if row["control"] == SHUFFLED:
        return (
            f"Trained on labels that say nothing, the full method still predicts validation: {mean} %, where "
            f"{percent(row['expected'])} % is chance (mean of {n}, p = {p})."
        )
    return (
        f"With seeds drawn for this control the full method scores {mean} % on validation ({n}), with its final seeds "
        f"{percent(row['expected'])} % ({counted(row['against'], 'run')}, p = {p}): the two groups differ."
    )


def section(analysis: Analysis) -> Section:
    """Return the controls, as table and figure, and the probes for leaks."""
    ran = BOTH if has_groups(analysis) else ONE
    passed = "The controls passed." if has_groups(analysis) else "The control that applies passed."
    outcome = Paragraph(warning(analysis) or passed, lead=bool(warning(analysis)))
    blocks = (outcome, Paragraph(ran), controls(analysis), picture(analysis), probes(analysis))
    return Section("Controls and leaks", "controls", blocks)


def has_groups(analysis: Analysis) -> bool:
    """Return whether there are two groups of seeds to compare: whether the control of same against same applies."""
    return any(row["control"] == SAME and not is_missing(row["mean"]) for row in rows_of(analysis.tables["controls"]))


def controls(analysis: Analysis) -> Table:
    """Return one row a control."""
    rows = [(*texts(row), outcome(row)) for row in rows_of(analysis.tables["controls"])]
    caption = (
        "Mean validation accuracy of n runs against what is expected: for shuffled labels, the accuracy of predictions "
        "that name the classes as often and know nothing; for the same method with other seeds, the mean of its final "
        f"runs (against). p is that of a permutation test; a control fails where p ≤ {ALPHA:g}."
    )
    head = ("control", "n#", "against#", "accuracy, %#", "sd, points#", "expected, %#", "difference, points#", "p#")
    return Table("controls", caption, columns(*head, "outcome"), tuple(rows))


def texts(row: Row) -> tuple[Cell, ...]:
    """Return the cells of a control, its outcome left out."""
    against = count(row["against"]) if row["against"] else MISSING
    rates = (percent(row["mean"]), percent(row["sd"]), percent(row["expected"]), points(row["difference"]))
    p = MISSING if is_missing(row["mean"]) else p_value(row["p"])
    return cells(name_of(row["control"]), count(row["n"]), against, *rates, p)


def outcome(row: Row) -> Cell:
    """Return whether a control passed."""
    if is_missing(row["mean"]):
        return Cell("does not apply", tone="quiet")
    return Cell("passed", "✓", "good") if row["passed"] else Cell("failed", "✗", "bad")


def picture(analysis: Analysis) -> Picture:
    """Return the caption of the figure of the controls."""
    both = has_groups(analysis)
    drawn = "; and trained with seeds of the control beside the final runs" if both else ""
    dashed = ", or the mean of the final runs. Each panel has its own scale, which" if both else ". The scale"
    return Picture(
        "controls",
        "Controls: validation accuracy of each run",
        f"Dot plot of validation accuracy per run: trained on shuffled labels, with chance marked{drawn}. The numbers "
        "are in the table of controls.",
        "Validation accuracy of each run of the full method (open circles) and their mean (filled). Dashed: chance"
        f"{dashed} does not start at zero. There are no intervals: p in the table is that of a permutation "
        "test.",
    )


def probes(analysis: Analysis) -> Table:
    """Return what the probes for leaks found where the splits were made."""
    rows = []
    for row in rows_of(analysis.tables["probes"]):
        symbol, tone = OUTCOMES[row["outcome"]]
        plain = cells(row["probe"], row["where"], count(row["looked_at"]), *values(row), row["detail"] or MISSING)
        rows.append((*plain, Cell(row["outcome"], symbol, tone)))
    caption = (
        "Probes for leaks, made with the splits. Copies: rows of the second split that are in the first, exactly or "
        "nearer than a hundredth of the usual distance between training neighbours. Nearest neighbour: the median "
        "distance of validation rows to training rows, features scaled by their sd there, against that of training "
        "rows to each other. One feature: a tree on the best single feature against always naming the most frequent "
        "class. Order: a z score of how much neighbouring rows share their label, or training rows come before "
        "validation rows. Of held-out rows only copies are counted. A leak that the study does not state is refused "
        f"when the splits are made.{sampling(analysis).probed}"
    )
    head = ("probe", "rows", "looked at#", "found#", "without a leak#", "detail", "outcome")
    return Table("probes", caption, columns(*head), tuple(rows))


def values(row: Row) -> tuple[str, str]:
    """Return what was found, and what would be without a leak."""
    if row["unit"] == "share right":
        return f"{percent(row['value'])} %", f"{percent(row['expected'])} %"
    if row["unit"] == "sd":
        return number(row["value"], 2), number(row["expected"], 2)
    if row["unit"] == "z":
        return number(row["value"], 1), number(row["expected"], 1)
    return count(row["value"]), count(row["expected"])
