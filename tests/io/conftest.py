"""The toy graph, in a folder of its own."""

from pathlib import Path

import pytest
from tests.io.toy import Toy


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """Return a toy graph of which nothing is made."""
    monkeypatch.chdir(tmp_path)
    return Toy().write()


@pytest.fixture
def toy(fresh: Toy) -> Toy:
    """Return a toy graph that is made."""
    fresh.build().made()
    return fresh
