from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from tests.stages.synthetic_analysis import write_analysis

from pipeline.io.files import read_parquet
from pipeline.io.svg import inline_svg, svg_text
from pipeline.science import figures, figures_costs, figures_effects, figures_training
from pipeline.science.figure_style import COLOURS, spread, style
from pipeline.science.reporting.escaping import latex, markdown
from pipeline.science.reporting.wording import bracket, magnitude, number, p_value, percent, points
from pipeline.science.search import expected_best

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = write_analysis(tmp_path_factory.mktemp("figures"))
    return {path.stem: read_parquet(path) for path in (folder / "tables").glob("*.parquet")}


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_each_accuracy_row_says_n_and_mean_and_interval(tables: Tables) -> None:
    with style("accuracy"):
        written = texts(figures.accuracy(tables["variants"], tables["runs"], "held_out"))
    for row in tables["variants"].to_dict("records"):
        n = f"n = {row['n']}" if row["n"] > 1 else "fixed, n = 1"
        assert f"{row['variant']}, {n}" in written
        interval = bracket(100 * row["held_out_low"], 100 * row["held_out_high"], 1)
        assert f"{percent(row['held_out_mean'])} {interval}" in written


def test_every_seed_is_drawn_at_its_own_accuracy(tables: Tables) -> None:
    with style("accuracy"):
        drawn = figures.accuracy(tables["variants"], tables["runs"], "held_out")
    dots = [line.get_xdata() for axes in drawn.axes for line in axes.lines if line.get_markersize() == 3.5]
    seeded = tables["runs"][tables["runs"]["seed"] != "fixed"]
    assert np.allclose(np.concatenate(dots), 100 * seeded["held_out_accuracy"].to_numpy())


def test_every_verdict_is_a_word_with_a_symbol_beside_its_difference(tables: Tables) -> None:
    with style("differences"):
        written = texts(figures.differences(tables["contrasts"], tables["differences"]))
    for row in tables["contrasts"].to_dict("records"):
        assert any(points(row["difference"]) in text and text.endswith(row["verdict"]) for text in written)


@pytest.mark.parametrize(
    ("effect", "said"),
    [("all together", "Both components together"), ("one × two", "Interactions of two components")],
)
def test_a_panel_of_effects_says_what_is_in_it(effect: str, said: str) -> None:
    interval = {"low": 0.0, "high": 0.2, "population_low": -0.1, "population_high": 0.3}
    rows = [
        {"effect": name, "order": order, "difference": 0.1, "finding": "inconclusive", **interval}
        for name, order in (("one", 1), ("two", 1), (effect, 2))
    ]
    by_seed = pd.DataFrame([{"effect": row["effect"], "difference": 0.1} for row in rows for _ in range(3)])
    with style("effects"):
        drawn = figures_effects.effects(pd.DataFrame(rows), by_seed, 0.01)
    titles = [axes.get_title(loc="left") for axes in drawn.axes]
    assert [title for title in titles if title] == ["Effects of one component", said]


def test_the_panel_of_training_costs_shows_only_variants_that_have_them(tables: Tables) -> None:
    with style("costs"):
        upper, lower = figures.costs(tables["variants"], "held_out").axes
    missing = figures.without_cost(tables["variants"], "training_flops")
    assert "random_forest" in missing
    assert {text.get_text() for text in upper.texts} - {text.get_text() for text in lower.texts} == set(missing)


@pytest.mark.parametrize("span", [1.0, 1.6, 3.9, 4.1, 30.0, 60.0, 1e4, 1e7])
def test_the_labels_of_costs_stand_clear_of_each_other_and_inside_the_figure(tables: Tables, span: float) -> None:
    counted = tables["variants"].dropna(subset="total_flops")
    counted = counted.assign(total_flops=2.2e12 * np.geomspace(1, span, len(counted)))
    with style("pareto"):
        figure = figures_costs.pareto(counted, "held_out")
        figure.draw_without_rendering()
    (axes,) = figure.axes
    low, high = axes.get_xlim()
    labels = [label for label in axes.get_xticklabels() if low <= label.get_position()[0] <= high]
    assert labels
    assert all(first.get_window_extent().x1 < second.get_window_extent().x0 for first, second in pairwise(labels))
    assert axes.xaxis.label.get_window_extent().x0 >= 0
    assert axes.xaxis.label.get_window_extent().y0 >= 0


def test_a_cost_that_no_variant_has_gets_no_panel(tables: Tables) -> None:
    with style("costs"):
        assert len(figures.costs(tables["variants"].assign(training_flops=np.nan), "held_out").axes) == 1


