"""Random histories end in what an empty clone builds; `make soak` runs many more of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from tests.study import copy_of, made_once
from tests.workflow.edits import GRAPHS, edit
from tests.workflow.histories import History, Step, histories, parsed
from tests.workflow.oracle import Oracle
from tests.workflow.soak import Soak, prepared, start

STEPS = 20  # a minute for three; `make soak` takes as many as it is told
FIXED = (
    "change_parameter:14>snakemake+status check_out:3>dvc touch:5>snakemake+again",
    "relink:2+corrupt_in_place:4>snakemake+status check_out:1>dvc",
    "kill:8+change_code:2>dvc change_code:2>snakemake+again",
    "relink:292+corrupt:130>dvc change_parameter:4166>snakemake corrupt_in_place:3746>dvc",  # DVC's cache is damaged
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Soak]:
    """Yield a soak of which nothing was run; processes share its start, and what its oracle builds."""
    started = made_once(tmp_path_factory, "start-of-histories", start)
    with prepared(started.folder.parent / "built-for-histories", started) as soak:
        yield soak


@given(histories())
def test_a_history_is_read_back_from_its_text(steps: list[Step]) -> None:
    assert parsed(" ".join(map(str, steps))) == steps


def test_an_edit_of_a_text_is_taken_back_by_the_same_edit(tmp_path: Path) -> None:
    path = tmp_path / "Snakefile"
    shutil.copy("Snakefile", path)
    text = path.read_text()
    for before, after in GRAPHS:
        edit(path, before, after)
        assert path.read_text() != text
        edit(path, before, after)
        assert path.read_text() == text


@pytest.mark.slow
@pytest.mark.parametrize("history", FIXED)
def test_a_history_ends_in_what_an_empty_clone_builds(running: Soak, history: str) -> None:
    running.run(parsed(history), stop=True)


@pytest.mark.slow
def test_random_histories_end_in_what_an_empty_clone_builds(running: Soak) -> None:
    running.many(steps=STEPS, seed=3)
    assert running.tally["wrong"] + running.tally["needless"] == 0


def broken_on_purpose(running: Soak, folder: Path) -> History:
    """Return a history to break, whose oracle does not ask the broken code to build from nothing."""
    return History(copy_of(running.base, folder), Oracle(running.oracle.folder, confirms=False))


@pytest.mark.slow
def test_what_is_false_is_found(running: Soak, tmp_path: Path) -> None:
    history = broken_on_purpose(running, tmp_path / "study")
    (history.study.folder / "results" / "metrics.json").write_text("{}")
    assert history.step(Step((), "snakemake")).problems == []
    settling = history.study.folder / "src" / "pipeline" / "io" / "settling.py"
    edit(settling, "            return str(error)\n", "            return None\n")
    (history.study.folder / "results" / "metrics.json").write_text("{}")
    assert history.step(Step((), "snakemake")).problems == ["results/metrics.json"]


@pytest.mark.slow
def test_work_that_was_not_needed_is_found(running: Soak, tmp_path: Path) -> None:
    history = broken_on_purpose(running, tmp_path / "study")
    jobs = history.study.folder / "src" / "pipeline" / "io" / "jobs.py"
    edit(jobs, "        for name in (WITHDRAWN, RECEIPT):\n", "        for name in ():\n")
    edit(jobs, "        if self.shelf is None:\n", "        if self.shelf is None or home:\n")
    shutil.rmtree(history.study.folder / "data" / "splits")
    assert "choices/full" in history.step(Step((), "snakemake")).needless
