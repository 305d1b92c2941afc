import contextlib
import errno
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest
from tests.disks import small_disk
from tests.io.toy import FIRST, HOMES, PACK, Toy, receipt
from tests.waiting import wait_until

from pipeline import LOADED
from pipeline.base.errors import RunFailedError
from pipeline.io.bodies import Here, Maker, Task
from pipeline.io.files import write_text
from pipeline.io.jobs import OBSERVED, STATE, Performer
from pipeline.io.receipts import RECEIPT, WITHDRAWN, Part, Step, World
from pipeline.io.settling import Job

A, B = PACK
ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import sys
from pathlib import Path
from tests.disks import small_disk
from tests.io.toy import Toy
from tests.waiting import wait_until

def during(task):
    if task.home.name.endswith(sys.argv[1]):
        Path("waiting").touch()
        wait_until(Path("go").exists, "leave to go on")

Toy(during=during).perform(int(sys.argv[2]))
"""


def no_receipt_is_false(toy: Toy) -> bool:
    world = toy.look()
    return all(world.check(home) for home in HOMES if (Path(home) / RECEIPT).exists())


def failed(toy: Toy, number: int) -> dict[str, str]:
    with pytest.raises(RunFailedError) as error:
        toy.perform(number)
    assert "\n" not in str(error.value)
    assert no_receipt_is_false(toy)
    return error.value.failed


def child(hold: str, number: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", CHILD, hold, str(number)]
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.PIPE)


def wait_for(path: str) -> None:
    wait_until(Path(path).exists, path)


def waits_for_a_lock(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether the kernel has a process wait for a lock that another one holds."""
    lines = map(str.split, Path("/proc/locks").read_text().splitlines())
    return any("->" in words and str(process.pid) in words for words in lines)


def test_a_job_makes_signs_and_tells_each_artefact(fresh: Toy) -> None:
    fresh.perform(0)
    said = fresh.perform(1)
    assert fresh.made() == list(HOMES)
    assert [line.partition(" made in")[0] for line in said] == [A, B]
    assert all(fresh.look().check(home) for home in HOMES)


def test_a_run_that_fails_is_listed_and_the_others_are_kept(fresh: Toy) -> None:
    def during(task: Task) -> None:
        if task.home.name.endswith("a"):
            raise ZeroDivisionError("no such number")

    fresh.during = during
    fresh.perform(0)
    assert failed(fresh, 1) == {A: "ZeroDivisionError: no such number"}
    assert (Path(B) / WITHDRAWN).exists()
    assert not (Path(B) / RECEIPT).exists()
    assert not Path(A).exists()
    fresh.made()
    fresh.during = lambda task: None
    fresh.perform(1)
    assert fresh.made() == [A]
    assert fresh.settle().standing == set(map(receipt, HOMES))


def test_what_has_come_true_is_put_back_without_work(toy: Toy) -> None:
    toy.shift["a"] = 9
    toy.settle()
    toy.perform(1)
    assert toy.made() == [A]


def test_what_is_true_but_read_other_files_than_are_asked_for_is_made_anew(toy: Toy) -> None:
    fewer = Job("each", tuple(map(receipt, PACK)), {"each_shift": ("a.txt", "b.txt")})
    toy.performer(fewer).perform()
    assert toy.made() == list(PACK)


def test_code_that_is_edited_before_it_is_loaded_and_edited_back_is_signed_by_no_one(fresh: Toy) -> None:
    honest = Path("app/first.py").read_text()
    fresh.during = lambda task: write_text(Path("app/first.py"), honest)

    @contextlib.contextmanager
    def edited(part: Part, missing: Sequence[str], reads: Sequence[str]) -> Iterator[Maker]:
        write_text(Path("app/first.py"), "def run(): return 2\n")
        yield Here(fresh.look().steps["first"], fresh.make)

    job = Performer(fresh.jobs()[0], fresh.look, edited, lambda line: None)
    with pytest.raises(RunFailedError, match="its code changed while it was being made"):
        job.perform()
    assert not Path(FIRST).exists()


def test_a_module_that_was_loaded_from_other_source_than_is_hashed_makes_nothing(
    fresh: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LOADED, "app.first", "0" * 64)
    assert failed(fresh, 0) == {FIRST: "app.first changed while it was being made; run snakemake again"}
    assert not Path(FIRST).exists()


