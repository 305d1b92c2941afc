"""On a Slurm that keeps accounts the status of jobs is asked of them, as Snakemake does by default."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from tests.needs import require
from tests.study import Study, copy_of
from tests.waiting import wait_until
from tests.workflow import slurm, slurm_accounts

from pipeline.cluster import prepare_cluster

SACCT = ("--slurm-status-command", "sacct")
STATED = ("slurm_partition=main", f"slurm_account={slurm_accounts.ACCOUNT}", "runtime=60", "mem_mb=1000")


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run a Slurm with an accounting database."""
    with FileLock(Path(tempfile.gettempdir()) / "slurm-of-tests.lock"):
        require("root", "slurm", "slurm-accounts", "no-slurm")
        folder = tmp_path_factory.mktemp("accounts")
        database = slurm_accounts.accounting(folder / "database")
        with slurm.slurm(folder / "slurm", slurm_accounts.ACCOUNTING, before=database):
            yield


@pytest.mark.slow
def test_a_study_runs_with_sacct_and_its_jobs_are_on_account(built: Study, accounts: None, tmp_path: Path) -> None:
    study = copy_of(built, tmp_path / "study")
    study.run("rm", "-rf", "results", ".pipeline")
    study.run(
        *(sys.executable, "-m", "snakemake", "--profile", "profiles/slurm", *SACCT),
        *("--slurm-init-seconds-before-status-checks", "2", "--default-resources", *STATED),
    )
    assert [artefact for event, artefact in study.journal() if event == "made"] == ["results"]
    assert study.artefacts() == built.artefacts()
    assert slurm_accounts.accounted("State", "Account") == [["COMPLETED", slurm_accounts.ACCOUNT]]


@pytest.mark.slow
def test_a_job_that_is_cancelled_is_tried_again_though_accounts_say_by_whom(
    built: Study, accounts: None, tmp_path: Path
) -> None:
    study = copy_of(built, tmp_path / "study")
    study.run("rm", "-rf", "analysis", "results", ".pipeline")
    with (tmp_path / "said").open("w") as said:
        controller = study.start(
            *("snakemake", "--profile", "profiles/slurm", *SACCT),
            *("--slurm-init-seconds-before-status-checks", "2", "--default-resources", *STATED),
            output=said,
        )
        running = ("squeue", "--noheader", "--states=RUNNING", "--format=%k")
        wait_until(lambda: "rule_analyse" in slurm.asked(*running), "the job of analyse", every=slurm.EVERY)
        slurm.asked("scancel", "--me")
        assert slurm.status_of(controller, 300) == 0
    assert "killed: job" in (tmp_path / "said").read_text()
    assert study.artefacts() == built.artefacts()


@pytest.mark.slow
def test_a_slurm_with_accounts_may_be_asked_through_them(
    built: Study, accounts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(built.folder)
    prepare_cluster(["--profile", "profiles/slurm", *SACCT])


@pytest.mark.slow
def test_an_account_that_there_is_not_is_named(built: Study, accounts: None, tmp_path: Path) -> None:
    study = copy_of(built, tmp_path / "study")
    study.run("rm", "-rf", "results", ".pipeline")
    resources = ("slurm_partition=main", "slurm_account=nosuch", "runtime=60", "mem_mb=1000")
    done = study.run(
        *(sys.executable, "-m", "snakemake", "--profile", "profiles/slurm", *SACCT, "--retries", "0"),
        *("--default-resources", *resources),
        check=False,
    )
    assert done.returncode == 1
    assert "account nosuch" in done.stdout + done.stderr, done.stdout + done.stderr
