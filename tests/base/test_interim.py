from pathlib import Path
from typing import Any

import pytest
from tests.base.stated import stated, text

from pipeline.base.errors import ParameterError
from pipeline.base.interim import at_look, check_claims, check_looks, looks_of
from pipeline.base.params import Study, load_study

LOOKS = [{"seeds": 4, "alpha": 0.01}, {"seeds": 6, "alpha": 0.04}]
CLAIM = {"helps": {"sentence": "It helps.", "family": "ablation", "requires": "all"}}


def study(**changes: Any) -> Study:
    return Study.model_validate(stated(**changes))


def test_what_is_not_stated_is_in_no_plan() -> None:
    plain = study().model_dump(mode="json")
    assert "looks" not in plain["seeds"]
    assert "claims" not in plain["study"]
    assert study(seeds__looks=LOOKS, study__claims=CLAIM).model_dump(mode="json") != plain


def test_one_look_has_all_seeds_and_all_of_alpha_and_a_first_look_has_the_first_seeds() -> None:
    assert [(look.seeds, look.alpha) for look in looks_of(study())] == [(6, 0.05)]
    assert at_look(study(), 1) == study()
    assert at_look(study(seeds__looks=LOOKS), 1).seeds.final == [10, 11, 12, 13]
    assert at_look(study(seeds__looks=LOOKS), 2).seeds.final == [10, 11, 12, 13, 14, 15]


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        ([{"seeds": 6, "alpha": 0.05}], "states no two looks"),
        ([{"seeds": 4, "alpha": 0.01}, {"seeds": 5, "alpha": 0.04}], "do not grow to the 6 final seeds"),
        ([{"seeds": 6, "alpha": 0.01}, {"seeds": 6, "alpha": 0.04}], "do not grow"),
        ([{"seeds": 4, "alpha": 0.05}, {"seeds": 6, "alpha": 0.05}], "levels sum to 0.1, alpha is 0.05"),
    ],
)
def test_looks_that_do_not_add_up_are_refused(looks: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(ParameterError, match=f"seeds.looks: .*{said}"):
        check_looks(study(seeds__looks=looks))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("family", "ablatoin", "nothing is named 'ablatoin'; did you mean 'ablation'"),
        ("requires", "minus_small_leave", "is no contrast of ablation; did you mean 'minus_small_leaves'"),
    ],
)
def test_a_claim_that_rests_on_nothing_is_refused(key: str, value: str, said: str) -> None:
    claim = {"helps": {**CLAIM["helps"], key: value}}
    with pytest.raises(ParameterError, match=f"study.claims.helps.{key}: .*{said}"):
        check_claims(study(study__claims=claim))


def test_a_misspelt_key_of_a_claim_or_a_look_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text(study__claims={"helps": {**CLAIM["helps"], "sentense": "x"}}))
    with pytest.raises(ParameterError, match=r"study.claims.helps.sentense: unknown key; did you mean 'sentence'"):
        load_study(path)
    path.write_text(text(seeds__looks=[{**LOOKS[0], "alfa": 0.01}, LOOKS[1]]))
    with pytest.raises(ParameterError, match=r"seeds.looks.0.alfa: unknown key; did you mean 'alpha'"):
        load_study(path)


EFFECT = {"sentence": "It helps.", "family": "positive_effects", "requires": "small_leaves"}


@pytest.mark.parametrize(
    ("claim", "ablation", "said"),
    [
        (EFFECT, "leave_one_out", "speaks of effects, and ablation: leave_one_out has none"),
        ({**EFFECT, "requires": "small_leave"}, "factorial", "is no effect.*did you mean 'small_leaves'"),
        ({**EFFECT, "requires": "all"}, "factorial", "is no effect of these components"),
    ],
)
def test_a_claim_of_an_effect_that_there_is_not_is_refused(claim: dict[str, Any], ablation: str, said: str) -> None:
    with pytest.raises(ParameterError, match=f"study.claims.helps.*: .*{said}"):
        check_claims(study(study__claims={"helps": claim}, ablation=ablation))
    check_claims(study(study__claims={"helps": EFFECT}, ablation="factorial"))


def test_a_claim_that_names_two_effects_spelled_alike_is_refused() -> None:
    parts = {"a": {"p": 1}, "b": {"q": 1}, "a_x_b": {"r": 1}}  # an interaction is spelled as the third component
    claim = {"helps": {**EFFECT, "requires": "a_x_b"}}
    with pytest.raises(ParameterError, match=r"study.claims.helps.requires: 'a_x_b' names 2 effects; rename"):
        check_claims(study(study__claims=claim, ablation="factorial", components=parts))


def test_a_family_that_is_named_as_what_is_claimed_of_effects_is_refused() -> None:
    named = {"positive_effects": {"claim": "superiority", "against": "components", "correction": "holm"}}
    with pytest.raises(ParameterError, match=r"families.positive_effects: is what a claim names to speak of effects"):
        check_claims(study(families=named, ablation="factorial"))


@pytest.mark.parametrize("name", ["all", "any"])
def test_a_claim_of_a_component_or_a_variant_that_means_all_or_any_is_refused(name: str) -> None:
    claim, changed = {"helps": {**EFFECT, "requires": name}}, {"min_samples_leaf": 7}
    with pytest.raises(ParameterError, match=f"study.claims.helps.requires: '{name}' is the name of a component"):
        check_claims(study(study__claims=claim, ablation="factorial", components={name: changed}))
    against = {"ablation": {"claim": "superiority", "against": [name], "correction": "holm"}}
    contrast = {"helps": {**claim["helps"], "family": "ablation"}}
    with pytest.raises(ParameterError, match=f"study.claims.helps.requires: '{name}' is the name of a variant"):
        check_claims(study(study__claims=contrast, variants={name: changed}, families=against))
