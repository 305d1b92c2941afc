import pytest
from tests.base.stated import stated

from pipeline.base.data_sizes import TRAINING_ROWS, check_rows, check_sizes, model_settings, sizes
from pipeline.base.errors import ParameterError
from pipeline.base.params import Study


def study(rows: list[int]) -> Study:
    return Study.model_validate(stated(data_efficiency=rows))


def test_every_method_has_a_variant_a_size() -> None:
    assert list(sizes(study([20, 40]), ["full", "mlp"])) == [
        ("full_at_20", "full", 20), ("full_at_40", "full", 40), ("mlp_at_20", "mlp", 20), ("mlp_at_40", "mlp", 40),
    ]  # fmt: skip
    assert list(sizes(study([]), ["full"])) == []


def test_a_model_is_told_neither_its_name_nor_how_many_rows_there_are() -> None:
    assert model_settings({"model": "mlp", TRAINING_ROWS: 20, "hidden": 5}) == {"hidden": 5}


@pytest.mark.parametrize(
    ("rows", "said"), [([20, 20], "names a size twice"), ([20, 80], "80 is not below the 80 rows")]
)
def test_a_size_is_stated_once_and_below_all_rows(rows: list[int], said: str) -> None:
    with pytest.raises(ParameterError, match=f"params.yaml: data_efficiency: {said}"):
        check_sizes(study(rows))
    check_sizes(study([20, 79]))


@pytest.mark.parametrize("rows", [0, 81, 2.0, "20", True, None])
def test_the_rows_of_a_variant_are_a_whole_number_of_those_there_are(rows: object) -> None:
    with pytest.raises(ParameterError, match=r"variants.few.training_rows: is .*; state a whole number from 1 to 80"):
        check_rows(rows, 80, "variants.few.training_rows")
    check_rows(1, 80, "variants.few.training_rows")
    check_rows(80, 80, "variants.few.training_rows")
