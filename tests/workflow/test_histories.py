"""Random histories end in what an empty clone builds; `make soak` runs many more of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from tests.study import copy_of
from tests.workflow.edits import GRAPHS, edit
from tests.workflow.histories import History, Step, histories, parsed
from tests.workflow.oracle import standing
from tests.workflow.soak import Soak, prepared, soak

FIXED = (
    "change_parameter:1>snakemake+status check_out:3>dvc touch:5>snakemake+again",
    "relink:2+corrupt_in_place:4>snakemake+status check_out:1>dvc",
    "kill:8+change_code:2>dvc change_code:2>snakemake+again",
)


@pytest.fixture(scope="module")
def running() -> Iterator[Soak]:
    """Yield a soak of which nothing was run."""
    with prepared(limit=1000, kept=None) as soak:
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
def test_random_histories_end_in_what_an_empty_clone_builds() -> None:
    assert soak(steps=50, seed=3) == 0


@pytest.mark.slow
def test_what_is_false_needless_or_left_over_is_found(running: Soak, tmp_path: Path) -> None:
    history = History(copy_of(running.base, tmp_path / "study"), running.oracle)
    study = history.study
    wanted = running.oracle.of(study)
    before = standing(study)
    assert before == wanted.files
    history._compare(wanted, before)
    assert history.problems == []

    (study.folder / "results" / "metrics.json").write_text("{}")
    history._compare(wanted, before)
    assert history.problems == ["results/metrics.json"]
