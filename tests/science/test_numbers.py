import pytest

from pipeline.science.reporting.numbers import drift, numbers_tex

VALUES = {"full.mean": "94.5", "ablation.x.difference": "−1.20", "claim.helps.sentence": "All parts help."}


@pytest.mark.parametrize(
    "text",
    [
        r"It reaches \result{full.mean}\,\%.",
        r"It reaches \quoted{full.mean}{94.5}.",
        r"It loses \quoted{ablation.x.difference}{$-1.20$} points.",
        r"\quoted{claim.helps.sentence}{All  parts help.}",
        r"% \quoted{full.mean}{93.1} was an earlier draft",
        "No number of the study is quoted: 17.",
    ],
)
def test_a_text_that_says_what_the_analysis_says_passes(text: str) -> None:
    assert drift(text, VALUES) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"\quoted{full.mean}{94.6}", "line 1: full.mean is quoted as 94.6, the analysis has 94.5"),
        (r"\quoted{ablation.x.difference}{1.20}", "quoted as 1.20, the analysis has −1.20"),
        ("\n\\result{full.maen}", "line 2: the analysis has no result full.maen"),
        (r"\quoted{claim.helps.sentence}{All parts help a lot.}", "the analysis has All parts help."),
        (r"100\,\% of \quoted{full.mean}{94.6}", "quoted as 94.6"),
    ],
)
def test_a_number_or_a_sentence_that_drifted_is_named_with_its_line(text: str, said: str) -> None:
    (found,) = drift(text, VALUES)
    assert said in found


def test_every_number_is_defined_for_latex() -> None:
    assert r"\expandafter\def\csname result:full.mean\endcsname{94.5}" in numbers_tex(VALUES)
    assert r"\csname result:ablation.x.difference\endcsname{\ensuremath{-}1.20}" in numbers_tex(VALUES)
