import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.science.search import Trial, choose, draw, expected_best, parse_space

SPACE = parse_space(
    {
        "learning_rate": {"log_uniform": [0.001, 0.1]},
        "dropout": {"uniform": [0.0, 0.5]},
        "neighbours": {"integer": [1, 25]},
        "max_features": {"choice": ["sqrt", 0.3]},
    }
)


def trial(number: int, *validation: float, outcome: str = "finished") -> Trial:
    outcomes = (outcome,) * len(validation)
    return Trial.model_validate({"trial": number, "hyperparameters": {}, "validation": validation, "outcome": outcomes})


@given(st.integers(0, 10_000))
def test_every_draw_is_inside_its_range_and_repeats(number: int) -> None:
    drawn = draw(20, "full", number, SPACE)
    assert drawn == draw(20, "full", number, SPACE)
    assert 0.001 <= float(drawn["learning_rate"]) <= 0.1
    assert 0.0 <= float(drawn["dropout"]) <= 0.5
    assert drawn["neighbours"] in range(1, 26)
    assert drawn["max_features"] in ("sqrt", 0.3)
    assert len(f"{drawn['learning_rate']:e}".split("e")[0].rstrip("0")) <= 7


def test_both_ends_of_an_integer_range_and_every_choice_are_drawn() -> None:
    drawn = [draw(1, "m", number, SPACE) for number in range(400)]
    assert {values["neighbours"] for values in drawn} == set(range(1, 26))
    assert {values["max_features"] for values in drawn} == {"sqrt", 0.3}


def test_log_uniform_puts_half_its_draws_below_the_geometric_mean() -> None:
    below = [float(draw(1, "m", number, SPACE)["learning_rate"]) < 0.01 for number in range(1000)]
    assert 0.45 < np.mean(below) < 0.55


def test_removing_a_hyper_parameter_moves_no_other() -> None:
    fewer = {name: described for name, described in SPACE.items() if name != "dropout"}
    full = draw(20, "full", 3, SPACE)
    assert draw(20, "full", 3, fewer) == {name: full[name] for name in fewer}
    assert draw(20, "mlp", 3, SPACE) != full != draw(21, "full", 3, SPACE)


def test_every_hyper_parameter_of_a_trial_has_a_stream_of_its_own() -> None:
    alike = parse_space({name: {"uniform": [0.0, 1.0]} for name in ("a", "b")})
    assert all(len(set(draw(1, "m", number, alike).values())) == 2 for number in range(20))
    assert len({str(draw(1, "m", number, alike)) for number in range(20)}) == 20


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"log_uniform": [0.0, 1.0]},
        {"log_uniform": [1.0, 0.1]},
        {"uniform": [0.5, 0.5]},
        {"uniform": [0.5]},
        {"integer": [1.5, 3]},
        {"choice": []},
        {"choice": ["a", "a"]},
        {"normal": [0, 1]},
        {"uniform": [0, 1], "integer": [0, 1]},
        {"uniform": [0, float("inf")]},
    ],
)
def test_a_space_that_is_not_well_stated_names_its_hyper_parameter(stated: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^dropout"):
        parse_space({"dropout": stated})


def test_the_best_mean_is_chosen_and_the_lowest_trial_among_equals() -> None:
    assert choose([trial(0, 0.5, 0.7), trial(1, 0.7, 0.7), trial(2, 0.8, 0.6)]) == 1
    assert choose([trial(4, 0.7, 0.7), trial(3, 0.7, 0.7)]) == 1
    with pytest.raises(ValueError, match="no trials"):
        choose([])


def test_a_diverged_run_counts_zero() -> None:
    assert trial(0, 0.9, 0.9, outcome="diverged").mean == 0.0
    assert choose([trial(0, 0.9, 0.9, outcome="diverged"), trial(1, 0.1, 0.1)]) == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_expected_best_agrees_with_all_draws_with_replacement(scores: list[float]) -> None:
    computed = expected_best(scores)
    for trials in range(1, min(4, len(scores)) + 1):
        every = [max(drawn) for drawn in itertools.product(scores, repeat=trials)]
        assert computed[trials - 1] == pytest.approx(np.mean(every), abs=1e-9)


def test_expected_best_starts_at_the_mean_and_never_falls() -> None:
    best = expected_best([0.2, 0.9, 0.4, 0.4])
    assert best[0] == pytest.approx(0.475)
    assert (np.diff(best) >= 0).all()
    assert best[-1] <= 0.9
