"""The section that shows results beside published numbers."""

from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Bullets, Cell, Paragraph, Section, Table
from pipeline.science.reporting.tables import Row, cells, columns, rows_of
from pipeline.science.reporting.wording import counted, number, p_value, percent, point_interval, points

MARKS = {"replicates": ("✓", "good"), "does not replicate": ("✗", "bad"), "inconclusive": ("?", "open")}


def section(analysis: Analysis) -> Section:
    """Return how many of the published numbers replicate, and each of them."""
    found = analysis.tables["replication"]
    outcomes = list(found["outcome"])
    told = [f"{outcome}: {outcomes.count(outcome)}" for outcome in MARKS if outcome in outcomes]
    lead = f"{counted(len(outcomes), 'published number')} compared; {', '.join(told)}."
    sources = tuple(dict.fromkeys(f"Published numbers: {source}." for source in found["cite"]))
    return Section("Replication", "replication", (Paragraph(lead), table(analysis), Bullets(sources)))


def table(analysis: Analysis) -> Table:
    """Return each published number with ours, their difference, and what it shows."""
    rows = []
    for row in rows_of(analysis.tables["replication"]):
        symbol, tone = MARKS.get(row["outcome"], ("?", "open"))
        rows.append((*cells(row["result"]), Cell(row["outcome"], symbol, tone), *cells(*numbers(row))))
    head = ("result", "outcome", "ours, %#", "published, %#", "difference, points#", "90 % interval#")
    caption = (
        "Mean held-out accuracy over n seeds, or the difference of two, beside the published number. It replicates if "
        "the 90 % t interval of the difference over seeds lies inside ± the tolerance stated beforehand (two one-sided "
        "tests at 5 %), and does not if all of the interval lies outside; each row is judged by itself. What no seed "
        "varies is judged by its difference. How uncertain the published number is, is not known: often it is one run."
    )
    return Table("replication", caption, columns(*head, "tolerance, points#", "p, equivalence#", "n#"), tuple(rows))


def numbers(row: Row) -> tuple[str, ...]:
    """Return the numbers of one comparison."""
    interval = "fixed" if row["fixed"] else point_interval(row["low"], row["high"])
    texts = (percent(row["ours"]), percent(row["published"]), points(row["difference"]), interval)
    return (*texts, f"±{number(100 * row['tolerance'], 2)}", p_value(row["p_equivalence"]), str(row["n"]))
