from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.blocks import Table
from pipeline.science.reporting.checklist import NOT_ANSWERED, checklist, claims, resources, statistics


def test_only_what_the_report_shows_is_answered_and_counted(plain: Analysis) -> None:
    lead, table = checklist(plain).blocks
    assert isinstance(table, Table)
    answered = [row for row in table.rows if row[1].text != NOT_ANSWERED]
    assert f"{len(answered)} of {len(table.rows)} are answered by evidence" in lead.text  # type: ignore[union-attr]
    assert all(row[2].href.startswith("#") for row in answered)
    assert {row[2].text for row in table.rows if row not in answered} == {"—"}


def test_claims_are_said_to_match_only_where_a_plan_was_locked_and_kept(plain: Analysis, exploratory: Analysis) -> None:
    assert claims(plain).answer == "yes: judged by the locked plan"
    assert claims(exploratory).answer == NOT_ANSWERED
    departed = plain.study.model_copy(update={"deviations": ["one", "two"]})
    assert claims(Analysis(departed, plain.tables, 1)).answer == "partly: 2 deviations from the plan"


def test_the_test_that_is_named_is_the_one_that_was_made(
    plain: Analysis, folded: Analysis, exploratory: Analysis
) -> None:
    named = [statistics(analysis)[1].answer for analysis in (plain, folded, exploratory)]
    assert [each.partition(",")[0] for each in named] == [
        "yes: sign-flip", "yes: corrected resampled t", NOT_ANSWERED,
    ]  # fmt: skip


def test_time_and_energy_are_answered_by_nothing(plain: Analysis) -> None:
    given = {item.question: item.answer for item in resources(plain)}
    assert given["Is the kind of processor given?"] == "yes: cpu"
    assert given["Are run time, memory and energy given?"] == NOT_ANSWERED