def test_what_may_rest_on_changed_sources_is_not_gone_on_from(fresh: Toy) -> None:
    def during(task: Task) -> None:
        write_text(task.scratch / "half.txt", "")
        write_text(Path("source.txt"), f"{time.time_ns()}")

    fresh.during = during
    assert failed(fresh, 0)[FIRST].startswith("reads changed")
    assert not list((STATE / "scratch").rglob("half.txt"))


def test_a_disk_that_is_full_is_told_with_the_file_and_a_remedy(fresh: Toy) -> None:
    def during(task: Task) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "value.json")

    fresh.during = during
    assert failed(fresh, 0)[FIRST].startswith("value.json: cannot be written (No space left on device); make room")


def test_sources_that_change_while_running_make_a_job_refuse_to_sign(fresh: Toy) -> None:
    fresh.during = lambda task: write_text(Path("app/first.py"), f"def run(): return {time.time_ns()}\n")
    assert failed(fresh, 0) == {FIRST: "code changed while it was being made; run snakemake again"}
    assert not Path(FIRST).exists()


@pytest.mark.parametrize(("name", "part"), [("source.txt", "reads"), ("app/first.py", "code")])
def test_the_refusal_names_what_changed(fresh: Toy, name: str, part: str) -> None:
    fresh.during = lambda task: write_text(Path(name), "7")
    assert failed(fresh, 0)[FIRST].startswith(f"{part} changed")


def test_a_remark_written_while_running_is_no_change(fresh: Toy) -> None:
    fresh.during = lambda task: write_text(Path("app/first.py"), "# a remark\ndef run(): return 1\n")
    fresh.perform(0)
    assert fresh.look().check(FIRST)


def test_a_parameter_that_changes_while_running_is_noticed(fresh: Toy) -> None:
    def during(task: Task) -> None:
        fresh.factor = 3

    fresh.during = during
    assert failed(fresh, 0)[FIRST].startswith("parameters changed")


def test_an_environment_that_is_not_the_locked_one_makes_nothing(fresh: Toy) -> None:
    Path("app/first.py").write_text("import packaging\ndef run(): return 1\n")
    problem = failed(fresh, 0)[FIRST]
    assert "the environment is not the locked one: packaging is" in problem
    assert problem.endswith("locked 0; run `make setup`")
    assert not Path(FIRST).exists()


def test_nothing_is_built_on_what_is_not_true(toy: Toy) -> None:
    toy.shift["a"] = 9
    (Path(FIRST) / "value.json").write_text("{}")
    with pytest.raises(RunFailedError) as error:
        toy.perform(1)
    assert "will not build on what is not true: data/first: file value.json" in error.value.failed[A]
    assert toy.made() == []


