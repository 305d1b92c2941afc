"""Which installed distributions a body may import: those that the receipts of its job name, and no other.

Libraries take what happens to be installed: pandas takes pyarrow, skops takes torch. Bits would then rest on what no
receipt names. So a body finds what its code imports and all that this requires; anything else is as if not installed.
"""

import contextlib
import functools
import importlib.metadata
import os
import re
import sys
import sysconfig
from collections.abc import Collection, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from packaging.utils import canonicalize_name

from pipeline.base.errors import PipelineError
from pipeline.io.environment import DISTRIBUTIONS

TOP = re.compile(r'^"?([^/,."\n]+)', re.MULTILINE)  # what the path in a line of RECORD begins with
PLACES = tuple({os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("purelib", "platlib")})


class Named:
    """Finds what Python finds, but for the packages of distributions that are not named."""

    def __init__(self, distributions: Collection[str]) -> None:
        self.distributions = frozenset(distributions)
        self.shown: dict[str, bool] = {}
        self.hidden: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module, None where it is of a distribution that is not named."""
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or path is not None or not is_installed(spec) or self._shows(fullname):
            return spec
        self.hidden.add(fullname)
        return None

    def find_distributions(
        self, context: importlib.metadata.DistributionFinder.Context | None = None
    ) -> Iterator[importlib.metadata.Distribution]:
        """Yield the distributions that are named, for importlib.metadata, which asks the finders of modules."""
        wanted = context.name if context else None
        for name in sorted(self.distributions) if wanted is None else [canonicalize_name(wanted)]:
            if name in self.distributions:  # found by name: the metadata of others is not even read
                yield from PathFinder.find_distributions(importlib.metadata.DistributionFinder.Context(name=name))

    def _shows(self, package: str) -> bool:
        if package not in self.shown:
            guess = DISTRIBUTIONS.get(package, canonicalize_name(package))
            self.shown[package] = guess in self.distributions or any(
                package in packages(name) for name in self.distributions
            )
        return self.shown[package]


@contextlib.contextmanager
def only_distributions(distributions: Collection[str]) -> Iterator[None]:
    """Hide what is installed but not named from imports; raise PipelineError where a body needs such a one."""
    named = Named(distributions)
    before = sys.meta_path[:]
    sys.meta_path[:] = [named if finder is PathFinder else finder for finder in before]
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in named.hidden:
            raise
        raise PipelineError(
            f"{package} is installed, but no import in the code of this step shows it; import it"
        ) from error
    finally:
        sys.meta_path[:] = before


def is_installed(spec: ModuleSpec) -> bool:
    """Tell whether a package lies where distributions are installed."""
    places = [spec.origin] if spec.has_location and spec.origin else list(spec.submodule_search_locations or ())
    return any(os.path.realpath(place).startswith(PLACES) for place in places)


@functools.cache
def packages(distribution: str) -> frozenset[str]:
    """Return the names of the packages and modules that an installed distribution puts at the top level."""
    try:
        listed = importlib.metadata.distribution(distribution).read_text("RECORD") or ""
    except importlib.metadata.PackageNotFoundError:
        return frozenset()
    return frozenset(TOP.findall(listed))
