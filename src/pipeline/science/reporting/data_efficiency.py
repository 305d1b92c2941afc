"""The section on data efficiency: accuracy against the number of training rows."""

from pipeline.science.reporting.analysis import Analysis, with_validation_interval
from pipeline.science.reporting.blocks import Picture, Section, Table
from pipeline.science.reporting.pictures import small_sample
from pipeline.science.reporting.tables import cells, columns, replicates, rows_of
from pipeline.science.reporting.wording import count, percent, percent_interval


def section(analysis: Analysis) -> Section:
    """Return accuracy against training rows, as table and figure."""
    return Section("Data efficiency", "data-efficiency", (table(analysis), picture(analysis)))


def table(analysis: Analysis) -> Table:
    """Return each method's accuracy at each number of training rows, with n and interval."""
    split = analysis.split
    rows = [
        cells(
            row["method"],
            count(row["training_rows"]),
            percent(row[f"{split}_mean"]),
            percent_interval(row[f"{split}_low"], row[f"{split}_high"]),
            replicates(row),
            percent(row[f"{split}_sd"]),
            row["variant"],
        )
        for row in rows_of(with_validation_interval(analysis.tables["data_efficiency"]))
    ]
    shown = split.replace("_", "-")
    head = ("method", "training rows#", f"{shown} accuracy, %#", "95 % interval, new seeds#", "n#", "sd, points#")
    caption = (
        "Training sets are nested: a smaller one is the beginning of every larger one, in the order in which rows were "
        "drawn. The intervals are t intervals over seeds, for these rows and items; another draw of training rows "
        "would move the curves by more, the most where rows are few. Steps and batch size are as stated, so that "
        "few rows are seen more often."
    )
    return Table("data_efficiency", caption, columns(*head, "variant"), tuple(rows))


def picture(analysis: Analysis) -> Picture:
    """Return the caption of the figure of accuracy against training rows."""
    shown = analysis.split.replace("_", "-")
    return Picture(
        "data_efficiency",
        f"{shown.capitalize()} accuracy against training rows",
        f"Line plot, one line a method, of {shown} accuracy against the number of training rows on a log axis; the "
        "numbers are in the table of data efficiency.",
        f"{shown.capitalize()} accuracy against the number of training rows, nested sets. Bars: 95 % t interval over "
        f"seeds; none where a method ignores the seed. {small_sample(analysis)}.",
    )
