import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.io.toy import FIRST, Toy, receipt

from pipeline.base.errors import BusyError, PipelineError
from pipeline.io import runs
from pipeline.io.attempts import ATTEMPTS
from pipeline.io.jobs import STATE
from pipeline.io.runs import LOCK, RUNS, TOKEN, SettledJob, announce, forget, hold, is_held, is_job, settled_job
from pipeline.io.settling import Graph
from pipeline.progress import run_at_work

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from pipeline.io.runs import announce, hold
from pipeline.io.settling import Graph
from tests.io.toy import Toy
hold()
announce(Graph(Toy().jobs()))
import os
print(os.environ["PIPELINE_RUN"], flush=True)
sys.stdin.read()
"""
LOOKER = "from pipeline.io.runs import is_job; print(is_job())"


def python(code: str, **environment: str) -> "subprocess.Popen[str]":
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(TOKEN, "")
    yield
    while runs.KEPT:
        runs.KEPT.pop().close()


@pytest.fixture
def holder(fresh: Toy) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    process = python(HOLDER)
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    process.kill()
    process.communicate()


Holder = tuple["subprocess.Popen[str]", str]


def test_a_second_run_is_refused_in_one_line(holder: Holder) -> None:
    with pytest.raises(BusyError, match=r"^another snakemake is at work in this folder;") as error:
        hold()
    assert "\n" not in str(error.value)


def test_holding_twice_in_one_process_is_refused_too(fresh: Toy) -> None:
    hold()
    with pytest.raises(BusyError):
        hold()


def test_a_holder_that_is_killed_holds_no_more(holder: Holder) -> None:
    assert is_held()
    holder[0].kill()
    holder[0].wait()
    assert not is_held()
    hold()
    assert is_held()


def test_a_job_of_a_run_at_work_knows_it_and_finds_its_inputs(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, holder[1])
    assert is_job()
    assert settled_job(receipt(FIRST)) == SettledJob(Toy().jobs()[0])


def test_a_job_knows_the_allocation_that_its_whole_run_is_in(fresh: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    hold()
    announce(Graph(Toy().jobs()))
    monkeypatch.setenv("SLURM_JOB_ID", "8")
    assert settled_job(receipt(FIRST)).allocation == "7"


@pytest.mark.parametrize("token", ["", "1", "settled", "../lock", "0123456789abcdef", "*"])
def test_a_token_set_by_hand_is_believed_by_no_one(holder: Holder, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, token)
    assert not is_job()
    with pytest.raises(PipelineError, match="steps run inside a graph; use `snakemake"):
        settled_job(receipt(FIRST))


def test_a_token_that_leads_out_of_the_folder_of_runs_is_believed_by_no_one(
    holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (STATE / "closures.json").write_text("{}")
    monkeypatch.setenv(TOKEN, "../closures")
    assert not is_job()


def test_what_an_earlier_run_noted_is_gone_once_another_has_settled(fresh: Toy) -> None:
    torn = STATE / f".journal.jsonl.{2**22 + 1}.tmp"
    for path in (ATTEMPTS / "1.jsonl", torn):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    hold()
    announce(Graph(fresh.jobs()))
    assert not ATTEMPTS.exists()
    assert not torn.exists()


def test_a_process_that_was_forked_from_a_run_does_not_end_it(fresh: Toy) -> None:
    hold()
    announce(Graph(fresh.jobs()))
    (graph,) = RUNS.iterdir()
    owner = os.getpid()
    if not (child := os.fork()):
        forget(graph, owner)
        os._exit(0)
    os.waitpid(child, 0)
    assert graph.exists()
    forget(graph, owner)
    assert not graph.exists()


def test_a_job_is_told_what_the_run_it_is_of_was_told(fresh: Toy) -> None:
    hold()
    announce(Graph(fresh.jobs()), cache=Path("cache"), anew=True, jobs_per_gpu=3)
    told = settled_job(receipt(FIRST))
    assert (told.cache, told.anew, told.jobs_per_gpu) == (Path("cache"), True, 3)


def test_a_token_of_a_run_that_was_killed_is_stale(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, holder[1])
    holder[0].kill()
    holder[0].wait()
    assert (RUNS / f"{holder[1]}.json").exists()
    assert not is_job()


def test_a_token_of_an_earlier_run_is_stale_while_another_works(
    holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder[0].kill()
    holder[0].wait()
    hold()
    announce(Graph(Toy().jobs()))
    assert python(LOOKER, **{TOKEN: os.environ[TOKEN]}).communicate()[0].strip() == "True"
    assert python(LOOKER, **{TOKEN: holder[1]}).communicate()[0].strip() == "False"


def test_while_a_run_settles_the_graph_of_a_killed_one_is_no_run_at_work(
    holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder[0].kill()
    holder[0].wait()
    assert run_at_work() is not None
    hold()
    assert run_at_work() is None
    monkeypatch.setenv(TOKEN, holder[1])
    assert not is_job()


def test_a_run_that_ends_well_leaves_no_graph(holder: Holder) -> None:
    holder[0].communicate("")
    assert list(RUNS.iterdir()) == []


def test_an_output_outside_the_settled_graph_is_refused(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, holder[1])
    with pytest.raises(PipelineError, match="is no part of the graph that was settled"):
        settled_job("runs/other/receipt.json")


def test_where_nothing_ran_nothing_is_held_and_no_file_appears(fresh: Toy) -> None:
    assert not is_held()
    assert not LOCK.exists()


def test_a_folder_that_cannot_be_written_is_refused_in_one_line(fresh: Toy) -> None:
    LOCK.parent.write_text("a file where the folder should be")
    with pytest.raises(PipelineError, match=r"cannot be written \(File exists\)"):
        hold()
