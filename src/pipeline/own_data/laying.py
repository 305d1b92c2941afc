"""The folder of a new study: written beside its place, checked there, and moved into place whole."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from pipeline.base.errors import ParameterError
from pipeline.io.files import write_text
from pipeline.io.layout import root

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 40
STUDIES = "studies"
RULES = """include: "../../Snakefile"


rule study:
    input:
        rules.all.input,
"""
README = re.compile(r"\]\(\.\./docs/")
SHARED_DEPENDENCIES = ("src/pipeline", "Snakefile", "requirements.lock", "docs/graph.svg")


def place_of(name: str) -> Path:
    """Return where a study of this name goes; raise ParameterError where the name is none or is taken."""
    if not NAME.fullmatch(name) or len(name) > LONGEST:
        remedy = f"use small letters, digits and single hyphens, at most {LONGEST}, such as my-study"
        problem = "leads out of studies/" if "/" in name or ".." in name else "is no name of a study"
        raise ParameterError("pipeline new", repr(name), problem, remedy)
    home = root()
    if not (home / "src" / "pipeline").is_dir():
        raise ParameterError("pipeline new", name, "is to be written outside a repository", "work in a clone")
    studies = home / STUDIES
    if studies.exists() and home.resolve() not in studies.resolve().parents:
        raise ParameterError("pipeline new", STUDIES, "leads out of the repository", "make it a folder")
    if os.path.lexists(studies / name):
        raise ParameterError("pipeline new", name, f"{STUDIES}/{name} exists", "take another name, or remove it")
    return studies / name


@contextlib.contextmanager
def beside(place: Path) -> Iterator[Path]:
    """Give a folder beside a place to write to, which is no more at the end unless it was moved there."""
    made = not place.parent.exists()
    folder = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if made:
            with contextlib.suppress(OSError):  # it holds the study
                place.parent.rmdir()


def lay(folder: Path, params: str) -> None:
    """Write all of a study but its data: parameters, rules, phases, profiles, and what plan/ and looks/ are for."""
    home = root()
    write_text(folder / "params.yaml", params)
    write_text(folder / "Snakefile", RULES)
    write_text(folder / "dvc.yaml", phases((home / "dvc.yaml").read_text(encoding="utf-8")))
    (folder / "profiles").symlink_to("../../profiles")
    for name in ("plan", "looks", "data/source"):
        text = (home / name / "README.md").read_text(encoding="utf-8")
        write_text(folder / name / "README.md", README.sub("](../../../docs/", text))


def phases(default: str) -> str:
    """Return the phases of the default study for one beside it: what all studies share is named ../../."""
    for path in SHARED_DEPENDENCIES:
        default = re.sub(rf"(?<=[\[ ]){re.escape(path)}(?=[,\]])", f"../../{path}", default)
    stages = default[default.index("stages:") :]
    return f"# The phases of the default study, for this one: see the root's dvc.yaml.\n{stages}"
