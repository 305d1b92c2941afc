"""Sections that a study has where it states more: looks, sizes of training sets, published numbers, crossed streams."""

import pandas as pd
import pytest

from pipeline.science.figures_controls import controls as controls_figure
from pipeline.science.figures_variance import sources
from pipeline.science.reporting import data_efficiency, interim, one_claim, replication, search_tables, variance
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.pictures import accuracy, costs, differences, small_sample
from pipeline.science.reporting.sampling import FOLDS, SEEDS, dealt, reach, sampling
from pipeline.science.reporting.sizes import size_cells
from pipeline.science.reporting.tables import contrasts, results, rows_of, sensitivity, settings_text


def texts(rows: tuple[tuple[object, ...], ...]) -> list[list[str]]:
    return [[cell.text for cell in row] for row in rows]  # type: ignore[attr-defined]


def test_every_look_is_shown_with_its_own_level_and_seeds(factorial: Analysis) -> None:
    rows = texts(interim.interim(factorial).rows)
    assert {(row[1], row[2], row[3]) for row in rows} == {("1", "7", "0.04"), ("2", "9", "0.01")}
    assert len(rows) == 2 * 4  # three subsets and the baseline
    assert [row[0] for row in texts(interim.effects_at_looks(factorial).rows)] == ["one", "two", "one × two"] * 2


def test_a_claim_over_all_members_is_told_by_its_weakest_contrast(factorial: Analysis) -> None:
    found = factorial.tables["contrasts"]
    subsets = found[found["family"] == "subsets"]
    told = one_claim.outcome("subsets", subsets)
    weakest = subsets.sort_values(["p", "difference"], ascending=[False, True]).iloc[0]
    better = (subsets["finding"] == "better").sum()
    assert f"better than {better} of 3; weakest against {weakest['variant']}: " in told.entries[0].reading
    assert told.heading == f"subsets: superiority to every member claimed, as one claim: {weakest['verdict']}"
    assert one_claim.level(factorial) == "corrected within a family; for the one claim of subsets, of each contrast"


def test_accuracy_at_each_number_of_training_rows_is_in_order(factorial: Analysis) -> None:
    rows = texts(data_efficiency.table(factorial).rows)
    assert [(row[0], row[1]) for row in rows] == [
        ("full", "20"), ("full", "80"), ("nearest_neighbours", "20"), ("nearest_neighbours", "80"),
    ]  # fmt: skip
    assert [row[4] for row in rows] == ["9", "9", "1, fixed", "1, fixed"]
    assert rows[3][3] == "—"


def test_published_numbers_are_counted_by_what_became_of_them(factorial: Analysis) -> None:
    found = factorial.tables["replication"].set_index("result")["outcome"]
    lead, table, cited = replication.section(factorial).blocks
    told = [f"{outcome}: {(found == outcome).sum()}" for outcome in replication.MARKS if (found == outcome).any()]
    assert lead.text == f"2 published numbers compared; {', '.join(told)}."  # type: ignore[union-attr]
    assert [row[1].symbol for row in table.rows] == [replication.MARKS[each][0] for each in found]  # type: ignore[union-attr]
    assert cited.items == ("Published numbers: A (2020).", "Published numbers: B (2021).")  # type: ignore[union-attr]
    assert found["theirs"] == "does not replicate"


def test_sources_of_variance_are_told_largest_first_and_drawn_all_together_first(crossed: Analysis) -> None:
    rows = {row["source"]: row for row in rows_of(crossed.tables["variance"]) if row["variant"] == "full"}
    said = variance.reading(crossed)
    alone = sorted(("initialisation", "order"), key=lambda name: -rows[name]["sd_alone"])
    assert said.index(f"{alone[0]} {100 * rows[alone[0]]['sd_alone']:.2f}") < said.index(
        f"{alone[1]} {100 * rows[alone[1]]['sd_alone']:.2f}"
    )
    assert texts(variance.table(crossed).rows)[-1][0] == "all together"
    assert "held-out accuracy" in variance.picture(crossed).caption
    labels = [text.get_text() for axes in sources(crossed.tables["variance"]).axes for text in axes.texts]
    named = [label for label in labels if label in rows]
    assert named[0] == "all together"
    assert set(named) == set(rows)


