"""The table of looks: what each contrast showed at every look at held-out that the plan states and that is open."""

from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Table
from pipeline.science.reporting.tables import cells, columns, rows_of
from pipeline.science.reporting.wording import p_value, point_interval, points


def interim(analysis: Analysis) -> Table:
    """Return each contrast at each look, by that look's level."""
    rows = [
        cells(
            f"{row['family']}: {row['variant']}",
            str(row["look"]),
            str(row["n"]),
            f"{row['alpha']:g}",
            points(row["difference"]),
            point_interval(row["population_low"], row["population_high"]),
            p_value(row["p_corrected"]),
            row["finding"],
        )
        for row in rows_of(analysis.tables["looks"])
    ]
    head = ("full against", "look#", "n#", "alpha#", "difference, points#", "1 − alpha, new seeds and items#")
    caption = (
        "Every look that is open, stated beforehand. A family is judged at each by that look's alpha; the finding of "
        "the first look that is not inconclusive stands. The levels of all looks sum to the study's alpha."
    )
    return Table("looks", caption, columns(*head, "corrected p#", "finding"), tuple(rows))
