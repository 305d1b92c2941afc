"""The claims of a study in a report: each sentence with its verdict and what it rests on."""

from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Bullets, Cell, Outcome, Outcomes, Paragraph, Section, Table
from pipeline.science.reporting.tables import cells, columns, rows_of
from pipeline.science.reporting.wording import SYMBOLS, TONES

REQUIRES = {"all": "all of {family}", "any": "any of {family}"}


def has_claims(analysis: Analysis) -> bool:
    """Tell whether the study's claims are judged."""
    return "claims" in analysis.tables


def claims(analysis: Analysis) -> Section:
    """Return the section of claims."""
    text = "What the study says in words, judged by the contrasts that each sentence was stated to rest on."
    return Section("Claims", "claims", (Paragraph(text), table(analysis)))


def table(analysis: Analysis) -> Table:
    """Return each claim with its verdict."""
    rows = [
        (
            Cell(row["claim"]),
            Cell(row["verdict"], SYMBOLS.get(row["verdict"], "?"), TONES.get(row["verdict"], "open")),
            *cells(
                row["sentence"],
                REQUIRES.get(row["requires"], f"{row['requires']} of {{family}}").format(family=row["family"]),
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
    head = ("claim", "verdict", "sentence", "needs", "supporting#", "contrasts")
    return Table("claims", caption, columns(*head), tuple(rows))


def outcomes(analysis: Analysis) -> Outcomes:
    """Return the verdicts of all claims, for the answer."""
    entries = tuple(
        Outcome(
            row["sentence"],
            f"{row['supporting']} of {row['contrasts']} contrasts support it",
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
