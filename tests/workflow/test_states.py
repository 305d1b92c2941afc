"""The state of every artefact of the toy graph, each cause told once."""

from pathlib import Path

import pytest
from tests.io.toy import FIRST, HOMES, PACK, Toy, receipt

from pipeline.io.receipts import RECEIPT, WITHDRAWN
from pipeline.io.settling import Graph
from pipeline.states import STATES, Described, by_step, described, environment_differences, is_follow_on

A, B = PACK


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """Return the toy graph, made, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Toy().write().build()


def told(toy: Toy) -> Described:
    return described(Graph(toy.jobs()), toy.look())


def states(toy: Toy) -> list[str]:
    found = told(toy)
    return [found[home]["state"] for home in HOMES]


def test_what_is_true_is_valid_and_nothing_more_is_said_of_it(toy: Toy) -> None:
    valid = {"state": "valid", "reason": ""}
    assert told(toy) == {FIRST: {"step": "first", **valid}, **{home: {"step": "each", **valid} for home in PACK}}


def test_what_was_not_made_is_missing(toy: Toy) -> None:
    for path in Path(FIRST).iterdir():
        path.unlink()
    assert told(toy)[FIRST] == {"step": "first", "state": "missing", "reason": "not made yet"}


def test_changed_parameters_make_stale_and_what_rests_on_it_names_it(toy: Toy) -> None:
    toy.factor = 3
    found = told(toy)
    assert states(toy) == ["stale", "stale", "stale"]
    assert found[FIRST]["reason"] == "parameter nested.factor (2 → 3)"
    assert found[A]["reason"] == f"rests on {FIRST}"
    assert [is_follow_on(found[home]) for home in HOMES] == [False, True, True]


def test_a_changed_file_is_corrupt_and_what_shares_its_job_names_it(toy: Toy) -> None:
    (Path(A) / "value.json").write_text("{}")
    found = told(toy)
    assert states(toy) == ["valid", "corrupt", "stale"]
    assert found[A]["reason"].startswith("file value.json (")
    assert found[B]["reason"] == f"shares a job with {A}"
    assert [is_follow_on(found[home]) for home in PACK] == [False, True]


def test_what_rests_on_a_corrupt_one_is_stale(toy: Toy) -> None:
    (Path(FIRST) / "value.json").write_text("{}")
    assert states(toy) == ["corrupt", "stale", "stale"]
    assert told(toy)[A]["reason"] == f"rests on {FIRST}"


def test_a_receipt_that_cannot_be_read_is_corrupt_and_a_withdrawn_one_is_told_as_if_it_stood(toy: Toy) -> None:
    Path(receipt(A)).write_text("[]")
    assert states(toy) == ["valid", "corrupt", "stale"]
    (Path(FIRST) / RECEIPT).rename(Path(FIRST) / WITHDRAWN)
    assert states(toy)[0] == "valid"  # true, and put back by the next run


def test_looking_renames_nothing(toy: Toy) -> None:
    toy.factor = 3
    before = sorted(Path().rglob("*"))
    told(toy)
    assert sorted(Path().rglob("*")) == before


def test_steps_are_counted_in_their_order_with_every_state_named(toy: Toy) -> None:
    (Path(A) / "value.json").write_text("{}")
    nothing = dict.fromkeys(STATES, 0)
    counts = by_step(told(toy), ["each", "first", "other"])
    assert list(counts) == ["each", "first", "other"]
    assert counts["each"] == {**nothing, "corrupt": 1, "stale": 1}
    assert counts["first"] == {**nothing, "valid": 1}
    assert counts["other"] == nothing


def test_a_distribution_that_some_artefact_may_import_is_told_where_it_is_not_the_locked_one(toy: Toy) -> None:
    world = toy.look()
    described(Graph(toy.jobs()), world)
    assert environment_differences(world) == []
    Path("app/tool.py").write_text("import packaging\ndef add(x):\n    return x + 1\n")
    world = toy.look()
    described(Graph(toy.jobs()), world)
    (line,) = environment_differences(world)
    assert line.startswith("packaging is ")
    assert line.endswith(", locked 0")
