"""A study at work is followed from outside until it ends, and what was killed in it is told."""

import io
import json
import os
import re
import signal
from pathlib import Path

import pytest
from rich.console import Console
from tests.study import Study
from tests.waiting import wait_until

from pipeline.io.attempts import ATTEMPTS, Attempt, read
from pipeline.progress import START, Progress, in_words, learned, seconds_left, spelled
from pipeline.watching import table

LOST = "killed: a job of train was killed (by hand, or for want of memory); done: "


def in_training(study: Study) -> Attempt:
    """Return a job that trains and has made some of its runs."""

    def found() -> Attempt | None:
        for path in sorted((study.folder / ATTEMPTS).glob("*.jsonl")):
            attempt = read(path)
            if attempt and attempt.step == "train" and 1 <= len(attempt.made) < len(attempt.homes):
                return attempt
        return None

    attempt = wait_until(found, "a job that has made some of its runs", every=0.005)
    assert attempt is not None
    return attempt


def followed(study: Study, place: Path) -> "tuple[list[dict[str, object]], int]":
    """Return what `pipeline status --watch --json` says until the run at work ends, and its exit code."""
    with place.open("w") as output:
        code = study.start("pipeline", "status", "--watch", "--json", output=output).wait(300)
    return [json.loads(line) for line in place.read_text().splitlines()], code


@pytest.mark.slow
def test_a_run_is_followed_to_its_end_and_a_killed_job_is_told_by_seed(study: Study, tmp_path: Path) -> None:
    study.run("rm", "-rf", "runs", "evaluations", "analysis", "results")
    with (tmp_path / "said").open("w") as said:
        controller = study.start("snakemake", "--cores", "2", "--config", "pack=18", output=said)
        killed = in_training(study)
        os.kill(killed.process, signal.SIGSTOP)
        with (tmp_path / "watched").open("w") as output:
            watcher = study.start("pipeline", "status", "--watch", output=output)
            wait_until(lambda: "running" in (tmp_path / "watched").read_text(), "a watcher that tells of a run")
            os.kill(killed.process, signal.SIGKILL)
            assert controller.wait(300) != 0
            assert watcher.wait(60) == 1
    (line,) = [line for line in (tmp_path / "said").read_text().splitlines() if line.startswith("killed: ")]
    assert line.startswith(f"{LOST}{killed.homes[0]}")
    assert f" {killed.homes[-1]}; log: {killed.log}; not made in 1 tries, retries are used up" in line
    seen = (tmp_path / "watched").read_text().splitlines()
    assert all(each.startswith("progress: ") for each in seen)
    assert f"{killed.homes[-1].removeprefix('runs/')}" in "".join(seen) or "failed (" in seen[-1]

    study.forget()
    controller = study.start("snakemake", "--cores", "2", "--config", "pack=18")
    wait_until(lambda: list((study.folder / ".pipeline/runs").glob("*")), "a run at work")
    states, code = followed(study, tmp_path / "followed")
    assert controller.wait(300) == code == 0
    assert states[-1]["done"] == states[-1]["total"] == len(study.journal())
    assert {name for state in states for name in state["running"]}  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_run_that_is_asked_for_one_job_is_followed_to_the_end_of_that_job(study: Study, tmp_path: Path) -> None:
    study.run("rm", "-rf", str(ATTEMPTS))
    controller = study.start("snakemake", "--cores", "2", "--force", "data/splits/receipt.json")
    begun = wait_until(
        lambda: [each for path in (study.folder / ATTEMPTS).glob("*.jsonl") if (each := read(path))],
        "a job that has begun",
        every=0.005,
    )
    os.kill(begun[0].process, signal.SIGSTOP)
    with (tmp_path / "followed").open("w") as output:
        watcher = study.start("pipeline", "status", "--watch", "--json", output=output)
        wait_until(lambda: "total" in (tmp_path / "followed").read_text(), "a watcher that tells the total")
        os.kill(begun[0].process, signal.SIGCONT)
        assert controller.wait(300) == watcher.wait(60) == 0
    states = [json.loads(line) for line in (tmp_path / "followed").read_text().splitlines()]
    assert {state["total"] for state in states} == {
        4
    }  # one job makes the splits, what is held out, and the labels of both
    assert states[-1]["done"] == 4


def test_where_no_run_is_at_work_there_is_nothing_to_follow(study: Study) -> None:
    done = study.pipeline("status", "--watch", check=False)
    assert done.returncode == 1
    assert done.stderr.strip() == ("pipeline: no snakemake is at work in this folder; start one, or leave --watch out")


def attempt(homes: list[str], made: dict[str, float]) -> Attempt:
    return Attempt("train", homes, "logs/train_1.log", "", 0, 0.0, made=made)


def test_time_left_is_what_the_like_took_with_the_start_of_a_job_counted_apart() -> None:
    homes = [f"runs/full/seed-{seed}" for seed in range(5)]
    costs = learned([attempt(homes, dict(zip(homes, (13.0, 2.0, 4.0), strict=False)))])
    assert costs["runs/full"] == 3.0
    assert costs[START] == 10.0
    jobs = [homes, ["runs/mlp/seed-0", "runs/mlp/seed-1"], ["analysis"]]
    left, unknown = seconds_left(jobs, set(homes[:3]), set(homes), 2, costs)
    assert (left, unknown) == ((2 * 3 + 10 + 2 * 3 + 10) / 2, 1)
    assert seconds_left(jobs[:1], set(), set(homes), 4, costs) == (15.0, 0)  # one job cannot be shared out


@pytest.mark.parametrize(("seconds", "words"), [(0.4, "0 s"), (119, "119 s"), (130, "2 min"), (7300, "2 h")])
def test_a_duration_is_spelled_in_the_unit_that_suits_it(seconds: float, words: str) -> None:
    assert spelled(seconds) == words


def test_a_line_names_a_few_and_counts_the_others() -> None:
    total = [f"runs/full/seed-{seed}" for seed in range(10)]
    now = Progress(total, total[:3], dict.fromkeys(total[3:8], ""), {total[8]: "out of luck"}, 130, 0)
    assert in_words(now) == (
        "progress: 3 of 10 done, 5 running (full/seed-3, full/seed-4, full/seed-5, 2 more), 1 failed (full/seed-8), "
        "about 2 min left"
    )
    assert now.facts()["waiting"] == 1


def test_no_time_is_told_where_nothing_like_what_is_left_was_ever_made() -> None:
    assert in_words(Progress(["a", "b"], ["a"], {}, {}, 0.0, 1)).endswith(", 0 running, time left not known")
    assert in_words(Progress(["a", "b"], ["a"], {}, {}, 4.0, 1)).endswith(", more than 4 s left")


def test_a_terminal_shows_a_row_for_each_variant_with_the_seeds_that_run_or_failed() -> None:
    total = [*(f"runs/full/seed-{seed}" for seed in range(4)), "runs/mlp/seed-1", "analysis"]
    now = Progress(total, total[:2], {total[2]: "17"}, {total[4]: "out of luck"}, 5, 0)
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(table(now))
    rows = [re.split(r"\s*│\s*", line.strip("│ ")) for line in console.export_text().splitlines() if "│" in line]
    assert rows == [["runs/full", "2", "4", "seed-2"], ["runs/mlp", "0", "1", "", "seed-1"], ["analysis", "0", "1"]]
