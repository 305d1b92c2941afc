"""The section on components: the effect of each by itself and together with others, of a compiled ablation."""

from pipeline.base.effect_claims import CLAIMED
from pipeline.science.figures_effects import DRAWN_ORDERS
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Block, Cell, Paragraph, Picture, Section, Table
from pipeline.science.reporting.interim import effects_at_looks
from pipeline.science.reporting.pictures import small_sample
from pipeline.science.reporting.tables import Row, cells, columns, rows_of
from pipeline.science.reporting.wording import number, p_value, point_interval, points

SYMBOLS = {"positive": "▲", "negative": "▼", "negligible": "≈", "inconclusive": "?", "invalid": "∅"}
READINGS = {
    "factorial": (
        "Every set of components was trained. A main effect is the mean accuracy with the component on, over all "
        "settings of the others, minus that with it off. An interaction of two is by how many points the effect of one "
        "is larger where the other is on; of three, by how much that differs where the third is on."
    ),
    "add_one_in": (
        "Each component was added alone to the method with all of them off. Its effect is the accuracy with it alone "
        "minus that with none. All together: the full method minus none; where the single effects do not sum to it, "
        "components depend on each other, and the factorial design says which."
    ),
}


def section(analysis: Analysis) -> Section:
    """Return effects as table and figure and, of a factorial, the figure of interactions."""
    design = "factorial" if "interactions" in analysis.tables or not together(analysis) else "add_one_in"
    blocks: list[Block] = [Paragraph(READINGS[design]), table(analysis), effects_picture(analysis)]
    if "interactions" in analysis.tables:
        blocks.append(interactions_picture(analysis))
    if "effect_looks" in analysis.tables:
        blocks.append(effects_at_looks(analysis))
    return Section("Effects of components", "effects", tuple(blocks))


def together(analysis: Analysis) -> bool:
    """Tell whether components were added one by one, and all together."""
    return "all together" in set(analysis.tables["effects"]["effect"])


def table(analysis: Analysis) -> Table:
    """Return each effect with both intervals, p and finding."""
    rows, level = [effect_cells(row) for row in rows_of(analysis.tables["effects"])], analysis.levels[0]
    head = (
        "effect",
        "finding",
        "difference, points#",
        f"{level}, new seeds, these items#",
        f"{level}, new seeds and new items#",
    )
    rest = ("n#", "p#", "corrected p#", "detectable, points#")
    caption = (
        "Held-out accuracy in percentage points, one value a seed, over n seeds. The first interval is a t interval "
        "for new seeds on these very items; the second also holds for new items. p is that of the two-sided sign-flip "
        "test, corrected by Holm among effects of the same number of components. A finding is decided as that of a "
        f"contrast is, with the margin of ±{number(100 * analysis.study.margin, 2)} points, but in both directions: "
        "positive or negative where corrected p ≤ alpha and the second interval excludes zero. "
        f"{claimed(analysis)}"
    )
    return Table("effects", caption, columns(*head, *rest), tuple(rows))


def claimed(analysis: Analysis) -> str:
    """Return whether something was claimed of effects beforehand, as a sentence."""
    stated = analysis.tables["claims"]["family"] if "claims" in analysis.tables else ()
    if set(stated) & (set(CLAIMED) - set(analysis.study.families)):
        return "What was claimed of effects beforehand is among the claims; the others have a finding and no verdict."
    return "No claim was stated of these effects, so none has a verdict."


def effect_cells(row: Row) -> tuple[Cell, ...]:
    """Return one effect's cells."""
    return (
        Cell(row["effect"]),
        Cell(row["finding"], SYMBOLS.get(row["finding"], "")),
        *cells(
            points(row["difference"]),
            point_interval(row["low"], row["high"]),
            point_interval(row["population_low"], row["population_high"]),
            str(row["n"]),
            p_value(row["p"]),
            p_value(row["p_corrected"]),
            points(row["minimum_detectable_effect"]).removeprefix("+"),
        ),
    )


def effects_picture(analysis: Analysis) -> Picture:
    """Return the caption of the figure of effects."""
    left_out, level = analysis.tables["effects"]["order"].max() > DRAWN_ORDERS, analysis.levels[0]
    return Picture(
        "effects",
        "Effects of components",
        f"Dot plot, one row an effect, of its value per seed with mean, two {level} intervals and the margin; the "
        "numbers are in the table of effects.",
        "Effects in percentage points of held-out accuracy. Open circles: one seed each. Diamond: their mean. Thick "
        f"bar: {level} t interval for new seeds on these items. Thin bar with ends: {level} interval for new seeds and "
        f"new items. Shaded: the margin. {small_sample(analysis)}."
        + (" Effects of three components and more are in the table alone." if left_out else ""),
    )


def interactions_picture(analysis: Analysis) -> Picture:
    """Return the caption of the figure of interactions."""
    return Picture(
        "interactions",
        "Interactions of two components",
        "Line plots, one panel a pair of components: mean accuracy with the first off and on, a line for the second "
        "off and one for it on; the differences of differences are in the table of effects.",
        "Held-out accuracy with one component off and on: solid where the other is on, dashed where it is off, each a "
        "mean over all settings of the remaining components. Parallel lines: the two add up. Bars: 95 % t interval of "
        f"the mean over seeds, on these items; the lines of a panel share seeds, so that bars which overlap do not "
        f"say that two points are alike. {small_sample(analysis)}. All panels share the vertical axis.",
    )
