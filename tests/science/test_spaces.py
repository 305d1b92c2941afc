import pytest
from pydantic import ValidationError

from pipeline.science.spaces import Range, parse_space


@pytest.mark.parametrize(
    ("stated", "kind", "ends"),
    [
        ({"log_uniform": [0.001, 0.1]}, "log_uniform", (0.001, 0.1)),
        ({"uniform": [0, 0.5]}, "uniform", (0.0, 0.5)),
        ({"integer": [1, 9]}, "integer", (1, 9)),
        ({"choice": ["sqrt", 0.3, True]}, "choice", ("sqrt", True)),
    ],
)
def test_a_range_knows_its_kind_and_both_ends(stated: dict[str, object], kind: str, ends: tuple[object, ...]) -> None:
    found = parse_space({"x": stated})["x"]  # type: ignore[dict-item]
    assert (found.kind, found.ends()) == (kind, ends)


def test_choices_that_are_equal_but_not_the_same_are_two() -> None:
    assert Range(choice=(1, 1.0, True)).choice == (1, 1.0, True)
    with pytest.raises(ValidationError, match="choice states a value twice"):
        Range(choice=(0.5, 0.5))


def test_what_is_wrong_is_named_with_its_place() -> None:
    with pytest.raises(ValueError, match=r"^rate: uniform is \[low, high\] with low below high, not \[0.5, 0.1\]"):
        parse_space({"rate": {"uniform": [0.5, 0.1]}})
    with pytest.raises(ValueError, match=r"^rate\.integer\.0: "):
        parse_space({"rate": {"integer": [1.5, 3]}})
    with pytest.raises(ValueError, match=r"^rate: state exactly one of"):
        parse_space({"rate": {"uniform": None}})
