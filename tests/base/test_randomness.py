import pytest
from tests.base.stated import stated

from pipeline.base.design import check_design
from pipeline.base.errors import ParameterError
from pipeline.base.params import Study, validated
from pipeline.base.randomness import cells
from pipeline.science.methods import check_streams

LEVELS = {"sample": 2, "order": 3}


def crossed(**changes: object) -> Study:
    """Return a study that crosses two streams, with some changes."""
    design = {"randomness": {"levels": LEVELS, "sample_rows": 40}, "families": {}, **changes}
    return validated(Study, stated(**design), "params.yaml")


def test_every_combination_has_one_run_and_a_stream_that_is_held_has_one_value() -> None:
    found = cells(crossed())
    assert list(found) == [10, 11, 12, 13, 14, 15]
    assert len({(cell["sample"], cell["order"]) for cell in found.values()}) == 6
    assert {(cell["initialisation"], cell["augmentation"]) for cell in found.values()} == {(10, 10)}
    assert {cell["order"] for cell in found.values()} == {10, 11, 12}
    check_design(crossed())


def test_a_study_that_crosses_nothing_has_no_cells_and_dumps_no_key_that_it_does_not_state() -> None:
    study = validated(Study, stated(), "params.yaml")
    assert cells(study) == {}
    assert not {"replication", "randomness"} & set(study.model_dump(mode="json"))
    assert crossed().model_dump(mode="json")["randomness"] == {"levels": LEVELS, "sample_rows": 40}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"seeds__final": [10, 11, 12, 13, 14]}, "seeds.final: states 5 seeds for the 6 runs"),
        ({"randomness": {"levels": {"order": 3, "sample": 2}}}, "randomness.sample_rows: does not go with"),
        ({"randomness": {"levels": LEVELS, "sample_rows": 80}}, "randomness.sample_rows: is 80 of data.train 80"),
        ({"families": stated()["families"]}, "families: contrasts runs that share streams"),
        (
            {"replication": {"it": {"variant": "full", "published": 0.5, "tolerance": 0.1, "cite": "A"}}},
            "replication: is judged over independent runs",
        ),
    ],
)
def test_a_design_that_would_be_believed_too_easily_is_refused(changes: dict[str, object], key: str) -> None:
    with pytest.raises(ParameterError, match=key):
        check_design(crossed(**changes))


def test_a_stream_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match=r"params\.yaml: randomness\.levels\.ordre"):
        crossed(randomness={"levels": {"ordre": 3}})


def test_a_model_that_draws_from_one_stream_alone_is_refused() -> None:
    with pytest.raises(ParameterError, match="random_forest of full has one alone"):
        check_streams(crossed())


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"variant": "fulll"}, "replication.it.variant: no variant is named 'fulll'"),
        ({"variant": "full", "minus": "full"}, "replication.it.minus: is the variant itself"),
        ({"variant": "full", "minus": "minus_leaves"}, "replication.it.minus: no variant is named"),
    ],
)
def test_a_comparison_of_what_there_is_not_is_refused(row: dict[str, str], said: str) -> None:
    stating = {"it": {"published": 0.5, "tolerance": 0.1, "cite": "A", **row}}
    with pytest.raises(ParameterError, match=said):
        check_design(validated(Study, stated(replication=stating), "params.yaml"))
