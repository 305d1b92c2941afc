"""An artefact that comes out different from the same start is named, on whatever evidence there is; no other is."""

import os
from pathlib import Path
from typing import Any

import pytest
from tests.io.test_shelf import KEPT, keep
from tests.io.toy import FIRST, HOMES, PACK, Toy, receipt

from pipeline.base.canonical import file_digest
from pipeline.io.bodies import Task
from pipeline.io.dvc import Cache
from pipeline.io.files import write_text
from pipeline.io.jobs import OBSERVED, flat
from pipeline.io.machine import machine_class
from pipeline.io.receipts import RECEIPT
from pipeline.io.repeats import CACHED, HERE, NOTED, RECORDED, Memory, alarms, events
from pipeline.io.shelf import Shelf

A, _ = PACK
FACTS = OBSERVED / "artefacts"


def random_file(task: Task) -> None:
    if task.home.name.endswith("a"):
        write_text(task.home / "noise.txt", os.urandom(8).hex())


def quiet(task: Task) -> None:
    if task.home.name.endswith("a"):
        write_text(task.home / "noise.txt", "quiet")


def again(toy: Toy, number: int = 1, memory: Memory | None = None) -> list[str]:
    """Make a job's artefacts anew, as a forced run does: Snakemake removes their receipts first."""
    for home in (FIRST,) if number == 0 else PACK:
        Path(home, RECEIPT).unlink(missing_ok=True)
    said: list[str] = []
    toy.performer(toy.jobs()[number], said.append, memory=memory).perform()
    return [line for line in said if " made in " not in line]


def recorded(change: dict[str, str] | None = None) -> dict[str, Any]:
    """Return what a manifest says of the artefacts here, some fields of their class of machine changed."""
    world = Toy().look()
    observed = {"machine": {**machine_class(), **(change or {})}}
    return {
        home: {"receipt": file_digest(Path(home, RECEIPT)), "files": dict(world.files(home)), "observed": observed}
        for home in HOMES
    }


@pytest.fixture
def noisy(fresh: Toy) -> Toy:
    """Return the toy graph, made, one artefact of which holds random bytes."""
    fresh.during = random_file
    fresh.build().made()
    return fresh


def test_what_comes_out_the_same_is_not_mentioned(toy: Toy) -> None:
    assert again(toy, 0) == again(toy) == []
    assert not NOTED.exists()
    assert alarms() == []


def test_what_comes_out_different_is_named_with_both_digests_and_its_first_file(noisy: Toy) -> None:
    before = file_digest(Path(A, "noise.txt"))
    (said,) = again(noisy)
    now = file_digest(Path(A, "noise.txt"))
    assert said.startswith(f"nondeterminism: each: {A}/noise.txt is {now[:12]}, and was {before[:12]} ({HERE})")
    (alarm,) = alarms()
    assert (alarm["artefact"], alarm["step"], alarm["file"]) == (A, "each", "noise.txt")
    assert (alarm["before"], alarm["now"], alarm["told_by"]) == (before, now, HERE)


def test_files_that_were_damaged_after_they_were_made_are_no_sign_of_it(toy: Toy) -> None:
    Path(A, "value.json").write_text("{}")
    Path(A, "more.txt").write_text("more")
    assert again(toy) == []


@pytest.mark.parametrize("change", ["parameters", "code", "input"])
def test_another_start_is_never_compared(noisy: Toy, change: str) -> None:
    if change == "parameters":
        noisy.shift["a"] = 9
    elif change == "code":
        Path("app/tool.py").write_text("def add(x):\n    return x + 2\n")
    else:
        Path("a.txt").write_text("11")
    assert again(noisy) == []
    assert events() == []


def test_a_difference_from_what_the_manifest_records_is_named(noisy: Toy) -> None:
    told = recorded()
    (FACTS / f"{flat(A)}.json").unlink()
    (said,) = again(noisy, memory=Memory(told))
    assert f"({RECORDED})" in said
    assert len(alarms()) == 1


def test_a_difference_from_what_dvc_keeps_is_named_where_its_class_is_known(noisy: Toy) -> None:
    keep("runs")
    told = recorded()
    noisy.shift["a"] = 9
    again(noisy)
    noisy.shift["a"] = 1
    shelf = Shelf(Cache(KEPT))
    (said,) = again(noisy, memory=Memory(None, shelf))
    assert "which was made on a class of machine that is not known" in said
    assert alarms() == []
    again(noisy)
    NOTED.unlink()
    (FACTS / f"{flat(A)}.json").unlink()
    (said,) = again(noisy, memory=Memory({A: {**told[A], "files": {}}}, shelf))
    assert f"({CACHED})" in said
    assert len(alarms()) == 1


def test_a_difference_from_another_class_of_machine_is_said_and_counts_for_nothing(noisy: Toy) -> None:
    told = recorded({"instructions": "sse4_2"})
    (FACTS / f"{flat(A)}.json").unlink()
    (said,) = again(noisy, memory=Memory(told))
    assert "which was made on another class of machine (instructions)" in said
    assert events() == []


def test_a_suspicion_ends_when_the_code_changes_and_comes_back_with_it(noisy: Toy) -> None:
    again(noisy)
    tool = Path("app/tool.py")
    before = tool.read_text()
    tool.write_text("def add(x):\n    return x + 2\n")
    again(noisy)
    assert alarms() == []
    tool.write_text(before)
    again(noisy)
    assert len(alarms()) == 1


def test_a_suspicion_ends_when_the_artefact_comes_out_the_same_twice_and_not_before(noisy: Toy) -> None:
    again(noisy)
    noisy.during = quiet
    again(noisy)
    assert [event["event"] for event in events()] == ["different", "different"]
    again(noisy)
    assert len(alarms()) == 1
    noisy.during = random_file
    again(noisy)
    noisy.during = quiet
    for left in (1, 1, 0):
        again(noisy)
        assert len(alarms()) == left
    assert {event["artefact"] for event in events()} == {A}


def test_a_line_that_was_cut_short_hides_no_other(noisy: Toy) -> None:
    again(noisy)
    with NOTED.open("a") as file:
        file.write('{"event": "same", "artef\n[]\n')
    assert len(alarms()) == 1


def test_what_is_not_here_any_more_is_no_alarm(noisy: Toy) -> None:
    again(noisy)
    for path in Path(A).iterdir():
        path.unlink()
    assert alarms() == []


@pytest.mark.parametrize("text", ["", "[]", '{"receipt": "0", "machine": {}}', '{"receipt": 1, "files": 2}'])
def test_notes_that_are_damaged_or_of_another_version_are_nothing_to_compare_with(noisy: Toy, text: str) -> None:
    (FACTS / f"{flat(A)}.json").write_text(text)
    assert again(noisy, memory=Memory({A: {"receipt": "0"}})) == []
    assert receipt(A) in noisy.settle().standing
