"""What carries published data on this machine: data sets' own modules, and the packages and folders that bring it.

Only the steps that a data set is chosen for reach it. To all others a published test set would be open a second time.
"""

import ast
import contextlib
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from pipeline.base.errors import PipelineError

DECLARED = "CARRIED_BY"  # in a data set's module: patterns of paths, absolute or below where distributions lie
OF_DISTRIBUTIONS = ("lib*/python3*/site-packages", "lib*/python3*/dist-packages")  # below Python's own prefix
OF_LIBRARIES = (  # in which examples of data come along, and which are installed for something else
    "sklearn/datasets/data/*.csv*",  # its modules stay open: libraries walk through all there are
    "sklearn/datasets/images/*.jpg",
    "statsmodels/datasets/*/*.csv",
    "/usr/share/datasets",
)


def carried(modules: Path) -> frozenset[Path]:
    """Return all that carries data, of what is here: `modules` is the folder of data sets' modules."""
    return frozenset({*own(modules), *brought(modules)})


def own(modules: Path) -> list[Path]:
    """Return data sets' modules, and what lies beside them."""
    return [path.resolve() for path in modules.iterdir() if path.name != "__init__.py"] if modules.is_dir() else []


def brought(modules: Path) -> frozenset[Path]:
    """Return what brings data beside the modules of data sets."""
    stated = [name for path in own(modules) if path.suffix == ".py" for name in declared(path)]
    installed = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib")}
    installed |= {path.resolve() for kind in OF_DISTRIBUTIONS for path in Path(sys.base_prefix).glob(kind)}
    found: set[Path] = set()
    for pattern in (*OF_LIBRARIES, *stated):
        places = [Path("/")] if pattern.startswith("/") else installed
        found |= {path.resolve() for place in places for path in place.glob(pattern.lstrip("/"))}
    return frozenset({*found, *compiled(found)})


def declared(module: Path) -> Iterator[str]:
    """Yield what a data set's module says that its data is carried by; it is read, not run.

    Raises PipelineError where it is not written out as a list of texts.
    """
    with contextlib.suppress(SyntaxError, UnicodeDecodeError):  # which importing it will tell
        for statement in ast.parse(module.read_text(encoding="utf-8")).body:
            named = [statement.target] if isinstance(statement, ast.AnnAssign) else getattr(statement, "targets", [])
            if DECLARED in [ast.unparse(name) for name in named]:
                yield from texts(module, statement.value)  # type: ignore[attr-defined]


def texts(module: Path, value: ast.expr) -> list[str]:
    """Return the texts of a list that is written out; raise PipelineError where it is none."""
    with contextlib.suppress(ValueError):
        found = ast.literal_eval(value)
        if isinstance(found, tuple | list) and all(isinstance(each, str) for each in found):
            return list(found)
    raise PipelineError(
        f"{module.name}: {DECLARED}: is no list of texts; write it out, such as {DECLARED} = ('package',)"
    )


def compiled(paths: set[Path]) -> Iterator[Path]:
    """Yield where the bytecode of what lies there is kept apart, if it is."""
    if sys.pycache_prefix:
        for path in paths:
            yield Path(sys.pycache_prefix).resolve() / str(path).lstrip(os.sep)
