"""What the controls and the probes for leaks say, and the warning at the top of a report where a control failed."""

from pipeline.science.conclusions import implausible
from pipeline.science.control_runs import ALPHA, IMPLAUSIBLE, SAME, SHUFFLED
from pipeline.science.controls import failed
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Block, Cell, Paragraph, Picture, Section, Table
from pipeline.science.reporting.sampling import sampling
from pipeline.science.reporting.tables import Row, cells, columns, rows_of
from pipeline.science.reporting.wording import (
    MISSING,
    count,
    counted,
    is_missing,
    listed,
    number,
    p_value,
    percent,
    points,
)

SHUFFLED_LABELS = (
    "Shuffled labels: the full method is trained on labels dealt anew, and must predict validation no better than "
    "predictions that know nothing."
)
BOTH = (
    f"Two controls ran on validation rows, with seeds of their own. {SHUFFLED_LABELS} Same against same: trained with "
    "other seeds, it must score as with the final ones. Of 100 honest studies they void at most one."
)
ONE = (
    f"One control ran on validation rows, with seeds of its own. {SHUFFLED_LABELS} That of same against same does not "
    "apply: this study has no two groups of seeds to compare. Of 100 honest studies it voids at most one."
)
EXCHANGED = (
    "Implausible scores: validation rows and those held-out rows that were not published as a test set were dealt at "
    "random from the same rows, so that no honest model does better on held-out than chance allows; this fails where "
    "chance would do it less often than a normal variable lies five standard errors out."
)
OF_SCORES = (
    " For implausible scores: held-out accuracy of the variant whose p is least, against its validation accuracy."
)
NO_ROWS = (
    "It does not apply: held-out rows were published as a test set, or validation rows are among those trained on."
)
TOO_FEW = " Where a variant has too few rows, or too few errors, to tell, that is said."
NAMES = {SHUFFLED: "shuffled labels", IMPLAUSIBLE: "implausible scores"}
OUTCOMES = {"clear": ("✓", "good"), "known": ("✓", "open"), "noted": ("?", "open"), "leak": ("✗", "bad")}


def name_of(control: str) -> str:
    """Return a control's name in words."""
    return NAMES.get(control, "same against same")


def warning(analysis: Analysis) -> str:
    """Return what stands at the top of a study whose control failed, empty where none did."""
    rows = {row["control"]: row for row in rows_of(analysis.tables["controls"])}
    said = [reading(rows[control], analysis) for control in failed(analysis.tables["controls"])]
    return f"{' '.join(said)} Every finding is invalid until the cause is found." if said else ""


def reading(row: Row, analysis: Analysis) -> str:
    """Return what a failed control shows, as a sentence."""
    n, p, mean = counted(row["n"], "run"), p_value(row["p"]), percent(row["mean"])
    if row["control"] == IMPLAUSIBLE:
        return (
            f"Implausible: {listed(implausible(analysis.tables['plausibility']))} did better on held-out than chance "
            f"allows by validation, which was drawn from the same rows (the worst {mean} % for "
            f"{percent(row['expected'])} %, {n}, p = {p}). Held-out labels were seen, or rows were not dealt at random."
        )
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
    rows = rows_of(analysis.tables["controls"])
    applying = sum(not is_missing(row["mean"]) for row in rows)
    some = "The control that applies passed." if applying == 1 else "The controls that apply passed."
    passed = "The controls passed." if applying == len(rows) else some
    outcome = Paragraph(warning(analysis) or passed, lead=bool(warning(analysis)))
    compared: tuple[Block, ...] = ()
    if "plausibility" in analysis.tables:
        table = plausibility(analysis)
        compared = (Paragraph(EXCHANGED if table.rows else f"{EXCHANGED} {NO_ROWS}"), *([table] if table.rows else []))
    blocks = (outcome, Paragraph(ran), controls(analysis), picture(analysis), *compared, probes(analysis))
    return Section("Controls and leaks", "controls", blocks)


def plausibility(analysis: Analysis) -> Table:
    """Return one row a variant: held-out accuracy against validation accuracy, on rows dealt alike."""
    rows = []
    for row in rows_of(analysis.tables["plausibility"]):
        rates = (percent(row["held_out"]), percent(row["validation"]), points(row["difference"]))
        mark = Cell("implausible", "✗", "bad") if row["implausible"] else Cell("plausible", "✓", "good")
        mark = mark if row["telling"] else Cell("cannot tell", "?", "open")
        rows.append((*cells(row["variant"], count(row["n"]), count(row["items"]), *rates, p_value(row["p"])), mark))
    caption = (
        "Mean accuracy over n runs on those held-out rows that were drawn from the same rows as validation, and on "
        "validation. p is one-sided and exact, from the hypergeometric distribution; of several runs that of the "
        f"middle one or of the least, corrected, whichever is less.{TOO_FEW}"
    )
    head = ("variant", "n#", "rows#", "held-out, %#", "validation, %#", "difference, points#", "p#", "outcome")
    return Table("plausibility", caption, columns(*head), tuple(rows))


def has_groups(analysis: Analysis) -> bool:
    """Return whether there are two groups of seeds to compare: whether the control of same against same applies."""
    return any(row["control"] == SAME and not is_missing(row["mean"]) for row in rows_of(analysis.tables["controls"]))


def controls(analysis: Analysis) -> Table:
    """Return one row a control."""
    rows = [(*texts(row), outcome(row)) for row in rows_of(analysis.tables["controls"])]
    caption = (
        "Mean validation accuracy of n runs against what is expected: for shuffled labels, the accuracy of predictions "
        "that name the classes as often and know nothing; for the same method with other seeds, the mean of its final "
        f"runs (against). p is that of a permutation test; such a control fails where p ≤ {ALPHA:g}."
        f"{OF_SCORES if 'plausibility' in analysis.tables else ''}"
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
