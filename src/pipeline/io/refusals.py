"""What the kernel refused, found in an error: libraries and child processes tell it in words of their own."""

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

QUOTED = re.compile(r"""'([^'\n]+)'|"([^"\n]+)\"""")
APART = re.compile(r"""[\s'"`,:;()\[\]<>|&]+""")
DENIED = re.compile(r"permission denied|os error 13|errno 13", re.IGNORECASE)
REMEDY = "declare it as an input of its rule; see docs/confinement.md"


def refusal(error: BaseException, step: str) -> str | None:
    """Return one line that names what a confined step was refused, or None where its error is of another kind.

    Some libraries take a refusal for a missing file, and a child process may keep to itself why it failed: then the
    files that the error or the command names are tried.
    """
    chain = list(causes(error))
    denied = any(isinstance(cause, PermissionError) or DENIED.search(text_of(cause)) for cause in chain)
    if not denied and not any(isinstance(cause, OSError | subprocess.CalledProcessError) for cause in chain):
        return None
    for path in (path for cause in chain for path in named(cause)):
        if kind := refused(path, denied):
            return f"{step} {kind} {shown(path)}, which it does not declare; the kernel refused it ({REMEDY})"
    if not denied:
        return None
    said = " ".join(str(error).split())
    return f"{step} uses a file or the network without declaring it; the kernel refused it: {said} ({REMEDY})"


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those it came from."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def named(error: BaseException) -> Iterator[Path]:
    """Yield what may be a path in an error, likeliest first."""
    for attribute in ("filename", "filename2"):
        value = getattr(error, attribute, None)
        if isinstance(value, str | os.PathLike):
            yield Path(value).absolute()
    said = text_of(error)
    yield from (Path(single or double) for single, double in QUOTED.findall(said))
    yield from (Path(word) for word in APART.split(said) if word)


def text_of(error: BaseException) -> str:
    """Return all that an error says, with what a child process printed."""
    parts = [getattr(error, "stderr", None), str(error), getattr(error, "stdout", None)]
    return "\n".join(part.decode(errors="replace") if isinstance(part, bytes) else str(part) for part in parts if part)


def refused(path: Path, denied: bool) -> str | None:
    """Return what is closed, "reads" or "writes", of a path that its permissions alone would open, else None.

    Folders, and files to be, count only where something was `denied` for certain.
    """
    with contextlib.suppress(ValueError, OSError):
        if path.is_dir():
            return "reads" if denied and os.access(path, os.R_OK) and is_closed(path, os.O_RDONLY) else None
        if not path.exists():
            may = denied and path.is_absolute() and os.access(path.parent, os.W_OK)
            return "writes" if may and is_closed(path.parent, os.O_RDONLY) else None
        for kind, flag, right in (("reads", os.O_RDONLY, os.R_OK), ("writes", os.O_WRONLY, os.W_OK)):
            if os.access(path, right) and is_closed(path, flag) and (denied or kind == "reads"):
                return kind
    return None


def is_closed(path: Path, flag: int) -> bool:
    """Tell whether the kernel refuses to open what is there."""
    try:
        os.close(os.open(path, flag | os.O_NONBLOCK | os.O_CLOEXEC))
    except PermissionError:
        return True
    return False


def shown(path: Path) -> str:
    """Return a path as people of this study know it."""
    with contextlib.suppress(ValueError):
        return path.absolute().relative_to(Path.cwd()).as_posix()
    return str(path)
