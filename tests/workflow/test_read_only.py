"""Who may only read a checkout can ask what is true there, and verify it, as another user and without write bits."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.study import Study, clean_environment

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can become another user"),
]
NOBODY = 65534


class Reader:
    """A user who owns nothing here, with a home of their own."""

    def __init__(self, study: Study, home: Path) -> None:
        self.study, self.home = study, home
        home.mkdir()
        os.chown(home, NOBODY, NOBODY)

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in the checkout as this user."""
        become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
        settings = {"HOME": str(self.home), "TMPDIR": str(self.home), "PYTHONPATH": str(self.study.folder / "src")}
        done = subprocess.run(
            [*become, *command],
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
def reader(tracked: Study, tmp_path: Path) -> Iterator[Reader]:
    opened = [folder for folder in (tmp_path, *tmp_path.parents) if not folder.stat().st_mode & stat.S_IXOTH]
    for folder in opened:
        folder.chmod(folder.stat().st_mode | stat.S_IXOTH)  # pytest closes its folders to others
    tracked.run("chmod", "-R", "a-w,a+rX", ".")
    yield Reader(tracked, tmp_path / "reader")
    tracked.run("chmod", "-R", "u+w", ".")


def test_a_reader_can_ask_and_verify_where_nothing_can_be_written(reader: Reader) -> None:
    before = reader.study.artefacts()
    refused = reader.pipeline("status", check=False)
    assert refused.returncode == 1
    assert "belongs to another user; if you trust it, say `git config --global --add safe.directory" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    for folder in (reader.study.folder, reader.study.folder / ".git"):
        reader.run("git", "config", "--global", "--add", "safe.directory", str(folder))
    status = reader.pipeline("status")
    assert "40 valid" in status.stdout
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