def test_a_module_imported_by_a_made_up_name_is_refused_even_when_it_was_loaded_before(
    fresh: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(Path("app/first.py"), "import app.science\ndef run(): return 1\n")
    for name, text in {"app/science/__init__.py": "", "app/science/hidden.py": "X = 1\n"}.items():
        write_text(Path(name), text)
    monkeypatch.syspath_prepend(str(Path.cwd()))
    for name in ("app", "app.science", "app.science.hidden"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    __import__("app.science.hidden")
    before = sys.modules["app.science.hidden"]

    def during(task: Task) -> None:
        importlib.import_module(".".join(["app", "science", "hidden"]))

    fresh.during = during
    assert "first loaded app.science.hidden, which its imports do not show" in failed(fresh, 0)[FIRST]
    assert sys.modules["app.science.hidden"] is before


@pytest.mark.parametrize("moment", ["a", "b"])
def test_a_kill_leaves_nothing_under_a_receipt_and_costs_only_the_unfinished(fresh: Toy, moment: str) -> None:
    fresh.perform(0)
    process = child(moment, 1)
    wait_for("waiting")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not list(Path().glob(f"runs/*/{RECEIPT}"))
    fresh.made()
    fresh.perform(1)
    assert fresh.made() == {"a": [A, B], "b": [B]}[moment]
    assert all(fresh.look().check(home) for home in HOMES)


def test_two_processes_make_the_same_artefact_once(fresh: Toy) -> None:
    first = child("first", 0)
    wait_for("waiting")
    second = child("nothing", 0)
    wait_until(lambda: second.poll() is not None or waits_for_a_lock(second), "the second at the first's lock")
    Path("go").touch()
    assert [process.communicate()[1] for process in (first, second)] == [b"", b""]
    assert [first.returncode, second.returncode] == [0, 0]
    assert fresh.made() == [FIRST]
    assert fresh.look().check(FIRST)


def test_an_artefact_is_built_aside_and_moved_into_place_whole(toy: Toy) -> None:
    (Path(A) / "stale.txt").write_text("of an earlier try")
    seen: list[bool] = []
    toy.during = lambda task: seen.append((Path(A) / "stale.txt").exists() and STATE / "building" in task.home.parents)
    toy.settle()
    toy.perform(1)
    assert seen == [True]
    assert sorted(path.name for path in Path(A).iterdir()) == [RECEIPT, "value.json"]
    assert not list((STATE / "building").iterdir())


@pytest.mark.parametrize("instead", ["a link", "nothing"])
def test_a_body_that_puts_a_link_in_the_place_of_its_folder_makes_nothing_and_nothing_is_touched(
    instead: str, fresh: Toy, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "kept").write_text("kept")

    def make(step: Step, task: Task) -> None:
        task.home.rename(task.home.with_name("away"))
        if instead == "a link":
            task.home.symlink_to(other)

    fresh.make = make  # type: ignore[method-assign]
    assert failed(fresh, 0)[FIRST].startswith("its step left ")
    assert [path.name for path in other.iterdir()] == ["kept"]


def test_what_is_changed_after_it_was_signed_does_not_stand(fresh: Toy) -> None:
    left: list[IO[str]] = []

    def during(task: Task) -> None:
        if task.home.name.endswith("a"):
            left.append((task.home / "open.txt").open("w"))
        else:
            left[0].write("changed")
            left[0].flush()

    fresh.perform(0)
    fresh.during = during
    assert failed(fresh, 1)[A].startswith("was changed by its step after it was signed")
    assert not Path(A).exists()


@pytest.mark.parametrize("kind", ["a link", "a pipe", "a second name"])
def test_what_is_no_file_of_its_own_is_signed_by_no_one(kind: str, fresh: Toy) -> None:
    def during(task: Task) -> None:
        other = task.home / "other"
        if kind == "a link":
            other.symlink_to(Path("source.txt").absolute())
        elif kind == "a pipe":
            os.mkfifo(other)
        else:
            os.link("source.txt", other)

    fresh.during = during
    assert failed(fresh, 0)[FIRST].startswith("its step made other, ")
    assert not Path(FIRST).exists()


def test_a_scratch_folder_outlives_a_failure_and_is_not_shared_by_other_parameters(fresh: Toy) -> None:
    found: list[list[str]] = []

    def during(task: Task) -> None:
        found.append(sorted(path.name for path in task.scratch.glob("*")))
        write_text(task.scratch / "half.txt", "")
        if len(found) < 3:
            raise OSError("the machine went away")

    fresh.during = during
    failed(fresh, 0)
    failed(fresh, 0)
    fresh.factor = 3
    fresh.perform(0)
    assert found == [[], ["half.txt"], []]
    assert not list((STATE / "scratch").rglob("half.txt"))


def test_what_is_observed_is_no_part_of_an_artefact(fresh: Toy) -> None:
    fresh.perform(0)
    facts = json.loads((OBSERVED / "artefacts" / "data__first.json").read_text())
    assert facts["artefact"] == FIRST
    assert {"wall_seconds", "cpu_seconds", "peak_memory_mb"} < set(facts)
    assert set(fresh.look().files(FIRST)) == {"value.json"}


@pytest.fixture
def tiny_disk(fresh: Toy) -> Iterator[Path]:
    place = Path("data").resolve()
    with small_disk(place, "64k"):
        yield place


def test_a_full_disk_fails_in_one_line_and_leaves_nothing_false(fresh: Toy, tmp_path: Path) -> None:
    state = STATE.resolve()
    fresh.during = lambda task: write_text(task.home / "large.txt", "x" * 100_000)
    with small_disk(state / "building", "64k"):
        assert "No space left on device" in failed(fresh, 0)[FIRST]
    fresh.during = lambda task: None
    fresh.perform(0)
    assert fresh.look().check(FIRST)


def test_a_disk_that_is_another_one_holds_artefacts_too(fresh: Toy, tiny_disk: Path) -> None:
    fresh.perform(0)
    assert fresh.look().check(FIRST)


def test_a_disk_of_its_own_that_is_full_leaves_nothing_false(fresh: Toy, tiny_disk: Path) -> None:
    (tiny_disk / "filler").write_bytes(b"x" * 60_000)
    fresh.during = lambda task: write_text(task.home / "large.txt", "x" * 20_000)
    assert "No space left on device" in failed(fresh, 0)[FIRST]
    (tiny_disk / "filler").unlink()
    fresh.perform(0)
    assert fresh.look().check(FIRST)


def test_a_folder_that_cannot_be_written_fails_in_one_line(fresh: Toy, tiny_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    assert "Read-only file system" in failed(fresh, 0)[FIRST]


class Scored(Toy):
    """The toy graph, of which the first artefact is made by one part and scored by another."""

    def look(self) -> World:
        world = super().look()
        first = world.steps["first"]
        takes = [frozenset({"source"}), frozenset({"labels"})]
        parts = tuple(
            Part(f"app.first:{name}", lambda told: (), own, resumes=False)
            for name, own in zip(PARTS, takes, strict=True)
        )
        return World({**world.steps, "first": replace(first, parts=parts)}, world.sources, world.environment)

    def jobs(self) -> list[Job]:
        return [Job("first", (receipt(FIRST),), {"source": ("source.txt",), "labels": ("b.txt",)})]

    def make(self, step: Step, task: Task) -> None:
        seen.append((task.part, sorted(task.inputs), sorted(path.name for path in task.home.iterdir())))
        self.during(task)
        write_text(task.home / f"{task.part}.txt", "")


PARTS = ("run", "score")
seen: list[tuple[str, list[str], list[str]]] = []


@pytest.fixture
def scored(fresh: Toy) -> Scored:
    """Return that graph, of which nothing is made."""
    Path("app/first.py").write_text("def run(): return 1\n\n\ndef score(): return 2\n")
    seen.clear()
    return Scored()


def test_each_part_of_an_artefact_gets_its_own_inputs_and_what_the_part_before_it_left(scored: Scored) -> None:
    scored.perform(0)
    assert seen == [("run", ["source"], []), ("score", ["labels"], ["run.txt"])]
    assert {path.name for path in Path(FIRST).iterdir()} == {"run.txt", "score.txt", RECEIPT}
    assert set(json.loads(Path(receipt(FIRST)).read_text())["reads"]) == {"source", "labels"}
    assert not list((STATE / "building").iterdir())


def test_each_part_has_a_maker_of_its_own_that_is_let_at_its_own_inputs(scored: Scored) -> None:
    made: list[tuple[str, list[str]]] = []

    @contextlib.contextmanager
    def makers(part: Part, homes: Sequence[str], reads: Sequence[str]) -> Iterator[Maker]:
        made.append((part.name, list(reads)))
        yield Here(scored.look().steps["first"], scored.make)

    Performer(scored.jobs()[0], scored.look, makers, lambda line: None).perform()
    assert made == [("run", ["source.txt"]), ("score", ["b.txt"])]


def test_what_one_part_leaves_is_out_of_its_reach_and_looked_at_before_the_next_one_gets_it(scored: Scored) -> None:
    places: list[Path] = []

    def during(task: Task) -> None:
        places.append(task.home)
        if task.part == "run":
            (task.home / "other").symlink_to(Path("source.txt").absolute())

    scored.during = during
    assert failed(scored, 0)[FIRST].startswith("its step made other, ")
    assert [part for part, _, _ in seen] == ["run"]
    scored.during = lambda task: places.append(task.home)
    scored.perform(0)
    assert not set(places[-2].parents) & {places[-1].parent}


def test_what_one_part_goes_on_writing_to_is_not_what_the_next_one_gets(scored: Scored) -> None:
    held: list[IO[str]] = []

    def during(task: Task) -> None:
        if task.part == "run":
            held.append((task.home / "predicted.txt").open("w"))
            held[0].write("honest")
            held[0].flush()
        else:
            assert (task.home / "predicted.txt").read_text() == "honest"
            held[0].seek(0)
            held[0].write("forged")
            held[0].flush()
            assert (task.home / "predicted.txt").read_text() == "honest"

    scored.during = during
    scored.perform(0)
    assert (Path(FIRST) / "predicted.txt").read_text() == "honest"
