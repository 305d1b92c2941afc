"""A run is followed until it ends, and its end is a success only where all was made."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import watching
from pipeline.base.errors import PipelineError
from pipeline.io.files import write_json
from pipeline.io.runs import RUNS, held
from pipeline.progress import Progress
from pipeline.watching import lines, watch

GRAPH = RUNS / "0123.json"
OUTPUT = "runs/a/receipt.json"


@pytest.fixture(autouse=True)
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go into an empty folder, where a run is looked at often."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(watching, "EVERY", 0.01)
    monkeypatch.setattr(watching, "LONG", 0.05)


@pytest.fixture
def at_work() -> Iterator[None]:
    """Hold the study as a run does."""
    with held():
        yield


def announced(*missing: str) -> None:
    write_json(GRAPH, {"jobs": [{"outputs": [OUTPUT]}], "missing": list(missing)})


def test_a_run_that_ended_with_nothing_left_to_make_is_a_success(
    at_work: None, capsys: pytest.CaptureFixture[str]
) -> None:
    announced()
    threading.Timer(0.1, GRAPH.unlink).start()
    assert watch(as_json=False)
    assert capsys.readouterr().out == "progress: 0 of 0 done, 0 running\n"


def test_a_run_that_ended_before_all_was_made_is_none(at_work: None, capsys: pytest.CaptureFixture[str]) -> None:
    announced(OUTPUT)
    threading.Timer(0.1, GRAPH.unlink).start()
    assert not watch(as_json=True)
    (said,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (said["total"], said["done"], said["waiting"]) == (1, 0, 1)


def test_a_run_that_was_killed_and_left_its_graph_is_none_even_where_nothing_was_left_to_make() -> None:
    file = held()
    announced()
    threading.Timer(0.1, file.close).start()
    assert not watch(as_json=False)


def test_where_no_run_is_at_work_there_is_nothing_to_follow() -> None:
    announced()
    with pytest.raises(PipelineError, match="no snakemake is at work in this folder; start one, or leave --watch out"):
        watch(as_json=False)


def test_a_state_is_told_only_where_something_is_done_running_or_failed_anew(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show = lines(lambda now: f"{len(now.done)} {len(now.running)} {len(now.failed)} {now.seconds_left:.0f}")
    for done, running, failed, left in (
        ([], {}, {}, 9), ([], {}, {}, 8), (["a"], {}, {}, 7), (["a"], {"b": ""}, {}, 6), (["a"], {}, {"b": "x"}, 5),
        (["a"], {}, {}, 4),
    ):  # fmt: skip
        show(Progress(["a", "b"], done, running, failed, left, 0))
    assert capsys.readouterr().out.splitlines() == ["0 0 0 9", "1 0 0 7", "1 1 0 6", "1 0 1 5", "1 0 0 4"]
