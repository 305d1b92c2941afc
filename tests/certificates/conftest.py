"""Fixtures: a recorded study in a folder of its own."""

from pathlib import Path
from typing import Any

import pytest
from tests.certificates.rebuilds import record


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(tmp_path)
    return record()
