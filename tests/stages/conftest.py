"""Fixtures: reports, each rendered once; not to be changed."""

from pathlib import Path

import pytest
from tests.stages import rendered
from tests.study import made_once


@pytest.fixture(scope="session")
def confirmatory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of a confirmatory analysis, which lies beside them."""
    return made_once(tmp_path_factory, "confirmatory", rendered.made).folder / "results"


@pytest.fixture(scope="session")
def exploratory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of an exploratory analysis, which lies beside them."""
    return (
        made_once(tmp_path_factory, "exploratory", lambda home: rendered.made(home, "exploratory")).folder / "results"
    )


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return results of macro F1 with failed controls, hostile markup and missing values."""
    return made_once(tmp_path_factory, "odd", rendered.made_of_oddities).folder / "results"


@pytest.fixture(scope="session")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return exploratory results with failed controls and without learning curves."""
    return made_once(tmp_path_factory, "fixed", rendered.made_of_fixed_models).folder / "results"
