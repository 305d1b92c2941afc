from typing import Any

import pandas as pd

from pipeline.science.one_claim import claims, judged_as_one, makes_one_claim


def contrast(family: str, variant: str, finding: str, p: float, difference: float = 0.1) -> dict[str, Any]:
    claim = "superiority_to_every" if family.startswith("every") else "superiority"
    verdict = {"better": "supported", "worse": "not supported"}.get(finding, finding)
    return {
        "family": family, "claim": claim, "variant": variant, "finding": finding, "verdict": verdict, "p": p,
        "difference": difference,
    }  # fmt: skip


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def test_contrasts_that_make_one_claim_all_carry_its_verdict() -> None:
    found = table(
        contrast("every", "a", "better", 0.01), contrast("single", "a", "better", 0.01),
        contrast("every", "b", "inconclusive", 0.2), contrast("every_other", "a", "better", 0.01),
    )  # fmt: skip
    assert list(makes_one_claim(found)) == [True, False, True, True]
    assert list(judged_as_one(found)["verdict"]) == ["inconclusive", "supported", "inconclusive", "supported"]
    assert list(found["verdict"]) == ["supported", "supported", "inconclusive", "supported"]  # the argument is kept


def test_one_contrast_that_fell_or_is_invalid_takes_the_claim_down() -> None:
    for finding, verdict in (("worse", "not supported"), ("equivalent", "not supported"), ("invalid", "invalid")):
        found = judged_as_one(table(contrast("every", "a", "better", 0.01), contrast("every", "b", finding, 0.01)))
        assert set(found["verdict"]) == {verdict}


def test_one_claim_is_told_by_its_weakest_contrast() -> None:
    rows = [contrast("every", name, "better", p, lead) for name, p, lead in (("a", 0.01, 0.1), ("b", 0.03, 0.3),
                                                                            ("c", 0.03, 0.2))]  # fmt: skip
    kept = claims(table(contrast("single", "a", "better", 0.01), *rows, contrast("single", "b", "better", 0.02)))
    assert list(zip(kept["family"], kept["variant"], strict=True)) == [("single", "a"), ("every", "c"), ("single", "b")]