def test_the_figure_of_controls_has_a_panel_only_for_those_that_apply(plain: Analysis, folded: Analysis) -> None:
    for analysis, panels in ((plain, 2), (folded, 1)):
        figure = controls_figure(analysis.tables["controls"], analysis.tables["control_runs"])
        assert len(figure.axes) == panels
    shown = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert (
        f"shuffled labels, {(folded.tables['control_runs']['control'] == 'control_shuffled_labels').sum()} runs"
        in shown
    )


def test_a_report_speaks_of_what_was_sampled(plain: Analysis, folded: Analysis) -> None:
    assert (sampling(plain), sampling(folded)) == (SEEDS, FOLDS)
    assert dealt(plain.study.data) == ""
    assert "into 3 folds, 2 times over: a final run is trained on about 67 of them and evaluated on about 33" in dealt(
        folded.study.data
    )
    assert (reach({}), reach({"folds": 3})) == ("new seeds and new items", "new training and held-out rows")
    assert small_sample(plain) == "n = 6 seeds, which is few"
    for caption, unit in ((accuracy(plain).caption, "seed"), (differences(folded).caption, "fold")):
        assert f"one {unit} each" in caption
    assert "not counted, so not drawn" not in costs(plain).caption


def test_only_over_seeds_a_contrast_has_an_interval_for_these_items(plain: Analysis, folded: Analysis) -> None:
    titles = {
        name: [column.title for column in contrasts(analysis, size_cells(analysis)).columns]
        for name, analysis in (("seeds", plain), ("folds", folded))
    }
    assert titles["seeds"][3:5] == ["95 %, new seeds, these items", "95 %, new seeds and new items"]
    assert titles["folds"][3] == "95 %, corrected"
    row = dict(
        zip((column.title for column in sensitivity(folded).columns), texts(sensitivity(folded).rows)[0], strict=True)
    )
    assert row["p, Wilcoxon"] == "—"


def test_results_show_held_out_only_where_it_was_read(plain: Analysis, exploratory: Analysis) -> None:
    for analysis, title in ((plain, "held-out accuracy, %"), (exploratory, "validation accuracy, %")):
        assert results(analysis).columns[1].title == title
    assert [column.title for column in results(exploratory).columns].count("validation, %") == 0
    row = rows_of(plain.variants)[0]
    low, mean, high = (f"{100 * row[f'held_out_{part}']:.1f}" for part in ("low", "mean", "high"))
    assert texts(results(plain).rows)[0][1:4] == [mean, f"[{low}, {high}]", "6"]


def test_what_was_searched_is_shown_with_the_chosen_trial_first(plain: Analysis) -> None:
    rows = texts(search_tables.search(plain).rows)
    assert [row[1] for row in rows[:2]] == ["chosen", "runner-up"]
    chosen = plain.tables["search"].query("chosen and method == 'full'").iloc[0]
    assert rows[0][2] == f"{100 * chosen['validation_mean']:.1f}"
    assert search_tables.failed(pd.DataFrame({"diverged": [1, 2], "crashed": [0, 1]})) == "3 diverged, 1 crashed"
    assert search_tables.spaces(plain).rows[0][0].text == "full"


@pytest.mark.parametrize(
    ("text", "shown"), [('{"a": 0.10, "b": ["x", 1]}', "a = 0.1, b = [x, 1]"), ("plain", "plain"), ("3", "3"), ("", "")]
)
def test_settings_are_shown_for_reading(text: str, shown: str) -> None:
    assert settings_text(text) == shown
