"""A run of tests says what it did not test, for want of what; and where nothing may be left out, it fails."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.needs import NEEDS, lack
from tests.study import ROOT, Study

BY_HAND = re.compile(r"pytest\.skip\(|skipif|importorskip|mark\.skip\b")
TESTS = """
import pytest
from tests.needs import require

@pytest.fixture
def key():
    require("ssh-keygen")

def test_by_a_fixture(key): ...

@pytest.mark.needs("ssh-keygen")
def test_by_a_mark(): ...

@pytest.mark.needs("latex")
def test_of_tables(): ...

def test_of_nothing(): ...
"""


@pytest.fixture
def bare(tmp_path: Path) -> Study:
    """Return a folder with tests that need programs which are not on the PATH."""
    (tmp_path / "test_bare.py").write_text(TESTS)
    (tmp_path / "programs").mkdir()
    return Study(tmp_path)


def run(bare: Study, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run these tests where no program can be found."""
    command = (bare.python, "-m", "pytest", "-p", "tests.skipping", "-p", "no:cacheprovider", *arguments)
    clean = {"PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return bare.run(*command, check=False, PYTHONPATH=str(ROOT), PATH=str(bare.folder / "programs"), **clean)


def test_a_run_says_how_many_tests_are_skipped_for_want_of_what_and_where_it_comes_from(bare: Study) -> None:
    done = run(bare)
    assert done.returncode == 0, done.stdout + done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("not tested here")]
    assert told == [
        "not tested here: 2 tests of keys and signatures, for want of ssh-keygen "
        "(ssh-keygen not installed; Debian: openssh-client)",
        "not tested here: 1 test of tables, typeset, for want of latex "
        "(pdflatex not installed; Debian: texlive-latex-base texlive-latex-recommended)",
    ]
    assert "1 passed, 3 skipped" in done.stdout.splitlines()[-1]


def test_what_is_skipped_fails_where_only_something_else_may_be(bare: Study) -> None:
    done = run(bare, "--skip-only=latex")
    assert done.returncode == 1
    assert "skipped for want of ssh-keygen: ssh-keygen not installed; --skip-only does not name it" in done.stdout
    assert re.search(r"1 passed, 1 skipped,.* 2 errors", done.stdout.splitlines()[-1])


def test_a_misspelt_need_is_refused(bare: Study) -> None:
    assert "--skip-only: tests/needs.py names no latecks" in run(bare, "--skip-only=latecks").stderr
    (bare.folder / "test_bare.py").write_text(TESTS.replace('needs("latex")', 'needs("latecks")'))
    assert run(bare).returncode == 1


def test_every_need_can_be_looked_for_on_this_machine() -> None:
    for name in NEEDS:
        assert isinstance(lack(name), str)


def test_the_table_prints_its_packages_under_any_python(tmp_path: Path) -> None:
    printed = subprocess.run(
        ["python3", "-ISE", str(ROOT / "tests" / "needs.py")], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert set(printed) == {package for need in NEEDS.values() for package in need.packages}
    assert len(printed) == len(set(printed))


def test_nothing_is_skipped_but_by_the_table() -> None:
    paths = sorted(path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__))
    by_hand = [path.relative_to(ROOT).as_posix() for path in paths if BY_HAND.search(path.read_text())]
    assert by_hand == ["tests/needs.py"]
