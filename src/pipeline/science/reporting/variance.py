"""The section that shows where the variance of the score comes from."""

from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Paragraph, Picture, Section, Table
from pipeline.science.reporting.tables import cells, columns, rows_of
from pipeline.science.reporting.wording import MISSING, is_missing, listed, number, percent, points

REFERENCE = "Bouthillier et al. (2021, Accounting for variance in machine learning benchmarks, MLSys)"


def section(analysis: Analysis) -> Section:
    """Return how much each named stream of randomness moves the score, alone and together."""
    return Section(
        "Sources of variance", "variance", (Paragraph(reading(analysis)), picture(analysis), table(analysis))
    )


def reading(analysis: Analysis) -> str:
    """Return what the streams of the full method give, the largest first, as sentences."""
    mine = [row for row in rows_of(analysis.tables["variance"]) if row["variant"] == "full"]
    streams = sorted((row for row in mine if row["order"] == 1), key=lambda row: -row["sd_alone"])
    joint = next(row for row in mine if row["order"] == 0)
    alone = listed([f"{row['source']} {spread(row['sd_alone'])}" for row in streams])
    mixed = sum(row["share"] for row in mine if row["order"] > 1)
    return (
        f"All streams together move {joint['split'].replace('_', '-')} accuracy of the full method by an sd of "
        f"{spread(joint['sd'])} points. Varied alone, all others held, they give, in points: {alone}. Interactions of "
        f"streams are {percent(mixed)} % of the variance. {REFERENCE} recommend to vary all sources: a study that "
        "varies one alone sees only that one's part."
    )


def spread(sd: float) -> str:
    """Return a standard deviation in points, without a sign."""
    return points(sd).removeprefix("+")


def ends(low: float, high: float) -> str:
    """Return an interval of standard deviations in points."""
    return MISSING if is_missing(low) or is_missing(high) else f"[{number(100 * low, 2)}, {number(100 * high, 2)}]"


def table(analysis: Analysis) -> Table:
    """Return every component with its interval and share, and what each stream gives alone."""
    rows = [
        cells(
            row["source"],
            row["variant"],
            spread(row["sd"]),
            ends(row["sd_low"], row["sd_high"]),
            percent(row["share"]),
            spread(row["sd_alone"]),
            ends(row["alone_low"], row["alone_high"]),
            str(row["freedom"]),
        )
        for row in rows_of(analysis.tables["variance"])
    ]
    head = ("source", "variant", "sd it adds, points#", "95 % interval#", "share of variance, %#")
    caption = (
        "Components of variance of a crossed random-effects design with one run a cell. A source adds what no smaller "
        "group of its streams does; × marks an interaction, that of all streams being what is left. Alone: the sd when "
        "only this stream varies, its interactions with the held ones included. Estimates below zero are set to zero; "
        "intervals are generalised confidence intervals under normal effects, wide where degrees of freedom are few."
    )
    return Table("variance", caption, columns(*head, "sd alone, points#", "95 % interval#", "df#"), tuple(rows))


def picture(analysis: Analysis) -> Picture:
    """Return the caption of the figure of sources of variance."""
    shown = analysis.tables["variance"]["split"].iloc[0].replace("_", "-")
    return Picture(
        "variance",
        "Where the variance comes from",
        f"Dot plot, one row a source of randomness, of the sd that it adds to {shown} accuracy, and its 95 % interval; "
        "the numbers are in the table of sources.",
        f"Standard deviation of {shown} accuracy of the full method, in percentage points, by source. Circle: what the "
        "source adds by itself. Square: what a stream gives alone with all others held. Bar: 95 % interval of what it "
        "adds. At the right, the sd and the share of the variance.",
    )
