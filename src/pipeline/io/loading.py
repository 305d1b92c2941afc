"""Which of this project's modules a body may load."""

import contextlib
import sys
from collections.abc import Callable, Collection, Iterator


@contextlib.contextmanager
def only_modules(prefix: str, shown: Collection[str]) -> Iterator[Callable[[], list[str]]]:
    """Hide loaded modules that an artefact's code does not show; yield what tells which were loaded all the same.

    One that ran unshown, imported by a name put together at run time, could change without being noticed.
    """

    def loaded() -> list[str]:
        return sorted(name for name in sys.modules if name.startswith(prefix) and name not in shown)

    hidden = {name: sys.modules.pop(name) for name in loaded()}
    try:
        yield loaded
    finally:
        sys.modules.update(hidden)
