"""The answer, which the report begins with: what stands of what was claimed, and how accurate the full method is."""

import pandas as pd

from pipeline.science.one_claim import claims
from pipeline.science.reporting import claims as stated_claims
from pipeline.science.reporting import (
    one_claim,
    tables,
)
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import (
    Outcome,
    Outcomes,
    Paragraph,
    Section,
)
from pipeline.science.reporting.sampling import reach, sampling
from pipeline.science.reporting.wording import (
    SYMBOLS,
    TONES,
    counted,
    listed,
    number,
    percent,
    percent_interval,
    point_interval,
    points,
)

VERDICTS = ("supported", "not supported", "inconclusive", "invalid")
AFTER_A_LOOK = (
    "Exploratory after a look: no confirmation. Held-out had been read by another configuration or under another plan "
    "(deviations), so these findings were chosen knowing something of it."
)


def answer(analysis: Analysis) -> Section:
    """Return the answer: which claims stand, and how accurate the full method is."""
    if analysis.exploratory:
        lead = (
            f"Nothing is concluded yet. {reading_of_full(analysis)} No plan was locked for this study, so held-out "
            "data were not read and no claim is judged; what follows serves to plan a confirmatory study."
        )
        return Section("Answer", "answer", (Paragraph(lead, lead=True),))
    found = analysis.tables.get("contrasts", pd.DataFrame(columns=["family", "claim", "verdict", "p", "difference"]))
    families = [outcomes(name, found[found["family"] == name]) for name in dict.fromkeys(found["family"])]
    verdicts = [*claims(found)["verdict"], *stated_claims.verdicts_of_effects(analysis)]
    lead = f"{tally(verdicts) if verdicts else 'Nothing is contrasted.'} {reading_of_full(analysis)}"
    if analysis.after_a_look:
        lead = f"{AFTER_A_LOOK} {lead}"
    judged = [stated_claims.outcomes(analysis)] if stated_claims.has_claims(analysis) else []
    return Section("Answer", "answer", (Paragraph(lead, lead=True), *judged, *families))


def tally(verdicts: list[str]) -> str:
    """Return how many claims stand, fall or stay open, as a sentence."""
    if verdicts and set(verdicts) == {"supported"}:
        return f"The claims stated beforehand all stand: {len(verdicts)} of {len(verdicts)} are supported."
    counts = {verdict: verdicts.count(verdict) for verdict in VERDICTS if verdict in verdicts}
    parts = [f"{times} {'is' if times == 1 else 'are'} {verdict}" for verdict, times in counts.items()]
    return f"Of {counted(len(verdicts), 'claim')} stated beforehand, {listed(parts)}."


def reading_of_full(analysis: Analysis) -> str:
    """Return the full method's accuracy with n and interval, as a sentence."""
    variants = analysis.variants
    row = variants[variants["variant"] == "full"].iloc[0]
    split = analysis.split
    interval = percent_interval(row[f"{split}_low"], row[f"{split}_high"])
    each = "up to " if analysis.folds else ""  # of a fold
    items = f" and {each}{analysis.held_out_items:,} items" if analysis.held_out_items else ""
    items = f"{items} each" if items and analysis.folds else items
    unit = sampling(analysis).unit
    over = "" if "variance" in analysis.tables else f" over {unit}s"  # there it is for new values of all streams
    return (
        f"The full method reaches {percent(row[f'{split}_mean'])} % {split.replace('_', '-')} accuracy "
        f"(95 % interval {interval}{over}, n\u00a0=\u00a0{counted(row['n'], unit)}{items})."
    )


def outcomes(family: str, found: pd.DataFrame) -> Outcomes:
    """Return the verdicts of one family, or the one verdict on all its contrasts."""
    if found["claim"].iloc[0] == one_claim.ONE_CLAIM:
        return one_claim.outcome(family, found)
    entries = tuple(
        Outcome(
            f"full against {row['variant']}",
            reading_of_contrast(row),
            row["verdict"],
            SYMBOLS.get(row["verdict"], "?"),
            TONES.get(row["verdict"], "open"),
        )
        for row in tables.rows_of(found)
    )
    supported = sum(entry.verdict == "supported" for entry in entries)
    claimed = found["claim"].iloc[0]
    return Outcomes(f"{family}: {claimed} claimed, {supported} of {len(entries)} supported", entries)


def negligible(row: tables.Row) -> str:
    """Return what a claim of equivalence is judged by: the interval over seeds, and the margin."""
    level = f"{100 * (1 - 2 * row['alpha']):g} %" if "alpha" in row else "90 %"
    interval = point_interval(row["equivalence_low"], row["equivalence_high"])
    of = reach(row) if "folds" in row else "new seeds on these items"
    return f"{level} {interval} for {of}, margin ±{number(100 * row['margin'], 2)}"


def reading_of_contrast(row: tables.Row) -> str:
    """Return a contrast's difference with the intervals that it is judged by, and its n."""
    if row["claim"] == "equivalence":
        return f"{points(row['difference'])} points, {negligible(row)}, n = {row['n']}"
    interval = point_interval(row["population_low"], row["population_high"])
    level = f"{100 * (1 - row['alpha']):g} %" if "alpha" in row else "95 %"
    why = f"; equivalent: {negligible(row)}" if row["finding"] == "equivalent" else ""
    return f"{points(row['difference'])} points, {level} {interval} for {reach(row)}{why}, n = {row['n']}"
