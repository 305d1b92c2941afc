"""The claims of a study as its valid results judge them, beside what was recorded of them."""

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.io.files import read_json
from pipeline.io.manifest import readable_manifest
from pipeline.workflow import Workflow

METRICS = Path("results/metrics.json")
CONTRASTS = Path("results/tables/contrasts.csv")
STANDS, OPEN, UNJUDGED = "supported", "inconclusive", "not judged"
Claims = dict[str, dict[str, Any]]


def claims_here(workflow: Workflow, artefacts: Mapping[str, Mapping[str, str]]) -> Claims:
    """Return {claim: sentence, verdict, what the record says} of a study; none judged where results are not valid."""
    valid = artefacts.get("results", {}).get("state") == "valid"
    judged = read_json(METRICS).get("claims", {}) if valid else {}
    recorded = (readable_manifest() or {}).get("conclusions", {}).get("metrics", {}).get("claims", {})
    return {
        name: {"sentence": claim.sentence, "verdict": judged.get(name, UNJUDGED), "recorded": recorded.get(name)}
        for name, claim in (workflow.study.study.claims or {}).items()
    }


def contrasts_here(artefacts: Mapping[str, Mapping[str, str]]) -> dict[str, int]:
    """Return {verdict: how many contrasts} of valid results; empty where none were judged."""
    if artefacts.get("results", {}).get("state") != "valid" or not CONTRASTS.is_file():
        return {}
    with CONTRASTS.open(encoding="utf-8", newline="") as file:
        return dict(sorted(Counter(row["verdict"] for row in csv.DictReader(file)).items()))


def fallen(claims: Claims) -> list[str]:
    """Return the claims that fell: the opposite was found, it cannot be judged, or it stood in the record."""
    return [name for name, claim in claims.items() if has_fallen(claim)]


def has_fallen(claim: Mapping[str, Any]) -> bool:
    """Tell whether a claim is judged and falls; one that is inconclusive falls only where it stood in the record."""
    if claim["verdict"] in (STANDS, UNJUDGED):
        return False
    return bool(claim["verdict"] != OPEN or claim["recorded"] == STANDS)


def told_of_claims(claims: Claims) -> list[str]:
    """Return a line for each claim, with what the record says where it says otherwise."""
    lines = []
    for name, claim in claims.items():
        before = claim["recorded"] if claim["recorded"] not in (None, claim["verdict"]) else None
        mark = "fell, it is " if has_fallen(claim) else ""
        said = f" (recorded as {before})" if before else ""
        lines.append(f"claim {name}: {mark}{claim['verdict']}{said}: “{claim['sentence']}”")
    return lines
