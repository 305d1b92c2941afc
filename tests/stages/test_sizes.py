"""Parameter counts beside effects, and the Pareto front of accuracy against all FLOPs."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stages.synthetic_analysis import write_analysis

from pipeline.io.files import read_parquet
from pipeline.science.figures_costs import efficient, frontier
from pipeline.science.reporting.analysis import Analysis
from pipeline.science.reporting.sizes import reading, size_cells, unmatched
from pipeline.stages.report import read_analysis


def analysis(home: Path, **stated: object) -> Analysis:
    return read_analysis(write_analysis(home / "analysis", **stated))


def test_a_component_that_changes_the_size_is_marked_beside_its_effect(tmp_path: Path) -> None:
    found = analysis(tmp_path)
    assert unmatched(found) == ["minus_attention"]
    assert "not matched (≠) for minus_attention: differs" in reading(found)
    cells = size_cells(found)
    assert [cell.text for cell in cells["minus_attention"]] == ["2,710", "−46.5 %"]
    assert cells["minus_attention"][1].symbol == "≠"
    assert [cell.text for cell in cells["minus_convolution"]] == ["5,070", "+0.2 %"]
    assert cells["mlp"][1].symbol == ""  # a baseline is no component


@pytest.mark.parametrize(("tolerance", "flagged"), [(0.5, []), (0.001, ["minus_convolution", "minus_attention"])])
def test_the_share_that_is_matched_is_the_one_stated(tmp_path: Path, tolerance: float, flagged: list[str]) -> None:
    found = analysis(tmp_path, size_tolerance=tolerance)
    assert unmatched(found) == flagged
    assert ("are matched" in reading(found)) == (not flagged)


POINTS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=12)


@given(POINTS)
def test_a_point_is_on_the_front_unless_another_is_as_cheap_and_as_good_and_not_its_equal(
    points: list[tuple[int, int]],
) -> None:
    kept = efficient([float(cost) for cost, _ in points], [float(score) for _, score in points])
    assert any(kept)
    for point, is_kept in zip(points, kept, strict=True):
        beaten = [other for other in points if other != point and other[0] <= point[0] and other[1] >= point[1]]
        assert is_kept == (not beaten)


def test_the_front_counts_selection_and_leaves_out_what_is_not_counted(tmp_path: Path) -> None:
    variants = read_parquet(write_analysis(tmp_path / "analysis") / "tables" / "variants.parquet")
    front = frontier(variants, "held_out")
    assert front[0] == "mlp"  # the cheapest that is counted
    assert "rbf_svm" not in front
    searched_long = variants["total_flops"].mask(variants["variant"] == "mlp", 1000 * variants["total_flops"])
    assert "mlp" not in frontier(variants.assign(total_flops=searched_long), "held_out")
