from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.claims import claims, deviations, has_claims, outcomes, table, verdicts_of_effects


def test_each_sentence_stands_with_its_verdict_and_what_it_rests_on(factorial: Analysis) -> None:
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in table(factorial).rows}
    judged = factorial.tables["claims"].set_index("claim")
    assert rows["together"][:4] == [
        "supported", "One helps more where two is on.", "effect one_x_two positive", "1 of 1",
    ]  # fmt: skip
    assert rows["beaten"][2:] == ["all of baseline", "0 of 1", judged.loc["beaten", "rests_on"]]
    assert [block.kind for block in claims(factorial).blocks] == ["paragraph", "table"]


def test_in_the_answer_a_claim_says_how_many_contrasts_or_effects_support_it(factorial: Analysis) -> None:
    told = outcomes(factorial)
    assert told.heading == "claims: 1 of 2 stand"
    assert [entry.reading for entry in told.entries] == ["1 of 1 effect supporting", "0 of 1 contrast supporting"]


def test_only_claims_of_effects_add_verdicts_to_those_of_families(factorial: Analysis, plain: Analysis) -> None:
    assert verdicts_of_effects(factorial) == ["supported"]
    assert not has_claims(plain)
    assert verdicts_of_effects(plain) == []


def test_deviations_are_told_or_that_there_are_none_or_no_plan(plain: Analysis, exploratory: Analysis) -> None:
    assert deviations(plain).items == ("The study matches its locked plan: no deviation.",)
    assert deviations(exploratory).items == ("No plan was locked.",)
    departed = plain.study.model_copy(update={"deviations": ["Code was edited."]})
    assert deviations(Analysis(departed, plain.tables, 1)).items == ("Code was edited.",)
