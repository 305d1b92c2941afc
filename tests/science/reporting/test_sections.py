import pandas as pd

from pipeline.science.control_runs import SAME
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Report
from pipeline.science.reporting.sections import report
from pipeline.stages.report import fragments, markdown_page, page

HOSTILE = "<b>a</b> & c|d_e"


def changed(analysis: Analysis, tables: dict[str, pd.DataFrame] | None = None, **study: object) -> Report:
    """Return the report of an analysis with some of its study's facts, and some tables, set anew."""
    stated = analysis.study.model_copy(update=study)
    return report(Analysis(stated, {**analysis.tables, **(tables or {})}, analysis.held_out_items))


def shown(made: Report) -> tuple[str, str]:
    """Return the page and the Markdown, with an empty drawing for each figure."""
    return page(made, {picture.name: "<svg></svg>" for picture in made.pictures()}), markdown_page(made)


def test_a_failed_control_stands_above_the_answer_on_every_page(plain: Analysis) -> None:
    controls = plain.tables["controls"]
    lost = controls.assign(passed=controls["control"] != SAME, p=0.001)
    for text in shown(changed(plain, {"controls": lost})):
        assert text.index("Every finding is invalid until the cause is found.") < text.index("Answer")
    assert not any("Every finding is invalid" in text for text in shown(changed(plain)))


def test_findings_after_a_look_and_an_exploratory_study_are_labelled_above_the_answer(
    plain: Analysis, exploratory: Analysis
) -> None:
    after = changed(plain, status="exploratory after a look")
    assert after.status == "Exploratory after a look, plan 1d1d1d1d1d1d"
    for text in shown(after):
        assert text.index("no confirmation") < text.index("Answer")
    for text in shown(report(exploratory)):
        assert text.index("Exploratory: not evidence.") < text.index("Answer")
    confirmatory = report(plain)
    assert (confirmatory.status, confirmatory.caution) == ("Confirmatory study, plan 1d1d1d1d1d1d", "")


def test_what_a_study_says_is_shown_and_never_obeyed(plain: Analysis) -> None:
    html, markdown = shown(changed(plain, title=HOSTILE, hypothesis=HOSTILE))
    assert "<b>" not in html + markdown
    assert "&lt;b&gt;a&lt;/b&gt; &amp; c|d_e" in html
    assert r"&lt;b&gt;a&lt;/b&gt; &amp; c\|d\_e" in markdown
    table = plain.tables["contrasts"].assign(family="a & b_c")
    assert r"a \& b\_c" in fragments(changed(plain, {"contrasts": table}))["contrasts"]


def test_a_study_has_the_sections_that_its_tables_show(
    plain: Analysis, exploratory: Analysis, factorial: Analysis, crossed: Analysis
) -> None:
    anchors = {
        name: [part.anchor for part in report(analysis).sections]
        for name, analysis in (
            ("plain", plain), ("exploratory", exploratory), ("factorial", factorial), ("crossed", crossed),
        )
    }  # fmt: skip
    assert [name for name in anchors if "contrasts" in anchors[name]] == ["plain", "factorial"]
    assert {"claims", "effects", "data-efficiency", "replication"} < set(anchors["factorial"])
    assert "variance" in anchors["crossed"]
    assert all(found[0] == "answer" for found in anchors.values())


def test_a_diverged_run_is_told_among_the_notes(plain: Analysis) -> None:
    variants = plain.tables["variants"].assign(diverged=[2, 0, 0, 0])
    notes = next(part for part in changed(plain, {"variants": variants}).sections if part.anchor == "notes")
    assert "Diverged runs, each counted as accuracy 0: full (2 of 6)." in notes.blocks[0].items  # type: ignore[union-attr]
