"""What differs between two states of settings and of code."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.io.changes import Code, code_changes, differences, leaves, tokens
from pipeline.io.code import Sources

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 2.5]) | st.text("ab", max_size=2)
SETTINGS = st.recursive(
    SCALARS | st.lists(st.integers(0, 3), max_size=3),
    lambda inner: st.dictionaries(st.text("xyz", min_size=1, max_size=2), inner, max_size=3),
    max_leaves=8,
).filter(lambda value: isinstance(value, dict))
ROOTS = {"train": [("lab.steps:train",)], "analyse": [("lab.steps:analyse",)]}
STEPS = """from lab.parts import fit, mean


def train():
    return fit()


def analyse():
    return mean()
"""
PARTS = """def fit():
    return 1


def mean():
    return 2


def unused():
    return 3
"""


@given(SETTINGS, SETTINGS)
def test_settings_differ_in_no_key_if_and_only_if_they_are_spelled_the_same(before: dict, after: dict) -> None:
    same = json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True)
    assert (differences(leaves(before), leaves(after)) == []) == same


def test_a_change_names_its_dotted_key_and_only_the_sides_that_state_it() -> None:
    before = leaves({"method": {"steps": 1, "ema": 0.0}, "variants": {}})
    after = leaves({"method": {"steps": 1.0}, "variants": {"large": {"width": [3]}}})
    assert differences(before, after) == [
        {"key": "method.ema", "before": 0.0},
        {"key": "method.steps", "before": 1, "after": 1.0},
        {"key": "variants.large.width", "after": [3]},
    ]


def code(folder: Path, steps: str = STEPS, parts: str = PARTS) -> Code:
    """Return the code of a package of two modules."""
    (folder / "lab").mkdir(parents=True)
    for name, text in (("__init__", ""), ("steps", steps), ("parts", parts)):
        (folder / "lab" / f"{name}.py").write_text(text)
    return Code(Sources(folder), ROOTS)


@pytest.mark.parametrize(
    ("steps", "parts", "changed"),
    [
        (STEPS, PARTS.replace("return 2", "return 22"), [("lab.parts:mean", ["analyse"])]),
        (STEPS, PARTS.replace("return 2", "return 2  # two"), []),
        (STEPS, PARTS.replace("return 3", "return 33"), []),
        (STEPS.replace("return mean()", "return mean(fit())"), PARTS, [("lab.steps:analyse", ["analyse"])]),
    ],
)
def test_code_that_a_step_reaches_is_told_with_the_step_and_nothing_else_is(
    tmp_path: Path, steps: str, parts: str, changed: list[tuple[str, list[str]]]
) -> None:
    found = code_changes(code(tmp_path / "before"), code(tmp_path / "after", steps, parts))
    assert [(change["key"], change["steps"]) for change in found] == changed


def test_code_that_is_written_anew_differs_from_code_that_is_only_reached_now(tmp_path: Path) -> None:
    steps = STEPS.replace("import fit, mean", "import fit, mean, new, unused").replace(
        "mean()", "mean(new(), unused())"
    )
    found = code_changes(
        code(tmp_path / "before"), code(tmp_path / "after", steps, f"{PARTS}\n\ndef new():\n    pass\n")
    )
    told = {change["key"]: set(change) & {"before", "after"} for change in found}
    assert told == {"lab.parts:new": {"after"}, "lab.steps:analyse": {"before", "after"}}


def test_a_definition_changed_before_it_was_reached_is_told(tmp_path: Path) -> None:
    steps = STEPS.replace("import fit, mean", "import fit, mean, unused").replace("mean()", "mean(unused())")
    after = code(tmp_path / "after", steps, PARTS.replace("return 3", "return 33"))
    assert "lab.parts:unused" in {change["key"] for change in code_changes(code(tmp_path / "before"), after)}


def test_a_snakefile_is_the_same_under_other_comments_and_not_under_other_rules() -> None:
    rules = 'rule all:\n    input:\n        "a",\n'
    assert tokens(f"# All of it.\n{rules}") == tokens(rules)
    assert tokens(rules.replace('"a"', '"b"')) != tokens(rules)
