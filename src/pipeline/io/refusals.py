"""What the kernel refused, found in an error: libraries and child processes tell it in words of their own."""

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

WORD = re.compile(r"""'([^'\n]+)'|"([^"\n]+)"|([^\s'":,;]+)""")
DENIED = re.compile(r"permission denied|os error 13|errno 13", re.IGNORECASE)
REMEDY = "declare it as an input of its rule; see docs/confinement.md"


def refusal(error: BaseException, step: str) -> str | None:
    """Return one line that names what a confined step was refused, or None where its error is of another kind.

    A child process may keep to itself why it failed: then what its command names is tried.
    """
    chain = list(causes(error))
    denied = any(isinstance(cause, PermissionError) or DENIED.search(text_of(cause)) for cause in chain)
    if not denied and not any(isinstance(cause, subprocess.CalledProcessError) for cause in chain):
        return None
    for path in (path for cause in chain for path in named(cause)):
        if kind := refused(path):
            return (
                f"{step} {kind} {shown(path)}, which it does not declare: refused by the kernel; declare it or leave it"
            )
    said = " ".join(str(error).split())
    return (
        f"{step} was refused by the kernel what it does not declare, a file or the network ({said})" if denied else None
    )


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
    for groups in WORD.findall(text_of(error)):
        yield Path("".join(groups))


def text_of(error: BaseException) -> str:
    """Return all that an error says, with what a child process printed."""
    parts = [getattr(error, "stderr", None), str(error), getattr(error, "stdout", None)]
    return "\n".join(part.decode(errors="replace") if isinstance(part, bytes) else str(part) for part in parts if part)


def refused(path: Path) -> str | None:
    """Return what is closed, "reads" or "writes", of a path that its permissions alone would open, else None."""
    with contextlib.suppress(ValueError, OSError):
        if path.exists():
            for kind, flag, right in (("reads", os.O_RDONLY, os.R_OK), ("writes", os.O_WRONLY, os.W_OK)):
                if os.access(path, right) and not (flag and path.is_dir()) and is_closed(path, flag):
                    return kind
        elif path.parent != path and path.parent.is_dir() and os.access(path.parent, os.W_OK) and path.is_absolute():
            return "writes" if is_closed(path.parent, os.O_RDONLY) else None
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
