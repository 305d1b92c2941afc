"""Tables of looks: what each contrast or effect showed at every look at held-out that is stated and open."""

from collections.abc import Callable

from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Table
from pipeline.science.reporting.tables import Row, cells, columns, rows_of
from pipeline.science.reporting.wording import p_value, point_interval, points


def interim(analysis: Analysis) -> Table:
    """Return each contrast at each look, by that look's level."""
    caption = (
        "Every look that is open, stated beforehand. A family is judged at each by that look's alpha; the finding of "
        "the first look that is not inconclusive stands. The levels of all looks sum to the study's alpha."
    )
    return at_looks(analysis, "looks", "full against", lambda row: f"{row['family']}: {row['variant']}", caption)


def effects_at_looks(analysis: Analysis) -> Table:
    """Return each effect of components at each look, by that look's level."""
    caption = (
        "Every look that is open, stated beforehand. Effects of as many components are judged at each by that look's "
        "alpha; the finding of the first look that is not inconclusive stands."
    )
    return at_looks(analysis, "effect_looks", "effect", lambda row: str(row["effect"]), caption)


def at_looks(analysis: Analysis, name: str, subject: str, named: Callable[[Row], str], caption: str) -> Table:
    """Return a table of what each look showed; `named` tells of what a row speaks."""
    rows = [
        cells(
            named(row),
            str(row["look"]),
            str(row["n"]),
            f"{row['alpha']:g}",
            points(row["difference"]),
            point_interval(row["population_low"], row["population_high"]),
            p_value(row["p_corrected"]),
            row["finding"],
        )
        for row in rows_of(analysis.tables[name])
    ]
    head = (subject, "look#", "n#", "alpha#", "difference, points#", "1 − alpha, new seeds and items#")
    return Table(name, caption, columns(*head, "corrected p#", "finding"), tuple(rows))
