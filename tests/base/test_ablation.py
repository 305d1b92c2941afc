from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.base.stated import stated

from pipeline.base.ablation import switched_off
from pipeline.base.design import check_design, contrasts, methods, space_of, stated_variant, variants
from pipeline.base.errors import ParameterError
from pipeline.base.params import Ablation, Study, load_study, validated
from pipeline.checks import check_seed_counts
from pipeline.planning import statement
from pipeline.science.methods import check_methods
from pipeline.stages import select, train
from pipeline.study_code import SOURCE_ROOT
from pipeline.workflow import Workflow

DESIGNS: tuple[Ablation, ...] = ("leave_one_out", "add_one_in", "factorial")
NETWORK: dict[str, Any] = {
    "model": "sequence_network", "stem": "conv", "mixer": "attention", "label_smoothing": 0.1,
    "batch_size": 20, "steps": 10,
}  # fmt: skip
PARTS: dict[str, dict[str, Any]] = {
    "one": {"stem": "patch"}, "two": {"mixer": "none"}, "three": {"label_smoothing": 0.0},
}  # fmt: skip
SPACE = {"learning_rate": {"log_uniform": [0.01, 0.1]}, "weight_decay": {"uniform": [0.0, 0.1]}}
BASELINE = {"against": "baselines", "claim": "superiority", "correction": "holm"}


def study(**changes: Any) -> Study:
    return validated(
        Study,
        stated(**{"method": NETWORK, "components": PARTS, "search__spaces__method": SPACE, **changes}),
        "params.yaml",
    )


def check(told: Study) -> None:
    check_design(told)
    check_methods(told)


def refusal(**changes: Any) -> str:
    told = study(**changes)
    with pytest.raises(ParameterError) as error:
        check(told)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix("params.yaml: ")


def off(design: Ablation) -> dict[str, str]:
    return {name: " ".join(out) for name, out in switched_off(list(PARTS), design)}


def test_each_design_compiles_its_variants_under_readable_names() -> None:
    assert off("leave_one_out") == {"minus_one": "one", "minus_two": "two", "minus_three": "three"}
    assert off("add_one_in") == {
        "none": "one two three", "only_one": "two three", "only_two": "one three", "only_three": "one two",
    }  # fmt: skip
    assert off("factorial") == {
        "minus_one": "one", "minus_two": "two", "minus_three": "three",
        "only_three": "one two", "only_two": "one three", "only_one": "two three", "none": "one two three",
    }  # fmt: skip
    assert dict(switched_off(["a", "b", "c", "d"], "factorial"))["minus_a_c"] == ("a", "c")


@given(st.lists(st.sampled_from("abcdef"), min_size=2, max_size=6, unique=True))
def test_a_factorial_has_every_set_of_components_off_once_and_names_tell_them_apart(components: list[str]) -> None:
    found = dict(switched_off(components, "factorial"))
    wanted = {frozenset(off) for size in range(1, len(components) + 1) for off in combinations(components, size)}
    assert len(found) == 2 ** len(components) - 1 == len(wanted)
    assert {frozenset(out) for out in found.values()} == wanted


@pytest.mark.parametrize("design", DESIGNS)
def test_a_variant_is_the_method_with_what_is_off_overridden_and_nothing_else(design: Ablation) -> None:
    told = study(ablation=design, data_efficiency=[40])
    check_design(told)
    check_methods(told)
    for name, out in switched_off(list(PARTS), design):
        overrides = {setting: value for component in out for setting, value in PARTS[component].items()}
        assert variants(told)[name].settings == {**NETWORK, **overrides}
    assert {name: stated_variant(told, name) for name in variants(told)} == variants(told)
    named = [contrast.variant for contrast in contrasts(told) if contrast.family == "ablation"]
    assert named == list(off(design))


