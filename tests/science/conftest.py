"""What a fresh process finds, once for all tests that compare with it."""

from typing import Any

import pytest
from tests.science import fresh


@pytest.fixture(scope="session")
def elsewhere() -> dict[str, Any]:
    """Return what a process finds that has imported nothing yet and has another hash seed."""
    return fresh.found()
