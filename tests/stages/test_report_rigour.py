from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.stages.rendered import HELD_CONSTANT, HYPOTHESIS
from tests.stages.synthetic_analysis import write_analysis

from pipeline.io.files import read_json, read_parquet, write_json, write_parquet
from pipeline.science.claims import COLUMNS
from pipeline.science.reporting.blocks import Bullets, Paragraph, Report, Table
from pipeline.science.reporting.numbers import drift, numbers
from pipeline.science.reporting.sections import report
from pipeline.stages.report import fragments, markdown_page, page, read_analysis

DEVIATION = "Code was edited after a look."
CLAIM = ("helps", "Each part helps.", "ablation", "all", 4, 3, "not supported", "minus_attention: not supported")


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_analysis(tmp_path_factory.mktemp("analysis"))


def reported(folder: Path, tables: dict[str, pd.DataFrame] | None = None, **stated: Any) -> Report:
    """Return the report of an analysis with some of its study's facts set anew, and further tables."""
    before = read_json(folder / "study.json")
    write_json(folder / "study.json", {**before, **stated})
    for name, table in (tables or {}).items():
        write_parquet(folder / "tables" / f"{name}.parquet", table)
    try:
        return report(read_analysis(folder))
    finally:
        write_json(folder / "study.json", before)
        for name in tables or {}:
            (folder / "tables" / f"{name}.parquet").unlink()


def section(content: Report, anchor: str) -> Any:
    """Return a section's blocks."""
    return next(part.blocks for part in content.sections if part.anchor == anchor)


def figures(content: Report) -> dict[str, str]:
    """Return an empty drawing for each figure."""
    return {picture.name: "<svg xmlns='http://www.w3.org/2000/svg'></svg>" for picture in content.pictures()}


def test_findings_after_a_look_are_labelled_on_the_page_and_in_the_answer(analysis: Path) -> None:
    content = reported(analysis, status="exploratory after a look", deviations=[DEVIATION])
    assert content.status.startswith("Exploratory after a look, plan ")
    assert "no confirmation" in page(content, figures(content)).split("<main>")[0]
    assert "no confirmation" in markdown_page(content).split("## ")[0]
    lead = section(content, "answer")[0]
    assert isinstance(lead, Paragraph)
    assert lead.text.startswith("Exploratory after a look: no confirmation.")
    (notes,) = section(content, "notes")
    assert isinstance(notes, Bullets)
    assert notes.items[0] == DEVIATION


def test_the_hypothesis_is_quoted_as_it_was_stated_whatever_the_measure(odd: Path) -> None:
    told = (odd / "report.md").read_text()
    assert HYPOTHESIS in told
    assert HELD_CONSTANT in told
    assert "held-out macro F1, %" in told


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"name": "table_file", "source": "data/source/trees.csv"}, "One data set, data/source/trees.csv, and"),
        ({"name": "fashion_mnist", "source": "data/source"}, "One data set, fashion_mnist, and"),
    ],
)
def test_limits_name_the_data_and_not_how_they_are_read(analysis: Path, stated: dict[str, str], said: str) -> None:
    (limits,) = section(reported(analysis, data=stated), "limits")
    assert limits.items[0].startswith(said)


def test_the_answer_says_what_its_interval_is_over(analysis: Path) -> None:
    assert "] over seeds, n\u00a0=\u00a010 seeds and " in section(reported(analysis), "answer")[0].text


def test_how_to_rebuild_holds_for_a_study_beside_the_default_one(analysis: Path) -> None:
    text, commands, _ = section(reported(analysis), "rebuild")
    assert "folder of the study" in text.text
    assert not [said for _, said in commands.commands if "default study" in said]


def test_without_deviations_the_report_says_so_and_carries_no_caution(analysis: Path) -> None:
    content = reported(analysis)
    assert content.caution == ""
    assert section(content, "notes")[0].items[0] == "The study matches its locked plan: no deviation."


def test_a_checklist_answers_by_evidence_alone(analysis: Path) -> None:
    content = reported(analysis)
    table = section(content, "checklist")[1]
    assert isinstance(table, Table)
    anchors = {part.anchor for part in content.sections}
    for _, answer, evidence in table.rows:
        assert (answer.text == "not answered") == (evidence.href == "")
        assert evidence.href == "" or evidence.href.removeprefix("#") in anchors
    answers = {question.text: answer.text for question, answer, _ in table.rows}
    assert answers["Do the claims match the results, and were they stated beforehand?"].startswith("yes")
    assert answers["Are code and data openly accessible?"] == "not answered"


def test_a_checklist_does_not_answer_what_an_exploratory_study_cannot_show(tmp_path: Path) -> None:
    content = report(read_analysis(write_analysis(tmp_path, "exploratory")))
    answers = {row[0].text: row[1].text for row in section(content, "checklist")[1].rows}
    assert answers["Do the claims match the results, and were they stated beforehand?"] == "not answered"
    assert answers["Are differences tested, and the tests named?"] == "not answered"


def test_deviations_show_in_the_checklist(analysis: Path) -> None:
    content = reported(analysis, status="exploratory after a look", deviations=[DEVIATION])
    answer = section(content, "checklist")[1].rows[0][1].text
    assert answer == "partly: 1 deviation from the plan"


