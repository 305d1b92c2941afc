import shutil
from pathlib import Path

import pytest
from tests.study import ROOT


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the least that a repository has for a study to be added, as the working folder."""
    root = tmp_path / "repository"
    (root / "src" / "pipeline").mkdir(parents=True)
    for name in ("dvc.yaml", "plan/README.md", "looks/README.md", "data/source/README.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    monkeypatch.chdir(root)
    return root
