"""Effects of components against a regression, a worked example and planted faults."""

from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.base.ablation import switched_off
from pipeline.base.design import FULL
from pipeline.base.effect_claims import effects_of
from pipeline.science.conclusions import Rule
from pipeline.science.effects import added_effects, effects, factorial_effects, interactions, weighted

RULE = Rule(0.05, 0.01)
NAMES = ("a", "b", "c", "d")


def cells(components: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return dict(switched_off(components, "factorial"))


def by_regression(components: tuple[str, ...], scores: dict[str, float]) -> dict[str, float]:
    """Least squares of scores on products of -1/2 and +1/2 codes: each coefficient is a difference of differences."""
    off = {FULL: (), **cells(components)}
    sets = [named for size in range(len(components) + 1) for named in combinations(components, size)]
    rows = [[np.prod([0.5 if name not in off[cell] else -0.5 for name in named]) for named in sets] for cell in scores]
    found = np.linalg.lstsq(np.array(rows), np.array(list(scores.values())), rcond=None)[0]
    return {" × ".join(named): value for named, value in zip(sets[1:], found[1:], strict=True)}


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 4).flatmap(lambda k: st.tuples(st.just(k), st.lists(
    st.floats(0, 1), min_size=2**k, max_size=2**k))))  # fmt: skip
def test_effects_of_a_factorial_are_those_of_a_regression(drawn: tuple[int, list[float]]) -> None:
    count, values = drawn
    components = NAMES[:count]
    scores = dict(zip([FULL, *cells(components)], values, strict=True))
    expected = by_regression(components, scores)
    found = factorial_effects(components, cells(components))
    assert [effect.name for effect in found] == list(expected)
    for effect in found:
        one = weighted({name: np.array([score]) for name, score in scores.items()}, effect)
        assert one[0] == pytest.approx(expected[effect.name], abs=1e-9)
        assert sum(effect.weights.values()) == pytest.approx(0)


def test_two_components_that_only_help_together_have_an_interaction_worked_by_hand() -> None:
    scores = {FULL: 0.9, "minus_a": 0.5, "minus_b": 0.5, "none": 0.5}
    found = {effect.name: weighted({name: np.array([score]) for name, score in scores.items()}, effect)[0]
             for effect in factorial_effects(("a", "b"), cells(("a", "b")))}  # fmt: skip
    # with b on, a brings 40 points, with b off none: 20 on average, and a difference of 40
    assert found == pytest.approx({"a": 0.2, "b": 0.2, "a × b": 0.4})


