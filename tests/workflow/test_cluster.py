"""What is made ready before jobs go to Slurm, where programs of the test stand for Slurm's own."""

import os
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline.base.errors import ClusterError
from pipeline.cluster import options, prepare_cluster
from pipeline.io import slurm

ON_SLURM = ["--executor", "slurm", "--slurm-status-command", "squeue"]


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own, with a Slurm that has no jobs and keeps no accounts; return its programs."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    does(folder, squeue="true", sbatch="true", sacct="true", scancel="echo $@ >> cancelled; rm -f rows")
    does(folder, scontrol="echo 'AccountingStorageType   = accounting_storage/none'")
    return folder


def does(folder: Path, **commands: str) -> None:
    for name, text in commands.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)


def queue(programs: Path, *rows: tuple[str, str, Path]) -> None:
    """State the jobs, by number, name and folder, that Slurm has until they are cancelled."""
    Path("rows").write_text("".join(f"{job}|{name}|RUNNING|rule_train|{place}\n" for job, name, place in rows))
    does(programs, squeue="cat rows 2>/dev/null || true")


def cancelled() -> list[str]:
    return Path("cancelled").read_text().split() if Path("cancelled").exists() else []


@pytest.mark.parametrize("arguments", [["--cores", "2"], [*ON_SLURM, "-n"], [*ON_SLURM, "--dry-run"]])
def test_a_run_that_submits_nothing_asks_slurm_nothing(programs: Path, arguments: list[str]) -> None:
    does(programs, squeue="exit 1", scontrol="exit 1")
    assert prepare_cluster(arguments) == set()


def test_states_are_not_asked_of_accounts_that_are_not_kept(programs: Path) -> None:
    prepare_cluster(ON_SLURM)
    for arguments in (ON_SLURM[:2], [*ON_SLURM[:3], "sacct"]):
        with pytest.raises(ClusterError, match="keeps no accounts, so snakemake would never learn"):
            prepare_cluster(arguments)
    does(programs, scontrol="echo 'AccountingStorageType   = accounting_storage/slurmdbd'")
    prepare_cluster(ON_SLURM[:2])


def test_jobs_that_a_dead_controller_left_are_cancelled_and_no_others(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    queue(
        programs,
        ("10", str(uuid4()), tmp_path),
        ("9", f"study_{uuid4()}", tmp_path),
        ("11", "by-hand", tmp_path),
        ("12", str(uuid4()), tmp_path),  # the job that the controller is in
        ("13", str(uuid4()), tmp_path / "elsewhere"),
    )
    prepare_cluster(ON_SLURM)
    assert cancelled() == ["9", "10"]
    assert "cancelled: 2 jobs that an earlier run left with Slurm (9, 10)" in capsys.readouterr().err


def test_what_slurm_remembers_of_this_folder_is_known_before_a_run(programs: Path, tmp_path: Path) -> None:
    ended = f"echo '7|{uuid4()}|FAILED|rule_train|{tmp_path}'"
    does(programs, squeue=f'case "$*" in *states=all*) {ended};; esac')
    assert prepare_cluster(ON_SLURM) == {"7"}
    assert cancelled() == []


def test_jobs_that_do_not_end_are_named(programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slurm, "SECONDS", 0.3)
    monkeypatch.setattr(slurm, "ASKED_EVERY", 0.05)
    queue(programs, ("10", str(uuid4()), tmp_path))
    does(programs, scancel="true")
    with pytest.raises(ClusterError, match="jobs 10 of an earlier run do not end; scancel them and try again"):
        slurm.cancel(["10"], tmp_path)


def test_a_command_that_is_not_there_is_named_with_a_remedy(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (programs / "squeue").unlink()
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(ClusterError, match=r"^squeue is not there; start snakemake where Slurm is"):
        prepare_cluster(ON_SLURM)


def test_the_command_line_goes_before_its_profile_and_that_before_the_default_one() -> None:
    for folder, text in {"profiles/default": "retries: 1\nexecutor: local\n", "own": "retries: 2\n"}.items():
        Path(folder).mkdir(parents=True)
        (Path(folder) / "config.yaml").write_text(text)
    assert options([]) == {"executor": "local", "retries": 1}
    assert options(["--workflow-profile", "own"]) == {"executor": "local", "retries": 2}
    assert options(["--profile", "own"]) == {"executor": "local", "retries": 1}
    assert options(["--workflow-profile=own", "-T", "3", "-e", "slurm"]) == {"executor": "slurm", "retries": "3"}
    (Path("own") / "config.yaml").write_text("- no mapping\n")
    assert options(["--workflow-profile", "own"]) == {"executor": "local", "retries": 1}
