"""Each fault that could be planted is found by the test that claims it.

A run of all tests plants one in twenty, others after each commit; `make mutants` plants all.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutants import ROOT, Mutant, mutants
from tests.needs import require
from tests.study import clean_environment
from tests.warm import programs

COPIED = ("src", "tests", "docs", "profiles", "data", "plan", "looks", "certificates", "studies", "bin", ".dvc")
FILES = (
    "Snakefile", "dvc.yaml", "dvc.lock", "requirements.lock", "pyproject.toml", "params.yaml", "README.md", "Makefile",
    ".gitignore", ".dvcignore", "manifest.json", "CITATION.cff", "CHANGELOG.md",
)  # fmt: skip
PLUGINS = ("xdist.plugin", "pytest_timeout")
SHARE = 20
FAILED = 1  # pytest: tests ran, and some failed


def chosen() -> list[Mutant]:
    """Return the faults that this run plants."""
    if os.environ.get("MUTANTS") == "all":
        return mutants()
    counted = subprocess.run(
        ["git", "rev-list", "--count", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    return mutants()[int(counted or 0) % SHARE :: SHARE]


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the checkout to plant faults in, one at a time."""
    folder = tmp_path_factory.mktemp("mutants") / "checkout"
    folder.mkdir()
    for name in COPIED:
        shutil.copytree(
            ROOT / name, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "tmp", "cache")
        )
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def planted(request: pytest.FixtureRequest, bench: Path) -> Iterator[Mutant]:
    """Plant a fault, and take it out again."""
    mutant: Mutant = request.param
    path = bench / mutant.path
    text = path.read_text()
    path.write_text(mutant.planted(text))
    yield mutant
    path.write_text(text)


def run_alone(folder: Path, test: str, scratch: Path) -> "subprocess.CompletedProcess[str]":
    """Run one test of a checkout, in this run's warm processes, with the plugins that it needs."""
    command = [str(programs() / "python"), "-m", "pytest", "-n0", "-x", "-p", "no:cacheprovider", "--timeout=120"]
    command += ["--assert=plain"]  # its own words are not read
    command += [word for plugin in PLUGINS for word in ("-p", plugin)]
    kept = {name: value for name, value in clean_environment(command[0]).items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [*command, f"--basetemp={scratch}", test],
        cwd=folder,
        env={**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("planted", chosen(), ids=str, indirect=True)
def test_a_planted_fault_is_found_by_the_test_that_claims_it(planted: Mutant, bench: Path, tmp_path: Path) -> None:
    done = run_alone(bench, planted.test, tmp_path / "of-the-mutant")
    require(*re.findall(r"^not tested here: .* for want of ([\w-]+)", done.stdout, re.MULTILINE))
    assert done.returncode == FAILED, f"not found: {planted}\n{done.stdout[-3000:]}{done.stderr[-2000:]}"


def test_every_fault_has_its_place_in_the_sources_and_a_test() -> None:
    for mutant in mutants():
        mutant.planted((ROOT / mutant.path).read_text())
        path, _, name = mutant.test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / path).read_text(), f"{mutant.test}: there is no such test"