def tables(scores: dict[str, list[float]], items: int = 200) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return runs and predictions; each run has its first so many items right; one score is a fixed reference."""
    runs, predictions = [], []
    for variant, values in scores.items():
        for seed, value in enumerate(values):
            name = "fixed" if len(values) == 1 else str(seed)
            right = round(value * items)
            runs.append({"variant": variant, "seed": name, "held_out_accuracy": right / items})
            predictions += [
                {"variant": variant, "seed": name, "item": item, "correct": item < right} for item in range(items)
            ]
    return pd.DataFrame(runs), pd.DataFrame(predictions)


def study(lead: float, noise: float = 0.01, seeds: int = 8) -> dict[str, list[float]]:
    random = np.random.default_rng(4)
    means = {FULL: 0.6 + lead, "minus_a": 0.6, "minus_b": 0.6 + lead, "none": 0.6}
    return {name: list(np.round(mean + noise * random.normal(size=seeds), 3)) for name, mean in means.items()}


def judged(scores: dict[str, list[float]], rule: Rule = RULE) -> dict[str, dict[str, Any]]:
    found, _ = effects(*tables(scores), factorial_effects(("a", "b"), cells(("a", "b"))), rule)
    return {str(row["effect"]): {str(key): value for key, value in row.items()} for row in found.to_dict("records")}


def test_p_is_corrected_among_effects_of_the_same_order() -> None:
    found = judged(study(0.15))
    assert found["a"]["p"] == 2 / 2**8
    assert found["a"]["p_corrected"] == 2 * found["a"]["p"]  # two main effects
    assert found["a × b"]["p_corrected"] == found["a × b"]["p"]  # one interaction


@pytest.mark.parametrize(("lead", "finding"), [(0.15, "positive"), (-0.15, "negative")])
def test_an_effect_is_found_in_either_direction(lead: float, finding: str) -> None:
    found = judged(study(lead))["a"]
    assert found["finding"] == finding
    assert found["population_low"] <= found["difference"] <= found["population_high"]


def test_an_effect_on_few_items_alone_is_found_in_neither_direction() -> None:
    for lead in (0.015, -0.015):  # three items of 200
        assert judged(study(lead, noise=0.0))["a"]["p_corrected"] <= 0.05
        assert judged(study(lead, noise=0.0))["a"]["finding"] == "inconclusive"


def test_a_failed_control_makes_every_effect_invalid() -> None:
    found = judged(study(0.15), Rule(0.05, 0.01, controls_passed=False))
    assert {row["finding"] for row in found.values()} == {"invalid"}


def test_effects_swap_their_sign_with_the_scores_they_are_of() -> None:
    scores = study(0.1)
    swapped = {FULL: scores["minus_a"], "minus_a": scores[FULL], "minus_b": scores["none"], "none": scores["minus_b"]}
    assert judged(swapped)["a"]["difference"] == pytest.approx(-judged(scores)["a"]["difference"])
    assert judged(swapped)["b"]["difference"] == pytest.approx(judged(scores)["b"]["difference"])


def test_a_variant_that_ignores_the_seed_serves_every_seed_and_other_seeds_are_refused() -> None:
    scores = study(0.1)
    fixed = judged({**scores, "none": [0.6]})
    assert fixed["a"]["n"] == 8
    with pytest.raises(ValueError, match="other seeds"):
        judged({**scores, "none": scores["none"][:5]})


def test_what_is_added_alone_is_judged_against_nothing_added() -> None:
    found = added_effects(["a", "b", "c"])
    assert [effect.weights for effect in found[:2]] == [{"only_a": 1, "none": -1}, {"only_b": 1, "none": -1}]
    assert (found[3].name, found[3].order, found[3].weights) == ("all together", 3, {FULL: 1, "none": -1})


def test_the_points_of_an_interaction_are_means_over_all_settings_of_the_others() -> None:
    scores = {cell: [0.5 + 0.02 * place] * 3 for place, cell in enumerate([FULL, *cells(NAMES[:3])])}
    runs, _ = tables(scores)
    found = interactions(runs, NAMES[:3], cells(NAMES[:3])).set_index(["first", "second", "first_on", "second_on"])
    assert len(found) == 3 * 4
    off = {FULL: (), **cells(NAMES[:3])}
    for first, second in combinations(NAMES[:3], 2):
        for states in product((True, False), repeat=2):
            alike = [scores[cell][0] for cell, out in off.items() if (first not in out, second not in out) == states]
            assert found.loc[(first, second, *states), "mean"] == pytest.approx(np.mean(alike))


def test_intervals_of_an_effect_have_the_level_of_the_look() -> None:
    scores = {name: [round(200 * score) / 200 for score in seeds] for name, seeds in study(0.02).items()}
    usual, strict = judged(scores)["a"], judged(scores, Rule(0.01, 0.01, 0.99, 0.98))["a"]
    for low, high in (("low", "high"), ("population_low", "population_high"), ("equivalence_low", "equivalence_high")):
        assert strict[low] < usual[low]
        assert strict[high] > usual[high]
    sample = [sum(each) / 2 for each in zip(
        (full - a for full, a in zip(scores[FULL], scores["minus_a"], strict=True)),
        (b - none for b, none in zip(scores["minus_b"], scores["none"], strict=True)), strict=True)]  # fmt: skip
    for found, level in ((usual, 0.95), (strict, 0.99)):
        expected = stats.ttest_1samp(sample, 0).confidence_interval(level)
        assert (found["low"], found["high"]) == pytest.approx(tuple(expected))


def test_names_of_effects_are_those_that_params_yaml_may_claim() -> None:
    assert list(effects_of(NAMES, "factorial")) == [effect.name for effect in factorial_effects(NAMES, cells(NAMES))]
    assert list(effects_of(NAMES, "add_one_in")) == [effect.name for effect in added_effects(NAMES)]
    assert {effect.name: effect.order for effect in factorial_effects(NAMES, cells(NAMES))} == effects_of(
        NAMES, "factorial"
    )
