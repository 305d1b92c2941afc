"""GPUs are shared out among real processes by real locks; CUDA_VISIBLE_DEVICES names GPUs that need not be there."""

import os
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.base.errors import DeviceError
from pipeline.io.gpus import ORDER, VISIBLE, held, visible

ROOT = Path(__file__).resolve().parents[2]
JOB = """
import os, sys
from pathlib import Path
from pipeline.io.gpus import held
os.umask(0o077)
with held(int(sys.argv[2]), lambda line: print(line, file=sys.stderr), Path(sys.argv[1]), *sys.argv[3:]):
    assert "torch" not in sys.modules
    print(os.environ["CUDA_VISIBLE_DEVICES"], flush=True)
    sys.stdin.read()
"""
Jobs = list["subprocess.Popen[str]"]


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    started: Jobs = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def start(
    jobs: Jobs, places: Path, gpus: str, jobs_per_gpu: int = 1, slurm_job: str = "", allocation: str = ""
) -> "subprocess.Popen[str]":
    """Start a job that holds a GPU until its input is closed."""
    clean = {name: value for name, value in os.environ.items() if name != "SLURM_JOB_ID"}
    slurm = {"SLURM_JOB_ID": slurm_job} if slurm_job else {}
    process = subprocess.Popen(
        [sys.executable, "-c", JOB, str(places), str(jobs_per_gpu), *([allocation] if allocation else [])],
        env={**clean, "PYTHONPATH": str(ROOT / "src"), VISIBLE: gpus, **slurm},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    jobs.append(process)
    return process


def gpu_of(job: "subprocess.Popen[str]") -> str:
    """Return the only GPU that a job sees, once it holds one."""
    assert job.stdout is not None
    return job.stdout.readline().strip()


def waits(job: "subprocess.Popen[str]") -> bool:
    """Tell whether a job says that it waits."""
    assert job.stderr is not None
    return job.stderr.readline().startswith("gpu: waiting for one of ")


def test_no_two_jobs_take_one_gpu(jobs: Jobs, tmp_path: Path) -> None:
    started = [start(jobs, tmp_path, "GPU-a,GPU-b,GPU-c") for _ in range(3)]
    assert sorted(gpu_of(job) for job in started) == ["GPU-a", "GPU-b", "GPU-c"]


def test_a_job_waits_for_a_gpu_and_gets_that_of_a_killed_one(jobs: Jobs, tmp_path: Path) -> None:
    first = [start(jobs, tmp_path, "GPU-a,GPU-b") for _ in range(2)]
    taken = [gpu_of(job) for job in first]
    third = start(jobs, tmp_path, "GPU-a,GPU-b")
    assert waits(third)
    first[1].kill()
    assert gpu_of(third) == taken[1]


def test_several_jobs_are_packed_on_a_gpu_by_choice_spread_evenly_and_no_more(jobs: Jobs, tmp_path: Path) -> None:
    started = [start(jobs, tmp_path, "GPU-a,GPU-b", 2) for _ in range(4)]
    assert Counter(gpu_of(job) for job in started) == {"GPU-a": 2, "GPU-b": 2}
    assert waits(start(jobs, tmp_path, "GPU-a,GPU-b", 2))


def test_without_the_lock_two_jobs_would_take_the_same_gpu(jobs: Jobs, tmp_path: Path) -> None:
    started = [start(jobs, tmp_path / str(number), "GPU-a,GPU-b") for number in range(2)]
    assert [gpu_of(job) for job in started] == ["GPU-a", "GPU-a"]


def test_every_user_may_lock_a_place_whatever_the_umask_of_the_first(jobs: Jobs, tmp_path: Path) -> None:
    places = tmp_path / "places"
    assert gpu_of(start(jobs, places, "GPU-a")) == "GPU-a"
    assert stat.S_IMODE((places / "GPU-a.0").stat().st_mode) == 0o644
    assert stat.S_IMODE(places.stat().st_mode) == 0o1777


def test_a_place_that_cannot_be_opened_is_passed_over(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "GPU-a.0").symlink_to(tmp_path / "elsewhere")
    assert gpu_of(start(jobs, tmp_path, "GPU-a,GPU-b")) == "GPU-b"


def test_jobs_inside_one_allocation_share_out_its_gpus(jobs: Jobs, tmp_path: Path) -> None:
    started = [start(jobs, tmp_path, "GPU-a,GPU-b", slurm_job="7", allocation="7") for _ in range(2)]
    assert sorted(gpu_of(job) for job in started) == ["GPU-a", "GPU-b"]
    assert waits(start(jobs, tmp_path, "GPU-a", slurm_job="7", allocation="7"))


def test_a_job_that_slurm_gave_several_gpus_takes_one_of_them(jobs: Jobs, tmp_path: Path) -> None:
    started = [start(jobs, tmp_path, "GPU-a,GPU-b", slurm_job="8", allocation="7") for _ in range(2)]
    assert sorted(gpu_of(job) for job in started) == ["GPU-a", "GPU-b"]


@pytest.mark.parametrize("stated", ["", "-1", "NoDevFiles"])
def test_where_none_may_be_seen_the_error_says_so_in_one_line(
    stated: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.setenv(VISIBLE, stated)
    with (
        pytest.raises(DeviceError, match="this machine has no usable CUDA device; run it where there is one ") as error,
        held(1, print, tmp_path),
    ):
        pass
    assert "\n" not in str(error.value)


def test_what_slurm_gave_is_taken_as_it_is_and_nothing_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "1")
    monkeypatch.setenv(VISIBLE, "0")
    with held(1, print, tmp_path) as name:
        assert name == "0"
    assert not list(tmp_path.iterdir())
    monkeypatch.delenv(VISIBLE)
    with pytest.raises(DeviceError, match="Slurm gave this job no GPU"), held(1, print, tmp_path):
        pass


def test_the_driver_s_program_turns_numbers_into_names_that_hold_whoever_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text('#!/bin/sh\necho "0, GPU-aaa"\necho "1, GPU-bbb"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv(VISIBLE, "1")
    assert visible() == ["GPU-bbb"]
    monkeypatch.delenv(VISIBLE)
    assert visible() == ["GPU-aaa", "GPU-bbb"]


def test_a_link_in_the_place_of_a_lock_is_not_followed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.setenv(VISIBLE, "GPU-a")
    monkeypatch.setenv(ORDER, "PCI_BUS_ID")
    (tmp_path / "GPU-a.0").symlink_to(tmp_path / "elsewhere")
    with (
        pytest.raises(DeviceError, match=r"GPU-a.0: cannot be opened \(Too many levels of symbolic links\)"),
        held(1, print, tmp_path),
    ):
        pass
    assert not (tmp_path / "elsewhere").exists()