@pytest.mark.parametrize("span", [0.001, 0.02, 0.3])
def test_the_name_of_a_vertical_axis_is_inside_the_figure_however_long_its_numbers_are(
    tables: Tables, span: float
) -> None:
    close = tables["variants"].assign(
        **{
            name: 0.73 + span * (tables["variants"][name] - 0.7)
            for name in ("held_out_mean", "held_out_low", "held_out_high")
        }
    )
    search = tables["search"].assign(validation_mean=0.73 + span * (tables["search"]["validation_mean"] - 0.7))
    with style("costs"):
        drawn = [figures.costs(close, "held_out"), figures_costs.pareto(close, "held_out")]
        drawn.append(figures_training.expected_best_curves(search))
        for figure in drawn:
            figure.draw_without_rendering()
            assert all(axes.yaxis.label.get_window_extent().x0 >= 0 for axes in figure.axes)


def test_the_full_method_is_drawn_above_variants_as_dear_and_as_good(tables: Tables) -> None:
    with style("costs"):
        upper = figures.costs(tables["variants"], "held_out").axes[0]
    (full,) = [line for line in upper.lines if line.get_marker() == "o"]
    assert all(full.get_zorder() > line.get_zorder() for line in upper.lines if line is not full)


@pytest.mark.parametrize("unit", ["seed", "fold"])
def test_the_legend_of_learning_curves_says_what_the_mean_is_over(tables: Tables, unit: str) -> None:
    roles = dict(zip(tables["variants"]["variant"], tables["variants"]["role"], strict=True))
    with style("training_loss"):
        figure = figures_training.learning_curves(tables["curves"], roles, "training_loss", unit)
    assert f"mean over {unit}s" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_missing_steps_are_left_out_of_the_mean_over_seeds() -> None:
    curves = pd.DataFrame(
        {"variant": "a", "step": [1, 1, 2, 2], "training_loss": [1.0, 3.0, 5.0, np.nan], "seed": ["0", "1"] * 2}
    )
    assert figures_training.over_seeds(curves, "a", "training_loss")["mean"].to_list() == [2.0, 5.0]


def test_the_line_of_search_is_the_expected_best(tables: Tables) -> None:
    with style("search"):
        axes = figures_training.expected_best_curves(tables["search"]).axes[0]
    own = tables["search"].loc[tables["search"]["method"] == "mlp", "validation_mean"].to_list()
    assert any(np.allclose(line.get_ydata(), 100 * expected_best(own)) for line in axes.lines)


def test_a_personal_matplotlibrc_changes_nothing_and_is_left_as_it_was() -> None:
    with matplotlib.rc_context({"font.size": 31.0}):
        with style("x"):
            assert matplotlib.rcParams["font.size"] == 10
        assert matplotlib.rcParams["font.size"] == 31


def test_an_inline_figure_takes_its_colours_from_the_page(tables: Tables, tmp_path: Path) -> None:
    with style("search"):
        document = svg_text(figures_training.expected_best_curves(tables["search"]), "search", "A < b", "c & d")
    inline = inline_svg(document, COLOURS)
    assert "A &lt; b" in inline
    assert f"var(--figure-ink, {COLOURS['ink']})" in inline
    assert "xmlns" not in inline
    assert 'height="' not in inline.partition(">")[0]


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=12).map(sorted))
def test_spread_labels_keep_their_order_and_their_distance(positions: list[float]) -> None:
    moved = spread(positions, 1.0, 100.0)
    assert all(later - earlier >= 1 - 1e-9 for earlier, later in pairwise(moved))


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.integers(0, 4))
def test_a_number_reads_back_and_zero_has_no_sign(value: float, digits: int) -> None:
    text = number(value, digits).replace("−", "-")
    assert float(text) == float(f"{value:.{digits}f}")
    assert float(text) != 0 or not text.startswith("-")


@example("Fish & chips | <b>")
@given(st.text())
def test_no_text_leaves_its_markdown_cell_or_its_latex_row(text: str) -> None:
    assert "\n" not in markdown(text)
    assert not [
        place for place, letter in enumerate(markdown(text)) if letter == "|" and markdown(text)[place - 1] != "\\"
    ]
    assert "<" not in markdown(text)
    assert "&" not in latex(text).replace("\\&", "")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (p_value(2 / 1024), "0.0020"),
        (p_value(1e-7), "< 0.0001"),
        (p_value(float("nan")), "—"),
        (points(0.0523), "+5.23"),
        (points(-0.0523), "−5.23"),
        (points(-0.00001), "0.00"),
        (percent(0.7125), "71.2"),
        (magnitude(9.6e9), "9.60 G"),
        (magnitude(214_000), "214 k"),
        (magnitude(3.14e23), "314 Z"),
        (magnitude(0), "0"),
        (markdown("1. x"), "1\\. x"),
        (markdown("0.05"), "0.05"),
        (markdown("- x"), "\\- x"),
    ],
)
def test_numbers_are_spelled_for_people(shown: str, expected: str) -> None:
    assert shown == expected
