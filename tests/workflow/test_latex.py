"""The LaTeX of a report is typeset for real: every fragment, in a document with nothing but booktabs."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.known import CLAIMS, make
from tests.study import Study, made_once

pytestmark = [pytest.mark.slow, pytest.mark.needs("latex")]
LMODERN = pytest.mark.needs("lmodern")
T1 = r"\usepackage[T1]{fontenc}\usepackage{lmodern}"
FRAGMENTS = {"results", "contrasts", "claims", "effects", "replication"}
DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs}%s
\usepackage[paperwidth=120cm,paperheight=60cm,margin=1cm]{geometry}
\begin{document}
\input{numbers}
%s
%s
\end{document}
"""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return made_once(tmp_path_factory, "known", make)


def typeset(known: Study, folder: Path, text: str, packages: str = "") -> subprocess.CompletedProcess[str]:
    """Typeset every fragment of a study's report and a text after them."""
    for path in (known.folder / "results" / "tables").glob("*.tex"):
        shutil.copy(path, folder)
    found = {path.stem for path in folder.glob("*.tex")}
    assert found == {*FRAGMENTS, "numbers"}
    inputs = "\n\n".join(rf"\input{{{name}}}" for name in sorted(FRAGMENTS))
    (folder / "paper.tex").write_text(DOCUMENT % (packages, inputs, text), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)


def quotes(known: Study) -> str:
    """Return a text that typesets every number by name."""
    lines = (known.folder / "results" / "tables" / "numbers.tex").read_text(encoding="utf-8").splitlines()
    names = [line.partition("result:")[2].partition("\\endcsname")[0] for line in lines if line.startswith("\\expand")]
    assert len(names) > 50
    return "\n\n".join(rf"{name.replace('_', '-')}: \result{{{name}}}" for name in names)


@pytest.mark.needs("pdftotext")
@pytest.mark.parametrize("packages", [pytest.param("", id="plain"), pytest.param(T1, id="T1", marks=LMODERN)])
def test_every_fragment_and_every_number_is_typeset(known: Study, tmp_path: Path, packages: str) -> None:
    done = typeset(known, tmp_path, quotes(known), packages)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in (tmp_path / "paper.log").read_text(errors="replace")
    subprocess.run(["pdftotext", "-layout", "paper.pdf"], cwd=tmp_path, check=True)
    text = (tmp_path / "paper.txt").read_text().replace("_", " ")  # a rule in LaTeX's default encoding
    for said in ("minus deep", "does not replicate", "deep × coarse", CLAIMS["coarse"]["sentence"], "5 % & more"):
        assert said in text
    assert "result:" not in text


def test_a_number_that_the_analysis_has_not_stops_latex_by_name(known: Study, tmp_path: Path) -> None:
    done = typeset(known, tmp_path, r"\result{full.median}")
    assert done.returncode != 0
    assert "The analysis has no result full.median" in done.stdout
