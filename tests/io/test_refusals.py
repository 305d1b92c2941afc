"""A refusal is recognised in the words of whoever was refused; no other error is taken for one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.io.refusals import causes, named, refusal

ROOT = Path(__file__).resolve().parents[2]
REFUSED = [
    "PermissionError(13, 'Permission denied', 'data/closed.bin')",
    "OSError(\"[Errno 13] Failed to open local file 'data/closed.bin'. Detail: [errno 13] Permission denied\")",
    "FileNotFoundError('No such file or directory: data/closed.bin')",
    "RuntimeError('Error opening data/closed.bin: Permission denied (os error 13)')",
    "CalledProcessError(1, 'cat data/closed.bin > /dev/null')",
    "CalledProcessError(1, ['cat', 'data/closed.bin'])",
    "CalledProcessError(1, ['tool'], stderr=b'tool: data/closed.bin: Permission denied')",
]
OTHERS = [
    "ValueError('data/closed.bin is odd')",
    "FileNotFoundError(2, 'No such file or directory', 'data/nothing.bin')",
    "CalledProcessError(1, ['cat', 'open/open.bin', 'data'])",
    "OSError(28, 'No space left on device', 'open/open.bin')",
]
CONFINED = """
import json, sys
from pathlib import Path
from subprocess import CalledProcessError
from pipeline.io.places import PROGRAMS, python
from pipeline.io.refusals import refusal
from pipeline.io.sandbox import READ, RUN, restrict

restrict({path: RUN for path in (*map(Path, PROGRAMS), *python())} | {Path("open"): READ}, False)
print(json.dumps([refusal(eval(told), "train") for told in json.loads(sys.argv[1])]))
"""


@pytest.mark.needs("landlock")
def test_the_file_is_named_whoever_says_so_and_another_error_is_not_taken_for_a_refusal(tmp_path: Path) -> None:
    for name in ("data/closed.bin", "open/open.bin"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("x")
    done = subprocess.run(
        [sys.executable, "-c", CONFINED, json.dumps([*REFUSED, *OTHERS])],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    named_it = "train reads data/closed.bin, which it does not declare; the kernel refused it (declare it as an input"
    assert [line.startswith(named_it) and "\n" not in line for line in said[: len(REFUSED)]] == [True] * len(REFUSED)
    assert said[len(REFUSED) :] == [None] * len(OTHERS)


def test_a_refusal_without_a_name_is_told_in_its_own_words() -> None:
    said = refusal(PermissionError(13, "Permission denied"), "train") or ""
    assert "a file or the network" in said
    assert "[Errno 13] Permission denied" in said


def test_the_errors_behind_an_error_are_looked_at_too() -> None:
    error = ValueError("cannot load")
    error.__cause__ = PermissionError(13, "Permission denied", "inner.bin")
    error.__cause__.__context__ = error
    assert [type(cause) for cause in causes(error)] == [ValueError, PermissionError]
    assert Path("inner.bin").absolute() in named(error.__cause__)
