"""Random histories end in what an empty clone builds; `make soak` runs many more of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from tests.study import Study, made_once
from tests.workflow.edits import GRAPHS, edit
from tests.workflow.histories import History, Step, everything, histories, needless, parsed
from tests.workflow.oracle import Oracle, Wanted, standing
from tests.workflow.soak import Soak, prepared, start

from pipeline.io.jobs import JOURNAL

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
@pytest.mark.needs("make")
def test_random_histories_end_in_what_an_empty_clone_builds(running: Soak) -> None:
    running.many(steps=STEPS, seed=3)
    assert running.tally["wrong"] + running.tally["needless"] == 0


@pytest.fixture
def history(study: Study, tmp_path: Path) -> History:
    """Return a history of a built study, in which nothing has happened yet."""
    return History(study, Oracle(tmp_path / "oracle"))


def test_a_file_that_is_not_what_an_empty_clone_builds_is_found(history: History) -> None:
    wanted, folder = Wanted(standing(history.study), succeeds=True, refused=False), history.study.folder
    history._compare(wanted, {})
    assert history.problems == []
    (folder / "results" / "metrics.json").write_text("{}")
    (folder / "results" / "more").write_text("")
    history._compare(wanted, {})
    assert history.problems == ["results/metrics.json", "results/more"]
    history.problems.clear()
    (folder / "results" / "receipt.json").unlink()
    history._compare(wanted, {})
    assert len(history.problems) > 2


def test_work_that_was_not_needed_is_found(history: History) -> None:
    study, wanted = history.study, standing(history.study)
    study.forget()
    (study.folder / JOURNAL).parent.mkdir(exist_ok=True)
    (study.folder / JOURNAL).write_text('{"event": "made", "artefact": "choices/full"}\n')
    assert needless(study, everything(study), wanted) == {"choices/full"}
    for path in (study.folder / "choices" / "full").iterdir():
        path.write_bytes(b"")
    assert needless(study, everything(study), wanted) == set()
