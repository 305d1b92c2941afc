from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.base.stated import stated

from pipeline.base.design import FULL, check_design, contrasts, methods, stated_variant, variants
from pipeline.base.errors import ParameterError
from pipeline.base.params import Study, load_study, validated
from pipeline.study_code import SOURCE_ROOT


def study(**changes: Any) -> Study:
    return validated(Study, stated(**changes), "params.yaml")


def refusal(**changes: Any) -> str:
    with pytest.raises(ParameterError) as error:
        check_design(study(**changes))
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix("params.yaml: ")


def test_each_component_is_left_out_once_and_all_else_stays() -> None:
    found = variants(
        study(
            method={"model": "m", "a": 1, "b": 2}, components={"one": {"a": 0}, "two": {"b": 0}},
            variants={"plus": {"c": 3}}, baselines={"other": {"model": "o"}},
        )
    )  # fmt: skip
    assert {name: (variant.role, variant.method, variant.settings) for name, variant in found.items()} == {
        "full": ("method", "full", {"model": "m", "a": 1, "b": 2}),
        "minus_one": ("ablation", "full", {"model": "m", "a": 0, "b": 2}),
        "minus_two": ("ablation", "full", {"model": "m", "a": 1, "b": 0}),
        "plus": ("extra", "full", {"model": "m", "a": 1, "b": 2, "c": 3}),
        "other": ("baseline", "other", {"model": "o"}),
    }


def test_one_variant_asked_for_by_name_is_the_one_among_all() -> None:
    design = study(
        method={"model": "m", "a": 1}, components={"one": {"a": 0}},
        variants={"plus": {"c": 3}, "minus_thing": {"a": 4}}, baselines={"other": {"model": "o"}},
    )  # fmt: skip
    assert {name: stated_variant(design, name) for name in variants(design)} == variants(design)
    assert [stated_variant(design, name) for name in ("one", "minus_plus", "minus_", "")] == [None] * 4


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(1, 9), min_size=1, max_size=5))
def test_every_ablation_differs_from_the_method_in_its_own_component_alone(settings: dict[str, int]) -> None:
    method = {"model": "m", **{f"x_{name}": value for name, value in settings.items()}}
    off = {name: {f"x_{name}": 0} for name in settings}
    found = variants(study(method=method, components=off))
    for name in settings:
        differing = {key for key, value in found[f"minus_{name}"].settings.items() if value != method[key]}
        assert differing == {f"x_{name}"}


def test_the_repositorys_study_is_sound_and_every_variant_is_contrasted() -> None:
    found = load_study(SOURCE_ROOT.parent / "params.yaml")
    check_design(found)
    assert {contrast.variant for contrast in contrasts(found)} == set(variants(found)) - {FULL}
    assert methods(found) == [FULL, *found.baselines]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"components": {"small_leaves": {"min_samples_leaf": 1}}}, "components.small_leaves.min_samples_leaf"),
        ({"components": {"small_leaves": {}}}, "components.small_leaves"),
        ({"variants": {"same": {"min_samples_leaf": 1}}}, "variants.same.min_samples_leaf"),
        ({"variants": {"minus_x": {}}}, "variants.minus_x"),
        ({"components": {"minus_x": {}}}, "components.minus_x"),
    ],
)
def test_a_variant_that_changes_nothing_is_refused(changes: dict[str, Any], key: str) -> None:
    assert refusal(**changes).startswith(f"{key}: overrides nothing")


@pytest.mark.parametrize(
    "changes",
    [
        {"variants": {"minus_small_leaves": {"min_samples_leaf": 5}}},
        {"variants": {"nearest_neighbours": {"min_samples_leaf": 5}}},
        {"variants": {"full": {"min_samples_leaf": 5}}},
        {"baselines": {"full": {"model": "x"}}},
    ],
)
def test_two_variants_of_one_name_are_refused(changes: dict[str, Any]) -> None:
    assert "names two variants" in refusal(**changes)


@pytest.mark.parametrize("name", ["minus_small_leave", "full", "nothing_like_it"])
def test_a_contrast_that_names_no_variant_is_refused(name: str) -> None:
    said = refusal(families__ablation__against=[name])
    assert said.startswith(f"families.ablation.against: no variant is named '{name}'")
    if name == "minus_small_leave":
        assert said.endswith("did you mean 'minus_small_leaves'?")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"families": {}}, "families: states no contrast"),
        ({"families__ablation__against": []}, "families.ablation.against: contrasts nothing"),
        (
            {"families__ablation__against": ["minus_small_leaves"] * 2},
            "families.ablation.against: names a variant twice",
        ),
    ],
)
def test_a_family_contrasts_something_and_each_variant_once(changes: dict[str, Any], said: str) -> None:
    assert refusal(**changes).startswith(said)


def test_seeds_that_select_and_judge_are_refused() -> None:
    assert refusal(seeds__selection=[1, 12, 11]).startswith("seeds.final: shares 11, 12 with seeds.selection")


@pytest.mark.parametrize("key", ["selection", "final"])
def test_a_seed_stated_twice_is_refused(key: str) -> None:
    assert refusal(**{f"seeds__{key}": [5, 5]}) == f"seeds.{key}: states a seed twice; state each seed once"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"method": {"model": "random_forest", "min_samples_leaf": 1, "max_features": 1}}, "full"),
        ({"variants": {"plus": {"max_features": 1}}}, "plus"),
        ({"components": {"part": {"max_features": 1}}}, "minus_part"),
    ],
)
def test_a_setting_both_fixed_and_searched_is_refused(changes: dict[str, Any], where: str) -> None:
    assert refusal(**changes).startswith(f"search.spaces.method.max_features: is fixed in {where} and searched too")


def test_a_search_is_refused_where_validation_rows_are_training_rows() -> None:
    within = stated(data__validation_within_training=True)
    with pytest.raises(ParameterError, match=r"validation_within_training.*searched.*search nothing, or remove it"):
        check_design(validated(Study, within, "params.yaml"))
    within["search"]["spaces"] = {name: {} for name in within["search"]["spaces"]}
    check_design(validated(Study, within, "params.yaml"))


def test_a_search_space_too_many_or_too_few_is_refused() -> None:
    said = refusal(search__spaces__nearest_neighbour={})
    assert said == "search.spaces.nearest_neighbour: names no method; did you mean 'nearest_neighbours'?"
    assert refusal(search__spaces={"method": {}}).startswith("search.spaces.nearest_neighbours: is missing")


def test_the_study_that_all_these_change_is_itself_accepted() -> None:
    check_design(study())
