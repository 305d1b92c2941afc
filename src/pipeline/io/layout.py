"""Where a study lies: its own folder, and the root of the repository, whose code, lock and rules it shares."""

import os
from pathlib import Path

CODE = Path("src/pipeline")
GRAPH = Path("docs/graph.svg")
OWN = ("params.yaml", "Snakefile", "dvc.yaml", "plan", "looks", "data/source")
SHARED = ("Snakefile", "requirements.lock", "src", str(GRAPH))


def root() -> Path:
    """Return the way from this folder to the root: "." in the default study, which lies there, and without any code.

    The root is the nearest folder, this one or above it, that has the code.
    """
    here = Path.cwd()
    found = next((folder for folder in (here, *here.parents) if (folder / CODE).is_dir()), here)
    return Path(os.path.relpath(found, here))


def shared(path: str | Path) -> str:
    """Return the way to something that every study shares."""
    return (root() / path).as_posix()


def sources() -> tuple[str, ...]:
    """Return the paths of all that a study's results follow from, its own and those it shares, each once."""
    return tuple(dict.fromkeys((*OWN, *map(shared, SHARED))))