def test_a_claim_that_fell_is_in_the_answer_the_section_and_the_latex(analysis: Path) -> None:
    content = reported(analysis, {"claims": pd.DataFrame([CLAIM], columns=COLUMNS)})
    judged = section(content, "answer")[1]
    assert (judged.heading, judged.entries[0].verdict) == ("claims: 0 of 1 stand", "not supported")
    assert "Each part helps." in fragments(content)["claims"]
    assert "not supported" in fragments(content)["claims"]
    assert "claims" not in fragments(reported(analysis))


def test_each_number_of_the_tables_can_be_quoted_and_a_changed_analysis_makes_the_text_drift(analysis: Path) -> None:
    found = read_analysis(analysis)
    values = numbers(found)
    text = "\n".join(rf"\quoted{{{name}}}{{{value}}}" for name, value in values.items())
    assert drift(text, values) == []
    row = found.tables["contrasts"].index[0]
    found.tables["contrasts"].loc[row, "difference"] += 0.001
    name = f"{found.tables['contrasts'].loc[row, 'family']}.{found.tables['contrasts'].loc[row, 'variant']}.difference"
    (said,) = drift(text, numbers(found))
    assert name in said


FOLDED = {"resampling": {"folds": 5, "repeats": 2}, "train": 500, "validation": 300, "held_out": 4500}


@pytest.fixture(scope="module")
def folded(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = write_analysis(tmp_path_factory.mktemp("folds"), data={"name": "fair", **FOLDED})
    for name in ("controls", "control_runs"):
        path = folder / "tables" / f"{name}.parquet"
        table = read_parquet(path)
        same = table["control"] == "control_same_vs_same"
        if name == "controls":
            table = table.assign(
                **{column: table[column].mask(same) for column in ("mean", "sd", "expected", "difference")}
            )
            table.loc[same, ["n", "against", "p"]] = 0, 0, 1.0
        else:
            table = table[~same]
        write_parquet(path, table)
    return report(read_analysis(folder))


def test_over_folds_the_checklist_names_the_test_that_was_made(analysis: Path, folded: Report) -> None:
    question = "Are differences tested, and the tests named?"
    for content, named in ((reported(analysis), "sign-flip"), (folded, "corrected resampled t")):
        answers = {row[0].text: row[1].text for row in section(content, "checklist")[1].rows}
        assert answers[question] == f"yes: {named}, with the correction that the rule states"


def test_a_study_that_contrasts_nothing_does_not_say_that_it_tested(tmp_path: Path) -> None:
    folder = write_analysis(tmp_path, families={})
    for name in ("contrasts", "differences"):
        (folder / "tables" / f"{name}.parquet").unlink()
    answers = {row[0].text: row[1].text for row in section(report(read_analysis(folder)), "checklist")[1].rows}
    assert answers["Are differences tested, and the tests named?"] == "not answered"


def test_over_folds_the_data_say_on_how_many_rows_a_run_is_trained_and_what_was_opened(folded: Report) -> None:
    text = section(folded, "data")[0].text
    assert "a final run is trained on 3,600 of them and evaluated on 900" in text
    assert "Held-out rows were opened by one step only" not in text
    assert "goes to evaluate alone" in section(folded, "rebuild")[2].caption
    assert "Held-out rows come from prepare" not in section(folded, "rebuild")[2].caption
    assert "Each fold was probed alike" in section(folded, "controls")[-1].caption


def test_a_control_that_does_not_apply_has_not_run_and_has_no_p(analysis: Path, folded: Report) -> None:
    outcome, ran, table, picture, *_ = section(folded, "controls")
    assert outcome.text == "The controls that apply passed."
    assert ran.text.startswith("One control ran")
    assert {cell.text for cell in table.rows[1][2:8]} == {"—"}
    assert "final runs" not in picture.caption
    assert section(reported(analysis), "controls")[1].text.startswith("Two controls ran")


def test_captions_name_the_figure_they_refer_to_and_claim_nothing_of_what_is_not_drawn(analysis: Path) -> None:
    _, pareto, costs = section(reported(analysis), "costs")
    assert "no other one that is drawn is both as cheap and as accurate" in pareto.caption
    for caption in (pareto.caption, costs.caption):
        assert "means and intervals as in the figure of results" in caption
        assert " there" not in caption


def test_a_claim_refuted_by_equivalence_shows_the_interval_that_refutes_it(tmp_path: Path) -> None:
    folder = write_analysis(tmp_path)
    path = folder / "tables" / "contrasts.parquet"
    table = read_parquet(path)
    row = table.index[table["claim"] == "superiority"][0]
    table.loc[row, ["finding", "verdict"]] = "equivalent", "not supported"
    table.loc[row, ["equivalence_low", "equivalence_high"]] = -0.0012, 0.0034
    write_parquet(path, table)
    entries = [entry for block in section(report(read_analysis(folder)), "answer")[1:] for entry in block.entries]
    (said,) = [
        entry.reading for entry in entries if entry.verdict == "not supported" and "[−0.12, 0.34]" in entry.reading
    ]
    assert "; equivalent: 90 % [−0.12, 0.34] for new seeds on these items, margin ±" in said
