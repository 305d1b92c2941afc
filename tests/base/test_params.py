from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from tests.base.stated import stated, text

from pipeline.base.errors import ParameterError
from pipeline.base.params import Study, load_study, validated

ROOT = Path(__file__).resolve().parents[2]


def refusal(folder: Path, content: str) -> str:
    path = folder / "params.yaml"
    path.write_text(content)
    with pytest.raises(ParameterError) as error:
        load_study(path)
    said = str(error.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


def test_the_study_of_the_repository_is_valid() -> None:
    assert load_study(ROOT / "params.yaml").search.trials > 0


def test_a_study_cannot_change_once_it_is_read(tmp_path: Path) -> None:
    study = validated(Study, stated(), "params.yaml")
    with pytest.raises(ValidationError):
        study.seeds.final = [1]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("sedes", "sedes: unknown key; did you mean 'seeds'?"),
        ("seeds__finl", "seeds.finl: unknown key; did you mean 'final'?"),
        ("compute__precison", "compute.precison: unknown key; did you mean 'precision'?"),
        ("search__zzz", "search.zzz: unknown key; valid names are retune, spaces, trials"),
        ("families__ablation__claims", "families.ablation.claims: unknown key; did you mean 'claim'?"),
    ],
)
def test_an_unknown_key_is_named_with_the_nearest_valid_one(tmp_path: Path, key: str, said: str) -> None:
    assert refusal(tmp_path, text(**{key: 1})) == said


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("study__alpha", "small", "study.alpha: "),
        ("study__alpha", 1.5, "study.alpha: "),
        ("study__alpha", 0, "study.alpha: "),
        ("study__seed", 1.5, "study.seed: "),
        ("study__seed", True, "study.seed: "),
        ("data__train", 0, "data.train: "),
        ("data__train", "80", "data.train: "),
        ("data__sha256", "abc", "data.sha256: "),
        ("seeds__final", [], "seeds.final: "),
        ("seeds__final", [1, "2"], "seeds.final.1: "),
        ("compute__device", "tpu", "compute.device: "),
        ("search__trials", -1, "search.trials: "),
        ("families__ablation__claim", "superior", "families.ablation.claim: "),
        ("method", [1], "method: "),
    ],
)
def test_a_wrong_value_is_named_with_its_key(tmp_path: Path, key: str, value: Any, named: str) -> None:
    said = refusal(tmp_path, text(**{key: value}))
    assert said.startswith(named)
    assert "; correct its value" in said


@pytest.mark.parametrize("name", ["Big", "with space", "a/b", "../up", "1st", "a.b", "é"])
def test_a_name_that_could_not_be_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    assert refusal(tmp_path, text(variants={name: {"min_samples_leaf": 2}})).startswith("variants.")


def test_a_missing_section_and_a_missing_key_are_named(tmp_path: Path) -> None:
    study = stated()
    del study["seeds"]
    assert refusal(tmp_path, yaml.safe_dump(study)) == "seeds: is missing; state it"
    study = stated()
    del study["seeds"]["final"]
    assert refusal(tmp_path, yaml.safe_dump(study)) == "seeds.final: is missing; state it"


@pytest.mark.parametrize("again", ["seeds: {}", "'seeds': {}", "? seeds\n: {}"])
def test_a_key_stated_twice_is_refused(tmp_path: Path, again: str) -> None:
    assert "key 'seeds' is stated twice" in refusal(tmp_path, f"{text()}\n{again}\n")


def test_a_key_stated_twice_deep_inside_is_refused(tmp_path: Path) -> None:
    content = text().replace("  min_samples_leaf: 1", "  min_samples_leaf: 1\n  min_samples_leaf: 2")
    assert "key 'min_samples_leaf' is stated twice" in refusal(tmp_path, content)


@pytest.mark.parametrize("content", ["", "- 1", "7", "null"])
def test_what_is_no_study_is_refused(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content).startswith("(file): states no study")


@pytest.mark.parametrize(
    "content", ["a: [", "a: b: c", "\t- x", "a: !!python/object:os.system x", "? [a, b]\n: 1", "a: \x00"]
)
def test_broken_yaml_is_one_line(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content)


def test_a_file_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ParameterError):
        load_study(tmp_path / "params.yaml")


def test_a_missing_file_says_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="is missing; run from a study's folder"):
        load_study(tmp_path / "params.yaml")


def test_whether_several_classes_may_be_recorded_is_no_part_of_the_study() -> None:
    lenient, strict = (validated(Study, stated(**told), "params.yaml") for told in ({}, {"compute__strict": True}))
    assert (lenient.compute.strict, strict.compute.strict) == (False, True)
    assert lenient.model_dump(mode="json") == strict.model_dump(mode="json")
    assert lenient.compute.model_dump() == strict.compute.model_dump()
