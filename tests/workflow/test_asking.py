"""The Snakefile is asked, and only an answer that it means as one is believed."""

import sys
from pathlib import Path

import pytest
from tests.warm import programs

from pipeline.asking import ask
from pipeline.base.errors import PipelineError
from pipeline.io.runs import ANSWERED, STATUS

ANSWER = """
import os, sys

print("Building", flush=True)
print('{{"study": "matches", "asked": "' + os.environ["{status}"] + '"}}', flush=True)
sys.exit({code})
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of its own, where Snakemake starts warm."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(programs() / "python"))
    return tmp_path


def test_what_the_snakefile_answers_is_returned() -> None:
    Path("Snakefile").write_text(ANSWER.format(status=STATUS, code=ANSWERED))
    assert ask() == {"study": "matches", "asked": "1"}


@pytest.mark.parametrize("code", [0, 1])
def test_one_that_ends_otherwise_has_not_answered(code: int) -> None:
    Path("Snakefile").write_text(ANSWER.format(status=STATUS, code=code))
    with pytest.raises(PipelineError):
        ask()


def test_why_there_is_no_answer_is_one_line() -> None:
    Path("Snakefile").write_text("import sys\nsys.exit('pipeline: params.yaml: study.margin: is missing; state it')\n")
    with pytest.raises(PipelineError, match=r"^params.yaml: study.margin: is missing; state it$"):
        ask()


def test_a_folder_without_a_snakefile_has_no_answer() -> None:
    with pytest.raises(PipelineError) as caught:
        ask()
    assert "\n" not in str(caught.value)
