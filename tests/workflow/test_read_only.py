"""Who may only read a checkout can ask what is true there, and verify it, as another user and without write bits."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.needs import BECOME_NOBODY, NOBODY
from tests.study import Study, clean_environment, copy_of

pytestmark = [pytest.mark.slow, pytest.mark.needs("other-user")]


class Reader:
    """A user who owns nothing here, with a home of their own."""

    def __init__(self, study: Study, home: Path) -> None:
        self.study, self.home = study, home
        home.mkdir()
        os.chown(home, NOBODY, NOBODY)

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in the checkout as this user."""
        settings = {"HOME": str(self.home), "TMPDIR": str(self.home), "PYTHONPATH": str(self.study.folder / "src")}
        done = subprocess.run(
            [*BECOME_NOBODY, *command],
            cwd=self.study.folder,
            capture_output=True,
            text=True,
            check=False,
            env={**clean_environment(), **settings},
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def pipeline(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the command line of the checkout as this user."""
        return self.run(sys.executable, "-m", "pipeline", *arguments, check=check)


@pytest.fixture
def reader(tracked: Study) -> Iterator[Reader]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # pytest closes its own folders to others
        Path(folder).chmod(0o755)
        study = copy_of(tracked, Path(folder) / "study")
        study.run("chmod", "-R", "a-w,a+rX", ".")
        yield Reader(study, Path(folder) / "reader")


def test_a_reader_can_ask_and_verify_where_nothing_can_be_written(reader: Reader) -> None:
    before = reader.study.artefacts()
    refused = reader.pipeline("status", check=False)
    assert refused.returncode == 1
    assert "belongs to another user; if you trust it, say `git config --global --add safe.directory" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    for folder in (reader.study.folder, reader.study.folder / ".git"):
        reader.run("git", "config", "--global", "--add", "safe.directory", str(folder))
    status = reader.pipeline("status")
    assert "42 valid" in status.stdout
    assert "record: recorded at " in status.stdout
    assert "full/seed-10" in reader.pipeline("explain", "runs/full/seed-10/run.json:validation_accuracy").stdout
    verified = reader.pipeline("verify", "data/splits")
    assert "identical" in verified.stdout
    assert "result not kept: observed/verify" in verified.stderr
    for verb in (["record"], ["restore"], ["track", "wandb"]):
        done = reader.pipeline(*verb, check=False)
        assert done.returncode == 1
        assert done.stderr.startswith("pipeline: .pipeline/lock: cannot be written (Permission denied)")
        assert len(done.stderr.splitlines()) == 1
    assert reader.study.artefacts() == before
