"""What is made of a Slurm that does not answer: real programs that stand for it."""

import os
from pathlib import Path

import pytest

from pipeline.base.errors import ClusterError
from pipeline.io import slurm


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder whose programs come before Slurm's own."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def program(folder: Path, name: str, does: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{does}\n")
    (folder / name).chmod(0o755)


def test_a_controller_that_hangs_is_an_error_in_one_line(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(programs, "squeue", "exec sleep 600")
    monkeypatch.setattr(slurm, "SECONDS", 0.5)
    with pytest.raises(ClusterError, match=r"^squeue does not answer within 0.5 s; see that Slurm's controller"):
        slurm.known_jobs(programs)


def test_one_that_fails_is_an_error_with_its_last_words(programs: Path) -> None:
    program(programs, "squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1")
    with pytest.raises(ClusterError, match="Unable to contact slurm controller"):
        slurm.known_jobs(programs)
