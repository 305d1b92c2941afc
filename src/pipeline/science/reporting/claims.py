"""The claims of a study in a report: each sentence with its verdict and what it rests on."""

from pipeline.base.effect_claims import CLAIMED
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Bullets, Cell, Outcome, Outcomes, Paragraph, Section, Table
from pipeline.science.reporting.tables import Row, cells, columns, rows_of
from pipeline.science.reporting.wording import SYMBOLS, TONES, counted

REQUIRES = {"all": "all of {family}", "any": "any of {family}"}


def has_claims(analysis: Analysis) -> bool:
    """Tell whether the study's claims are judged."""
    return "claims" in analysis.tables


def claims(analysis: Analysis) -> Section:
    """Return the section of claims."""
    text = "What the study says in words, judged by the contrasts or effects that each sentence was stated to rest on."
    return Section("Claims", "claims", (Paragraph(text), table(analysis)))


def of_effect(row: Row, analysis: Analysis) -> bool:
    """Tell whether a claim rests on an effect of components; a family of contrasts under that name comes first."""
    return row["family"] in CLAIMED and row["family"] not in analysis.study.families


def verdicts_of_effects(analysis: Analysis) -> list[str]:
    """Return the verdict of each claim that rests on an effect: the contrasts of families say nothing of these."""
    if not has_claims(analysis):
        return []
    return [str(row["verdict"]) for row in rows_of(analysis.tables["claims"]) if of_effect(row, analysis)]


def needs(row: Row, effect: bool) -> str:
    """Return what must be found for a claim to stand."""
    if effect:
        return f"effect {row['requires']} {CLAIMED[row['family']]}"
    return REQUIRES.get(row["requires"], f"{row['requires']} of {{family}}").format(family=row["family"])


def table(analysis: Analysis) -> Table:
    """Return each claim with its verdict."""
    rows = [
        (
            Cell(row["claim"]),
            Cell(row["verdict"], SYMBOLS.get(row["verdict"], "?"), TONES.get(row["verdict"], "open")),
            *cells(
                row["sentence"],
                needs(row, of_effect(row, analysis)),
                f"{row['supporting']} of {row['contrasts']}",
                row["rests_on"],
            ),
        )
        for row in rows_of(analysis.tables["claims"])
    ]
    caption = (
        "A claim that needs all contrasts of a family is an intersection-union test: each at alpha, uncorrected. Any "
        "other reads corrected p values."
    )
    head = ("claim", "verdict", "sentence", "needs", "supporting#", "rests on")
    return Table("claims", caption, columns(*head), tuple(rows))


def noun(row: Row, analysis: Analysis) -> str:
    """Return what a claim rests on, in a word."""
    return "effect" if of_effect(row, analysis) else "contrast"


def outcomes(analysis: Analysis) -> Outcomes:
    """Return the verdicts of all claims, for the answer."""
    entries = tuple(
        Outcome(
            row["sentence"],
            f"{row['supporting']} of {counted(row['contrasts'], noun(row, analysis))} supporting",
            row["verdict"],
            SYMBOLS.get(row["verdict"], "?"),
            TONES.get(row["verdict"], "open"),
        )
        for row in rows_of(analysis.tables["claims"])
    )
    standing = sum(entry.verdict == "supported" for entry in entries)
    return Outcomes(f"claims: {standing} of {len(entries)} stand", entries)


def deviations(analysis: Analysis) -> Bullets:
    """Return the deviations from the plan, or that there is none."""
    if analysis.exploratory:
        return Bullets(("No plan was locked.",))
    return Bullets(tuple(analysis.study.deviations) or ("The study matches its locked plan: no deviation.",))
