import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from pipeline.science.crossed import mean_squares
from pipeline.science.variance import decompose, mean_square
from pipeline.science.variance_tables import (
    crossed,
    decompositions,
    metrics,
    variance,
    with_crossed_intervals,
)

CELLS = {
    str(100 + 3 * row + column): {"order": row, "initialisation": column} for row in range(4) for column in range(3)
}


def simulated(
    random: np.random.Generator, shape: tuple[int, ...], sds: dict[tuple[int, ...], float]
) -> NDArray[np.float64]:
    """Return scores with normal effects of stated sds, by the axes that they belong to."""
    scores = np.full(shape, 0.8)
    for group, sd in sds.items():
        own = tuple(length if axis in group else 1 for axis, length in enumerate(shape))
        scores = scores + random.normal(0, sd, own)
    return scores


def test_two_crossed_streams_have_the_mean_squares_of_a_two_way_table() -> None:
    scores = np.random.default_rng(0).normal(size=(5, 7))
    ours = [mean_square(scores, group) for group in ((0,), (1,), (0, 1))]
    np.testing.assert_allclose(ours, mean_squares(scores))


def test_what_a_stream_gives_alone_is_the_variance_over_it_with_all_others_held() -> None:
    scores = np.random.default_rng(1).normal(size=(3, 4, 5))
    parts = {part.streams: part for part in decompose(scores, ["a", "b", "c"]).components}
    assert parts[("b",)].alone == pytest.approx(scores.var(axis=1, ddof=1).mean())
    assert parts[("a", "b")].alone is None


def test_components_are_recovered_on_average_and_their_intervals_cover() -> None:
    random, truth = np.random.default_rng(2), {(0,): 0.02, (1,): 0.01, (0, 1): 0.005}
    studies = [decompose(simulated(random, (6, 5), truth), ["a", "b"]) for _ in range(150)]
    for place, group in enumerate(truth):
        found = [study.components[place] for study in studies]
        covered = np.mean([part.interval.low <= truth[group] ** 2 <= part.interval.high for part in found])
        assert covered > 0.89
        assert np.mean([part.variance for part in found]) == pytest.approx(truth[group] ** 2, rel=0.25)
    assert np.mean([study.mean_interval.low <= 0.8 <= study.mean_interval.high for study in studies]) > 0.89


def test_a_stream_without_effect_has_a_small_share_and_an_interval_that_reaches_zero() -> None:
    scores = simulated(np.random.default_rng(3), (4, 4, 4), {(1,): 0.02, (0, 1, 2): 0.004})
    parts = {part.streams: part for part in decompose(scores, ["a", "b", "c"]).components}
    assert parts[("b",)].share > 0.7 > 0.1 > parts[("a",)].share
    assert parts[("a",)].interval.low == 0.0
    assert sum(part.share for part in parts.values()) == pytest.approx(1)


def test_equal_scores_have_no_variance() -> None:
    found = decompose(np.full((3, 3), 0.5), ["a", "b"])
    assert (found.joint, found.mean, found.mean_interval) == (0.0, 0.5, (0.5, 0.5))
    assert {part.share for part in found.components} == {0.0}


def test_a_design_with_a_single_level_is_refused() -> None:
    with pytest.raises(ValueError, match="two levels or more"):
        decompose(np.zeros((3, 1)), ["a", "b"])


def runs() -> pd.DataFrame:
    """Return the runs of a crossed design in another order than its cells, and one of a fixed reference."""
    rows = [
        {"variant": "full", "seed": seed, "validation_accuracy": 0.7, "held_out_accuracy": 0.6 + 0.02 * cell["order"]}
        for seed, cell in reversed(CELLS.items())
    ]
    fixed = {"variant": "fixed", "seed": "fixed", "validation_accuracy": 0.5, "held_out_accuracy": 0.5}
    return pd.DataFrame([*rows, fixed])


def test_runs_are_put_into_their_cells_and_only_the_stream_that_matters_shows() -> None:
    streams, grid = crossed(runs().query("variant == 'full'").set_index("seed")["held_out_accuracy"], CELLS)
    assert streams == ["order", "initialisation"]
    np.testing.assert_allclose(grid, 0.6 + 0.02 * np.arange(4)[:, None] * np.ones(3))
    table = variance(decompositions(runs(), CELLS)).set_index("source")
    assert table.loc["order", "share"] == pytest.approx(1)
    assert list(table.index) == ["order", "initialisation", "order × initialisation", "all together"]
    assert metrics(table.reset_index())["initialisation"] == 0


def test_intervals_over_runs_that_share_streams_are_never_shown() -> None:
    columns = ["validation_mean", "validation_sd", "held_out_sd", "held_out_low", "held_out_high"]
    stated = pd.DataFrame([["full", 0.7, *[0.001] * 4], ["fixed", 0.5, *[np.nan] * 4]], columns=["variant", *columns])
    table = with_crossed_intervals(stated, decompositions(runs(), CELLS)).set_index("variant")
    assert np.isnan(table.loc["full", "validation_sd"])
    assert table.loc["full", "held_out_high"] - table.loc["full", "held_out_low"] > 0.05
    assert table.loc["full", "validation_mean"] == 0.7
