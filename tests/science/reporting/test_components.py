from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.components import claimed, section, table, together
from pipeline.science.reporting.tables import rows_of


def test_each_effect_has_its_finding_both_intervals_p_and_n(factorial: Analysis) -> None:
    rows = {row[0].text: row[1:] for row in table(factorial).rows}
    assert list(rows) == ["one", "two", "one × two"]
    for row in rows_of(factorial.tables["effects"]):
        finding, difference, _, population, n, *_ = rows[row["effect"]]
        assert finding.text == row["finding"]
        assert difference.text.replace("−", "-") == f"{100 * row['difference']:+.2f}"
        assert (
            population.text.replace("−", "-")
            == f"[{100 * row['population_low']:.2f}, {100 * row['population_high']:.2f}]"
        )
        assert n.text == str(row["n"])
    assert rows["one × two"][0].symbol == "▲"


def test_the_section_of_a_factorial_draws_interactions_and_shows_every_look(factorial: Analysis) -> None:
    found = section(factorial)
    assert [getattr(block, "name", "") for block in found.blocks] == [
        "",
        "effects",
        "effects",
        "interactions",
        "effect_looks",
    ]
    assert "Every set of components was trained." in found.blocks[0].text  # type: ignore[union-attr]
    assert not together(factorial)


def test_whether_an_effect_was_claimed_is_said(factorial: Analysis) -> None:
    assert claimed(factorial).startswith("What was claimed of effects beforehand")
    silent = {name: part for name, part in factorial.tables.items() if name != "claims"}
    assert claimed(Analysis(factorial.study, silent, 1)).startswith("No claim was stated of these effects")
