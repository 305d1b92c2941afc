"""Families whose contrasts make one claim together: the full method is superior to every member."""

import pandas as pd

from pipeline.science.verdicts import Claim, Finding, judge_as_one


def makes_one_claim(contrasts: pd.DataFrame) -> "pd.Series[bool]":
    """Return which contrasts are part of a claim over all members of their family."""
    return contrasts["claim"] == Claim.SUPERIORITY_TO_EVERY


def judged_as_one(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Return contrasts in which those that make one claim together all carry its verdict, whatever each one found."""
    judged = contrasts.copy()
    for _, members in judged[makes_one_claim(judged)].groupby("family"):
        verdict = judge_as_one([Finding(finding) for finding in members["finding"]])
        judged.loc[members.index, "verdict"] = str(verdict)
    return judged


def claims(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Return one row a claim: of the contrasts that make one claim together, the one of the largest p.

    Among equal p it is the one of the least difference.
    """
    together = makes_one_claim(contrasts)
    weakest = contrasts[together].sort_values(["p", "difference"], ascending=[False, True], kind="stable")
    kept = {*contrasts.index[~together], *weakest.drop_duplicates("family").index}
    return contrasts.loc[sorted(kept)]
