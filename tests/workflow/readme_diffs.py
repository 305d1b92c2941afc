"""What the README shows, taken out of it: commands and diffs, and a default study small enough to try them."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.study import ROOT, Study, checkout

README = ROOT / "README.md"
FENCED = re.compile(r"(?:<!-- (?P<note>[^\n]*) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
SMALLER = {  # few steps, trials and trees: the same graph, in a minute
    "steps: 300": "steps: 10",
    "trials: 8": "trials: 1",
    "{model: random_forest}": "{model: random_forest, trees: 5}",
}
PACK = ("--config", "pack=53")


@dataclass(frozen=True)
class Block:
    """A fenced block, and the note in the comment right above it."""

    language: str
    text: str
    note: str


def blocks(language: str) -> list[Block]:
    """Return the README's blocks of a language, in order."""
    found = FENCED.finditer(README.read_text(encoding="utf-8"))
    return [
        Block(match["language"], match["text"], match["note"] or "") for match in found if match["language"] == language
    ]


def diffs() -> dict[str, str]:
    """Return the README's diffs by the change that the comment above each names."""
    return {block.note.removeprefix("change: "): block.text for block in blocks("diff")}


def commands() -> list[tuple[str, str]]:
    """Return (command, why it is not run here) for each line of the README's shell blocks."""
    return [
        (line.partition("#")[0].strip(), block.note.removeprefix("not run: "))
        for block in blocks("sh")
        for line in block.text.splitlines()
    ]


def apply(study: Study, diff: str, *options: str) -> None:
    """Apply a diff to a checkout with Git; raise AssertionError where it does not fit."""
    done = subprocess.run(
        ["git", "apply", *options, "-"], cwd=study.folder, input=diff, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, f"{done.stderr}\n{diff}"


def default_study(folder: Path) -> Study:
    """Return a checkout with the repository's own params.yaml, to the letter."""
    study = checkout(folder)
    (folder / "params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"))
    (folder / "Makefile").write_text((ROOT / "Makefile").read_text(encoding="utf-8"))
    study.commit("State the default study")
    return study


def shrink(study: Study) -> None:
    """Make the default study small; raise AssertionError where it no longer says what is replaced."""
    path = study.folder / "params.yaml"
    text = path.read_text(encoding="utf-8")
    for stated, smaller in SMALLER.items():
        assert stated in text, stated
        text = text.replace(stated, smaller)
    path.write_text(text)


def enlarge(study: Study) -> None:
    """Take `shrink` back, so that a diff fits."""
    path = study.folder / "params.yaml"
    text = path.read_text(encoding="utf-8")
    for stated, smaller in SMALLER.items():
        text = text.replace(smaller, stated)
    path.write_text(text)


def change(study: Study, name: str) -> None:
    """Apply one of the README's diffs to a small default study."""
    enlarge(study)
    apply(study, diffs()[name])
    shrink(study)