def test_a_plan_that_states_no_new_key_is_the_plan_it_was() -> None:
    told = load_study(SOURCE_ROOT.parent / "params.yaml").model_dump(mode="json")
    assert not {"ablation", "data_efficiency"} & set(told)
    assert not {"retune"} & set(told["search"])
    assert not {"size_tolerance"} & set(told["study"])
    spelled = study(ablation="leave_one_out", data_efficiency=[], search__retune=False, study__size_tolerance=0.1)
    assert spelled.model_dump(mode="json") == study().model_dump(mode="json")
    assert study(ablation="factorial").model_dump(mode="json")["ablation"] == "factorial"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ablation": "add_one_in", "components": {"one": PARTS["one"]}}, "ablation: add_one_in needs 2 components"),
        ({"ablation": "factorial", "components": {}}, "ablation: factorial needs 1 components or more"),
        (
            {"ablation": "factorial", "components": {f"c{n}": {f"x{n}": 0} for n in range(7)}},
            "ablation: a factorial of 7 components has 128 variants; state at most 6",
        ),
        (
            {"ablation": "factorial", "components": {"one": {"stem": "patch"}, "two": {"stem": "none"}}},
            "components.two.stem: is overridden by one too, and factorial switches both off",
        ),
        ({"variants": {"none": {"steps": 3}}, "ablation": "add_one_in"}, "none: names two variants"),
        (
            {"ablation": "factorial", "components": {"a": {"x": 5}, "b": {"y": 2},
                                                     "a_b": {"z": 9}, "c": {"u": 1}},
             "families": {"baseline": BASELINE}},
            "minus_a_b: names two variants",
        ),
        ({"data_efficiency": [40, 40]}, "data_efficiency: names a size twice"),
        ({"data_efficiency": [80]}, "data_efficiency: 80 is not below the 80 rows of data.train"),
        ({"variants": {"few": {"training_rows": 81}}}, "variants.few.training_rows: is 81; state a whole number from"),
        ({"variants": {"few": {"training_rows": 2.5}}}, "variants.few.training_rows: is 2.5"),
        (
            {"data__resampling": {"folds": 3, "repeats": 2}, "method": {**NETWORK, "batch_size": 67}},
            "data.resampling: a fold trains full on 66 rows, fewer than its batch of 67",
        ),
        (
            {"data__resampling": {"folds": 3, "repeats": 2},
             "method": {name: value for name, value in NETWORK.items() if name != "batch_size"},
             "search__spaces__method": {**SPACE, "batch_size": {"choice": [20, 70]}}},
            "data.resampling: a fold trains full on 66 rows, fewer than its batch of 70",
        ),
        ({"data_efficiency": [10]}, "data_efficiency: 10 training rows of full_at_10 are fewer than its batch of 20"),
    ],
)  # fmt: skip
def test_a_design_that_cannot_be_is_refused_by_name(changes: dict[str, Any], said: str) -> None:
    assert refusal(**changes).startswith(said)


@pytest.mark.parametrize(
    ("claim", "correction"), [("superiority_to_every", "holm"), ("superiority", "intersection_union")]
)
def test_one_claim_is_not_corrected_and_claims_read_singly_are(claim: str, correction: str) -> None:
    family = {"against": "components", "claim": claim, "correction": correction}
    with pytest.raises(ParameterError, match=f"families.ablation: .*{claim} goes with correction"):
        study(families={"ablation": family})


def test_one_claim_needs_the_seeds_of_one_contrast() -> None:
    family = {"against": "components", "claim": "superiority_to_every", "correction": "intersection_union"}
    check_seed_counts(study(ablation="factorial", families={"subsets": family}))  # 6 seeds, 7 contrasts
    family = {"against": "components", "claim": "superiority", "correction": "holm"}
    with pytest.raises(ParameterError, match="state at least 9 seeds"):
        check_seed_counts(study(ablation="factorial", families={"subsets": family}))


def test_without_retuning_variants_reuse_their_methods_choice() -> None:
    told = study(ablation="factorial", data_efficiency=[40])
    assert methods(told) == ["full", "nearest_neighbours"]
    assert {variant.method for variant in variants(told).values()} == {"full", "nearest_neighbours"}


def test_with_retuning_each_variant_has_a_choice_of_its_own_from_the_same_draws_and_as_many_trials() -> None:
    told = study(search__retune=True, variants={"wide": {"learning_rate": 0.05}}, data_efficiency=[40])
    check_design(told)
    check_methods(told)
    assert methods(told) == [
        "full", "nearest_neighbours", "minus_one", "minus_two", "minus_three", "wide",
        "full_at_40", "nearest_neighbours_at_40",
    ]  # fmt: skip
    params = {method: select.parameters(told, {"method": method}) for method in methods(told)}
    assert len({(each.trials, *each.seeds) for each in params.values() if each.seeds != [None]}) == 1
    assert {name: each.stream for name, each in params.items()} == {
        **dict.fromkeys(("full", "nearest_neighbours")),
        **dict.fromkeys(("minus_one", "minus_two", "minus_three", "wide", "full_at_40"), "full"),
        "nearest_neighbours_at_40": "nearest_neighbours",
    }
    assert list(space_of(told, variants(told)["wide"])) == ["weight_decay"]  # it fixes what the method searches
    assert params["minus_one"].space == params["full"].space == told.search.spaces["method"]
    assert params["full_at_40"].training_rows == 40
    assert Workflow(told).method_of(Workflow(told).runs[0]) == "full"


def test_a_variant_may_fix_what_is_searched_only_where_it_is_retuned() -> None:
    wide = {"variants": {"wide": {"learning_rate": 0.05}}}
    assert "is fixed in wide and searched too" in refusal(**wide)
    check_design(study(search__retune=True, **wide))


def test_what_a_step_is_told_of_a_study_without_the_new_keys_is_what_it_was_told() -> None:
    told = Workflow(study()).study
    assert not {"training_rows", "stream"} & set(select.parameters(told, {"method": "full"}).model_dump())
    run = {"variant": "minus_one", "replicate": "seed-10"}
    assert "training_rows" not in train.parameters(told, run).model_dump()
    few = train.parameters(study(data_efficiency=[40]), {"variant": "full_at_40", "replicate": "seed-10"})
    assert few.model_dump()["training_rows"] == 40
    assert "training_rows" not in few.settings


@pytest.mark.parametrize("name", ["factorial", "data-efficiency"])
def test_the_preset_studies_are_sound(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SOURCE_ROOT.parent / "studies" / name)
    workflow = Workflow.load()
    assert len(workflow.runs) == 128
    assert any("one claim" in line for line in statement(workflow)) == (name == "factorial")
