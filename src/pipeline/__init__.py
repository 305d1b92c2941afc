"""A study from raw data to report, every artefact of which can be rebuilt bit for bit."""

import hashlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

LOADED: dict[str, str] = {}  # module: sha256 of the source that runs
HASHED: dict[str, str] = {}  # module: sha256 of the source that the artefact being made rests on; no other is loaded


class FromSource(SourceFileLoader):
    """Compiles a module from its source, never from cached bytecode.

    Python believes cached bytecode by the source's size and whole seconds: of two edits within a second the
    first would go on running. What runs here is what is hashed, and LOADED says which bytes those were.
    """

    def get_code(self, fullname: str) -> CodeType:
        """Return a module's code, compiled now; raise ImportError where it is not what HASHED names."""
        path = self.get_filename(fullname)
        source = self.get_data(path)
        digest = hashlib.sha256(source).hexdigest()
        if HASHED.get(fullname, digest) != digest:
            raise ImportError(f"{fullname} changed while an artefact was being made; run snakemake again")
        LOADED[fullname] = digest
        return self.source_to_code(source, path)


class Finder:
    """Finds this package's modules where Python would, and loads them from source."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module of this package, None for any other."""
        if not fullname.startswith(f"{__name__}."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = FromSource(fullname, spec.loader.path)
        return spec


sys.meta_path.insert(0, Finder())
