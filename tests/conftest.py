"""Fixtures: a miniature study that has been built once, and copies of it to change."""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # as in every job of a study; before anything loads a numerical library

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.study import Study, checkout, copy_of, made_once
from tests.warm import run_of_tests

run_of_tests()  # named before workers start, so that all share its servers
pytest_plugins = ["tests.skipping"]
hypothesis.settings.register_profile("any machine", deadline=None)  # how long an example takes says nothing here
hypothesis.settings.load_profile("any machine")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many tests run at once: where slow ones run, which wait for what they started, one more than cores."""
    return len(os.sched_getaffinity(0)) + (config.option.markexpr != "not slow")


BUILT = {"built", "curved"}  # the fixtures that build a study; those that copy or record one ask for these


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow whatever needs a study that is built."""
    for item in items:
        if BUILT & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True, scope="module")
def _frozen() -> None:
    """Keep what is loaded out of garbage collection: statsmodels collects all of it with every correction of p."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """Put back the environment that a test changes: what starts a run puts stand-ins on the PATH of its process."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a confirmatory miniature study, built once; not to be changed."""

    def make(folder: Path) -> None:
        study = checkout(folder)
        study.pipeline("plan", "--lock")
        study.snakemake()

    return made_once(tmp_path_factory, "built", make)


@pytest.fixture
def study(built: Study, tmp_path: Path) -> Study:
    """Return a copy of the built study, to change."""
    copy = copy_of(built, tmp_path / "study")
    shutil.rmtree(copy.folder / ".pipeline")
    return copy
