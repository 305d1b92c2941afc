"""What `pipeline new` refuses: in one line, with nothing written."""

from pathlib import Path

import pytest

from pipeline.base.errors import PipelineError
from pipeline.own_data.new_study import Asked, new_study


def refused(repository: Path, asked: Asked, name: str = "mine") -> str:
    """Return the line with which a study is refused; nothing in the repository may have changed."""
    before = everything(repository)
    with pytest.raises(PipelineError) as error:
        new_study(name, asked)
    assert everything(repository) == before
    said = str(error.value)
    assert "\n" not in said
    assert "; " in said  # the remedy
    return said


def everything(folder: Path) -> dict[str, bytes | None]:
    """Return every path below a folder, with the bytes of files."""
    return {str(path): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
