"""The work in a room: recorded choices are taken only over recorded data, and what failed is told by what it is of."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.base.canonical import text_digest
from pipeline.io.jobs import FAILURES, JOURNAL
from pipeline.verifying.rebuilding import Rebuilt, expected, only, outcome, rebuild
from pipeline.verifying.recorded import Recorded
from pipeline.verifying.room import Room
from pipeline.verifying.scope import everything, of_runs, of_targets
from pipeline.workflow import DATA_HOMES

RUNS = [f"full/seed-{seed}" for seed in range(5)]
CHOICE = "choices/full"


@pytest.fixture
def recorded() -> Recorded:
    homes = [*DATA_HOMES, CHOICE, *(f"{root}/{run}" for root in ("runs", "evaluations") for run in RUNS)]
    artefacts: dict[str, Any] = {home: {"receipt": text_digest(home), "files": {}} for home in homes}
    manifest = {"artefacts": artefacts, "conclusions": {}, "choices": {CHOICE: {"receipt.json": CHOICE}}}
    return Recorded("c" * 40, manifest, "0")


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """Return a room with the data as they were recorded, in which Snakemake does nothing and succeeds."""
    for home in DATA_HOMES:
        (tmp_path / home).mkdir(parents=True)
        (tmp_path / home / "receipt.json").write_text(home)
    return Room(tmp_path, tmp_path, dict(os.environ), ("true",), "closed")


def rebuilt(room: Room, recorded: Recorded) -> Rebuilt:
    return rebuild(room, recorded, of_runs(recorded, RUNS[:1]), 1, print)


def test_recorded_choices_are_put_into_a_room_whose_data_is_what_was_recorded(room: Room, recorded: Recorded) -> None:
    assert rebuilt(room, recorded) == Rebuilt(set())
    assert (room.study / CHOICE / "receipt.json").read_text() == CHOICE


@pytest.mark.parametrize("home", DATA_HOMES)
def test_recorded_choices_are_not_taken_over_other_data(home: str, room: Room, recorded: Recorded) -> None:
    (room.study / home / "receipt.json").write_text("otherwise")
    found = rebuilt(room, recorded)
    assert found.stopped == f"rests on {home}, which is not what was recorded"
    assert not (room.study / CHOICE).exists()


def test_a_room_whose_engine_fails_says_so(tmp_path: Path, recorded: Recorded) -> None:
    room = Room(tmp_path, tmp_path, dict(os.environ), ("sh", "-c", "echo 'pipeline: no luck'; exit 1"), "closed")
    for scope in (everything(recorded), of_runs(recorded, RUNS[:1])):
        assert rebuild(room, recorded, scope, 1, print).reason("results") == "no luck"


def test_what_was_made_and_why_the_rest_failed_is_read_from_what_the_jobs_left(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).parent.mkdir(parents=True)
    events = [{"event": "made", "artefact": "data/raw"}, {"event": "returned", "artefact": "data/splits"}]
    (tmp_path / JOURNAL).write_text("".join(f"{json.dumps(event)}\n" for event in events))
    (tmp_path / FAILURES).write_text("failed: runs/a runs/b: MemoryError: no more\n  log:    logs/train.log\n")
    found = outcome(tmp_path, ["Traceback", "pipeline: what stopped it", ""])
    assert found.homes == {"data/raw"}
    assert found.reasons == dict.fromkeys(["runs/a", "runs/b"], "MemoryError: no more")
    assert (found.stopped, found.reason("analysis")) == ("", "rests on what was not rebuilt")
    assert outcome(tmp_path / "none", ["a line", ""]).stopped == "a line"


def test_a_verdict_is_due_for_all_that_was_asked_for_made_or_failed(recorded: Recorded) -> None:
    found = Rebuilt({"data/raw", "runs/more"}, {"data/splits": "failed"})
    assert expected(everything(recorded), recorded, found) == {*recorded.artefacts, "runs/more"}
    assert expected(of_targets(recorded, [CHOICE]), recorded, found) == {
        CHOICE, "data/raw", "runs/more", "data/splits",
    }  # fmt: skip
    run = RUNS[0]
    assert expected(of_runs(recorded, [run]), recorded, Rebuilt(set())) == {
        f"runs/{run}",
        f"evaluations/{run}",
        *DATA_HOMES,
    }


def test_some_runs_are_asked_for_by_name_in_packs_that_give_every_core_work(recorded: Recorded) -> None:
    assert only(everything(recorded), 4) == []
    assert only(of_runs(recorded, RUNS), 4) == [f"only={','.join(RUNS)}", "pack=2"]
    assert only(of_runs(recorded, RUNS[:1]), 4)[1] == "pack=1"
