"""How a claim over all members of a family is told: one verdict, and the contrast that it hangs on."""

import pandas as pd

from pipeline.science.one_claim import claims
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Outcome, Outcomes
from pipeline.science.reporting.sampling import reach
from pipeline.science.reporting.tables import rows_of
from pipeline.science.reporting.wording import SYMBOLS, TONES, listed, p_value, point_interval, points

ONE_CLAIM = "superiority_to_every"


def outcome(family: str, found: pd.DataFrame) -> Outcomes:
    """Return the verdict of the claim that all contrasts of a family make together, and the weakest of them."""
    row = rows_of(claims(found))[0]
    better, verdict = int((found["finding"] == "better").sum()), row["verdict"]
    interval = point_interval(row["population_low"], row["population_high"])
    reading = (
        f"better than {better} of {len(found)}; weakest against {row['variant']}: {points(row['difference'])} points, "
        f"95 % {interval} for {reach(row)}, n = {row['n']}, p = {p_value(row['p'])}"
    )
    subject = f"full against every one of {len(found)}"
    entry = Outcome(subject, reading, verdict, SYMBOLS.get(verdict, "?"), TONES.get(verdict, "open"))
    return Outcomes(f"{family}: superiority to every member claimed, as one claim: {verdict}", (entry,))


def level(analysis: Analysis) -> str:
    """Return what the level of the study is the level of."""
    ones = [name for name, family in analysis.study.families.items() if family.claim == ONE_CLAIM]
    corrected = "corrected within a family"
    return f"{corrected}; for the one claim of {listed(ones)}, of each contrast" if ones else corrected
