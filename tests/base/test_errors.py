import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.base import errors
from pipeline.base.errors import ParameterError, PipelineError, RunFailedError, nearest


def test_the_nearest_valid_name_is_suggested() -> None:
    assert nearest("label_smothing", ["ema", "label_smoothing"]) == "did you mean 'label_smoothing'?"


def test_all_valid_names_are_listed_in_order_where_none_is_near() -> None:
    assert nearest("xyzzy", {"mlp", "cnn"}) == "valid names are cnn, mlp"


@given(st.sets(st.text("abcdef", min_size=1, max_size=6), min_size=1))
def test_a_valid_name_is_nearest_to_itself_and_order_does_not_matter(names: set[str]) -> None:
    for name in names:
        assert nearest(name, names) == f"did you mean '{name}'?" == nearest(name, sorted(names, reverse=True))


def test_every_error_of_ours_is_one_the_command_line_prints_as_a_line() -> None:
    found = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(found) > 5
    assert all(issubclass(kind, PipelineError) for kind in found)


def test_a_parameter_error_says_where_what_and_what_to_do() -> None:
    error = ParameterError("params.yaml", "method.steps", "is missing", "state it")
    assert str(error) == "params.yaml: method.steps: is missing; state it"


def test_failed_runs_keep_their_reasons() -> None:
    error = RunFailedError({"runs/a": "no memory", "runs/b": "no disk"})
    assert str(error) == "runs/a: no memory; runs/b: no disk"
    assert error.failed == {"runs/a": "no memory", "runs/b": "no disk"}
    with pytest.raises(PipelineError):
        raise error
