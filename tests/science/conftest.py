"""What a fresh process finds, once for all tests that compare with it."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.science import fresh
from tests.study import made_once


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a process finds that has imported nothing yet and has another hash seed."""

    def make(folder: Path) -> None:
        folder.mkdir()
        (folder / "found.json").write_text(json.dumps(fresh.found()))

    return dict(json.loads((made_once(tmp_path_factory, "fresh", make).folder / "found.json").read_text()))
