"""Workers: what a child process starts with, how it answers, and that it ends with its parent, however that ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import is_at_work, wait_until

from pipeline.base.errors import PipelineError
from pipeline.io.workers import Worker, WorkerEndedError, told_to_end

ROOT = Path(__file__).resolve().parents[2]
PARENT = """
import os, signal, sys, time
from pathlib import Path
from pipeline.io.workers import Worker, told_to_end

def answer(request):
    if sys.argv[1] == "keeps":
        signal.signal(signal.SIGTERM, lambda *_: (Path("kept").write_text("work"), sys.exit("told to end")))
    Path("working").write_text(str(os.getpid()))
    while True:
        time.sleep(600)

with Worker(lambda: (None, answer)) as worker, told_to_end(worker):
    if sys.argv[2:] == ["within"]:
        with Worker(lambda: (None, answer)) as other, told_to_end(other):
            worker.ask(None)
    worker.ask(None)
"""


def worker(answer: Callable[[Any], Any]) -> Worker:
    return Worker(lambda: ("begun", answer))


def test_a_worker_says_how_it_began_and_answers_one_request_after_another() -> None:
    with worker(lambda request: [request, os.getpid()]) as child:
        assert child.told == "begun"
        assert [child.ask({"n": n}) for n in (1, 2)] == [[{"n": 1}, child.process], [{"n": 2}, child.process]]
        assert child.process != os.getpid()


def test_what_goes_wrong_in_it_is_an_error_of_the_parent_in_one_line() -> None:
    def answer(request: str) -> None:
        raise {"known": PipelineError("params.yaml: no"), "other": ValueError("no\nsuch"), "exit": SystemExit(0)}[
            request
        ]

    with worker(answer) as child:
        for request, said in (
            ("known", "params.yaml: no"),
            ("other", "ValueError: no such"),
            ("exit", "SystemExit: 0"),
        ):
            with pytest.raises(PipelineError) as error:
                child.ask(request)
            assert str(error.value) == said

    def begin() -> Any:
        raise PipelineError("could not be confined")

    with pytest.raises(PipelineError, match=r"^could not be confined$"):
        Worker(begin)


def test_it_has_no_descriptor_of_its_parent_s_and_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    with (tmp_path / "secret").open() as secret:

        def answer(request: object) -> list[str]:
            own = [path for path in Path("/proc/self/fd").iterdir() if path.name not in ("1", "2")]
            return [str(path.readlink()) for path in own if path.is_symlink()]

        with worker(answer) as child:
            opened = child.ask(None)
        assert not any("secret" in place for place in opened), secret
        assert "/dev/null" in opened
        assert len([place for place in opened if not place.startswith(("/dev/null", "/proc/"))]) <= 3  # socket, output


def test_what_it_says_in_its_parent_s_name_is_no_answer() -> None:
    def answer(request: object) -> None:
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"made up\n")
            except OSError:
                continue

    with worker(answer) as child, pytest.raises(PipelineError, match="what is no answer"):
        child.ask(None)


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (lambda _: os._exit(7), "ended itself with status 7"),
        (lambda _: os.kill(os.getpid(), signal.SIGKILL), "was ended by SIGKILL"),
    ],
)
def test_one_that_ends_before_it_answers_is_told(ends: Callable[[object], None], said: str) -> None:
    with worker(ends) as child, pytest.raises(WorkerEndedError, match=said):
        child.ask(None)


def test_one_that_is_not_needed_any_more_is_ended() -> None:
    child = worker(lambda request: request)
    process = child.process
    del child
    wait_until(lambda: not is_at_work(process), "the end of the worker", 10)


def parent(how: str, folder: Path, *more: str) -> tuple["subprocess.Popen[bytes]", int]:
    """Start a process whose worker is at work; return both."""
    command = [sys.executable, "-c", PARENT, how, *more]
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
    wait_until(lambda: (folder / "working").exists() and (folder / "working").read_text(), "the worker")
    return process, int((folder / "working").read_text())


def test_it_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    process, child = parent("ends", tmp_path)
    process.kill()
    process.wait()
    wait_until(lambda: not is_at_work(child), "the end of the worker", 10)


def test_a_parent_that_is_told_to_end_lets_it_keep_its_work_and_ends_as_it_does(tmp_path: Path) -> None:
    process, _ = parent("ends", tmp_path)
    process.terminate()
    assert process.wait(30) == -signal.SIGTERM
    (tmp_path / "working").unlink()
    process, _ = parent("keeps", tmp_path)
    process.terminate()
    assert process.wait(30) == 1
    assert (tmp_path / "kept").read_text() == "work"


def test_of_two_workers_one_within_the_other_both_are_told_to_end(tmp_path: Path) -> None:
    process, _ = parent("keeps", tmp_path, "within")
    process.terminate()
    assert process.wait(30) == 1
    assert (tmp_path / "kept").read_text() == "work"


def test_a_fork_of_its_parent_has_no_say_in_it() -> None:
    with worker(lambda request: request) as child:
        if (fork := os.fork()) == 0:
            child.close()
            os._exit(0)
        os.waitpid(fork, 0)
        assert child.ask(5) == 5


def test_handlers_of_signals_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with worker(lambda request: request) as child, told_to_end(child):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_it_has_started_ends_with_it_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    def answer(request: str) -> int:
        if (child := os.fork()) == 0:
            time.sleep(600)
        if request == "dies":
            (tmp_path / "child").write_text(str(child))
            os.kill(os.getpid(), signal.SIGKILL)
        return child

    with worker(answer) as process:
        child = process.ask("lives")
    wait_until(lambda: not is_at_work(child), "the end of what it had started", 10)
    with worker(answer) as process, pytest.raises(WorkerEndedError, match="was ended by SIGKILL"):
        process.ask("dies")
    wait_until(lambda: not is_at_work(int((tmp_path / "child").read_text())), "the end of what it had started", 10)


def test_an_answer_that_json_cannot_hold_is_told_as_that() -> None:
    with worker(lambda request: {1, 2}) as child, pytest.raises(PipelineError, match=r"^its answer is not JSON: "):
        child.ask(None)


def test_a_signal_that_its_parent_ignores_is_ignored_by_it_too() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with worker(lambda request: request) as child, told_to_end(child):
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            os.kill(child.process, signal.SIGHUP)
            assert child.ask(5) == 5
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_it_prints_goes_where_its_parent_prints_and_never_from_a_terminal_into_a_pipe(tmp_path: Path) -> None:
    code = (
        "import os\nfrom pipeline.io.workers import Worker\n"
        "def answer(_):\n    print('printed')\n    os.write(2, b'to the terminal')\n"
        "with Worker(lambda: (None, answer)) as worker:\n    worker.ask(None)\n"
    )
    ours, theirs = os.openpty()
    told = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=theirs, env=told, check=True)
    os.close(ours)
    os.close(theirs)
    assert done.stdout == b"printed\n"
