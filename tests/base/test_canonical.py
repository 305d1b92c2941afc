import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.base.canonical import canonical_json, compact_json, file_digest, text_digest, value_digest

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def shuffled(value: Any, order: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    return [shuffled(item, order) for item in value] if isinstance(value, list) else value


@given(VALUE, st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter_and_nothing_is_lost(value: Any, order: random.Random) -> None:
    for spell in (canonical_json, compact_json):
        assert spell(shuffled(value, order)) == spell(value)
        assert json.loads(spell(value)) == value


@given(st.dictionaries(TEXT, VALUE, max_size=3), st.dictionaries(TEXT, VALUE, max_size=3))
def test_digests_are_equal_exactly_when_spellings_are(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (value_digest(one) == value_digest(other)) == (compact_json(one) == compact_json(other))
    assert (canonical_json(one) == canonical_json(other)) == (compact_json(one) == compact_json(other))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [-float("inf")], {"a": {"b": float("nan")}}])
def test_what_json_cannot_say_is_refused(value: Any) -> None:
    for spell in (canonical_json, compact_json):
        with pytest.raises(ValueError, match="not JSON compliant"):
            spell(value)


def test_a_set_is_refused_rather_than_spelled_in_its_order() -> None:
    with pytest.raises(TypeError):
        canonical_json({"a": {1, 2}})


def test_one_one_point_zero_and_true_are_three_values() -> None:
    assert len({value_digest([1]), value_digest([1.0]), value_digest([True])}) == 3


def test_the_spelling_is_sorted_indented_plain_and_ends_in_a_newline() -> None:
    assert canonical_json({"b": [1], "a": "é"}) == '{\n "a": "é",\n "b": [\n  1\n ]\n}\n'
    assert compact_json({"b": [1], "a": "é"}) == '{"a":"é","b":[1]}'


@given(st.binary(max_size=100))
def test_a_file_has_the_digest_of_its_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "content"
    path.write_bytes(content)
    assert file_digest(path) == hashlib.sha256(content).hexdigest()
    assert text_digest("é") == hashlib.sha256("é".encode()).hexdigest()
