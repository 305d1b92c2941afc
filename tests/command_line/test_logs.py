"""A job's log: details to the file, lines to the terminal, and a failure is never lost."""

import sys
from pathlib import Path

import pytest

from pipeline.base.errors import DataError, RunFailedError
from pipeline.io.jobs import FAILURES
from pipeline.logs import logged

LOG = Path("logs/train.log")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_what_a_job_prints_goes_to_its_log_and_what_it_says_to_the_terminal_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with logged(LOG) as say:
        print("a detail")
        print("a warning", file=sys.stderr)
        say("runs/a made in 1 s")
    assert LOG.read_text().splitlines() == ["a detail", "a warning", "runs/a made in 1 s"]
    assert capsys.readouterr() == ("", "runs/a made in 1 s\n")
    assert not FAILURES.exists()


def test_an_error_of_ours_is_a_line_of_the_log_and_fails_the_job() -> None:
    with pytest.raises(DataError), logged(LOG):
        raise DataError("rows.npz: is missing; restore it")
    assert LOG.read_text() == "rows.npz: is missing; restore it\n"
    assert FAILURES.read_text() == f"failed: rows.npz: is missing; restore it\n  log:    {LOG}\n"


def test_any_other_error_leaves_its_traceback_and_fails_the_job() -> None:
    with pytest.raises(ZeroDivisionError), logged(LOG):
        print(1 // 0)
    assert "Traceback" in LOG.read_text()
    assert FAILURES.read_text().startswith("failed: integer division or modulo by zero\n")


def test_runs_that_failed_alike_are_listed_together_with_what_repeats_them() -> None:
    failed = {"runs/a": "MemoryError", "runs/b": "diverged", "runs/c": "MemoryError"}
    with pytest.raises(RunFailedError), logged(LOG):
        raise RunFailedError(failed)
    assert FAILURES.read_text().splitlines() == [
        "failed: runs/a runs/c: MemoryError",
        f"  log:    {LOG}",
        "  repeat: snakemake --cores 1 runs/a/receipt.json runs/c/receipt.json",
        "failed: runs/b: diverged",
        f"  log:    {LOG}",
        "  repeat: snakemake --cores 1 runs/b/receipt.json",
    ]
    with pytest.raises(DataError), logged(LOG):
        raise DataError("more")
    assert len(FAILURES.read_text().splitlines()) == 8


def test_an_error_of_the_machine_that_names_no_file_names_the_log() -> None:
    with pytest.raises(OSError, match="no luck") as error, logged(LOG):
        raise OSError(5, "no luck")
    assert error.value.filename == str(LOG)
