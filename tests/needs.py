"""What tests need of a machine beyond Python packages: one table, of which `python3 tests/needs.py` prints packages.

A test says `@pytest.mark.needs("ssh-keygen")`, a fixture or a helper `require("ssh-keygen")`: where that is not here,
the test is skipped, and at its end the run says so. It imports nothing but the standard library, for a machine that has
nothing else yet.
"""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SYSTEM = ("/usr/sbin", "/sbin")  # where daemons lie, which not everybody has on the PATH
NOBODY = 65534
BECOME_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
SLURM = Path("/etc/slurm/slurm.conf")
MEMORY = Path("/dev/shm")
ACCOUNTS = SLURM.with_name("slurmdbd.conf")


@dataclass(frozen=True)
class Need:
    """What is tested by it, what says why it is not here ("" where it is), and Debian's packages of it."""

    use: str
    lack: Callable[[], str]
    packages: tuple[str, ...] = ()


def program(name: str) -> str | None:
    """Return the path of a program, also of one that only root has on the PATH."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *SYSTEM)))


def programs(*names: str) -> Callable[[], str]:
    """Return a check that programs are installed."""

    def lack() -> str:
        absent = [name for name in names if program(name) is None]
        return f"{', '.join(absent)} not installed" if absent else ""

    return lack


def compiling() -> str:
    """Say why no C can be compiled."""
    return said_by("cc", "-x", "c", "-", "-o", "/dev/null", given="#include <stdio.h>\nint main(void) { return 0; }\n")


def tracing() -> str:
    """Say why no process can be traced."""
    from pipeline.io.strace import missing_tracer

    return missing_tracer() or ""


def font() -> str:
    """Say why LaTeX's T1 font is not here."""
    found = program("kpsewhich") and subprocess.run(["kpsewhich", "lmodern.sty"], capture_output=True, check=False)
    return "" if found and found.stdout else "lmodern.sty not installed"


def other_user() -> str:
    """Say why no other user can read this checkout."""
    reads = (sys.executable, "-c", f"open({__file__!r})")
    return said_by(*BECOME_NOBODY, *reads) if os.geteuid() == 0 else "this user is not root"


def locale() -> str:
    """Say why no locale can be made."""
    with tempfile.TemporaryDirectory() as folder:
        return said_by("localedef", "-i", "de_DE", "-f", "ISO-8859-1", f"{folder}/de_DE.ISO-8859-1")


def images() -> str:
    """Say why the published images are not here."""
    from pipeline.science.datasets import fashion_mnist

    absent = [name for name in fashion_mnist.FILES if not fashion_mnist.packaged(name).is_file()]
    return f"{absent[0]} not installed" if absent else ""


def mounting() -> str:
    """Say why no disk can be mounted."""
    with tempfile.TemporaryDirectory() as folder:
        why = said_by("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder)
        return why or said_by("umount", folder)


def landlock(version: int) -> Callable[[], str]:
    """Return a check of the kernel's version of Landlock."""

    def lack() -> str:
        from pipeline.io.sandbox import newest

        return "" if newest() >= version else f"this kernel has version {newest()} of Landlock"

    return lack


def unconfigured() -> str:
    """Say why tests cannot configure a Slurm of their own; asked where no other test has one running."""
    there = [str(path) for path in (SLURM, ACCOUNTS) if path.is_symlink() or path.exists()]
    return f"{there[0]} is there already" if there else ""


def told_of_processors() -> str:
    """Say that the kernel does not tell of processors."""
    from pipeline.io.machine import CPU_INFO

    return "" if CPU_INFO.is_file() else f"there is no {CPU_INFO}"


def driver() -> str:
    """Say why there is no GPU."""
    from pipeline.io.gpus import known

    return "" if known() else "no driver lists any"


def no_device() -> str:
    """Say that there is a GPU."""
    import torch

    return "this machine has a CUDA device" if torch.cuda.is_available() else ""


def said_by(*command: str, given: str = "") -> str:
    """Return the last line that a command says of its failure, nothing where it succeeds."""
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    except OSError as error:
        return f"{command[0]}: {error.strerror}"
    return (done.stderr.strip().splitlines() or [f"{command[0]} fails"])[-1] if done.returncode else ""


NEEDS = {
    "ssh-keygen": Need("keys and signatures", programs("ssh-keygen"), ("openssh-client",)),
    "sshd": Need("remotes behind SSH", programs("sshd", "ssh-keygen"), ("openssh-server", "openssh-client")),
    "compiler": Need("models in C, and of a clock that is wrong", compiling, ("gcc", "libc6-dev")),
    "locale": Need("locales with decimal commas", locale, ("locales",)),
    "strace": Need("`pipeline verify --trace`", tracing, ("strace",)),
    "slurm": Need(
        "a Slurm that is started here",
        programs("munged", "slurmctld", "slurmd", "sbatch", "runuser"),
        ("munge", "slurm-wlm", "util-linux"),
    ),
    "slurm-accounts": Need(
        "a Slurm that keeps accounts",
        programs("mariadbd", "mariadb", "mariadb-install-db", "slurmdbd", "sacctmgr"),
        ("slurmdbd", "mariadb-server"),
    ),
    "no-slurm": Need("a Slurm that is configured here", unconfigured),
    "root": Need("daemons", lambda: "" if os.geteuid() == 0 else "this user is not root"),
    "setpriv": Need("root without its rights", programs("setpriv"), ("util-linux",)),
    "other-user": Need("who may only read a checkout, which lies where they may enter", other_user, ("util-linux",)),
    "mount": Need("disks that are full or closed", mounting, ("mount",)),
    "make": Need("`make clean` between runs", programs("make"), ("make",)),
    "latex": Need("tables, typeset", programs("pdflatex"), ("texlive-latex-base", "texlive-latex-recommended")),
    "lmodern": Need("tables, typeset in T1", font, ("lmodern",)),
    "pdftotext": Need("tables, read from the page", programs("pdftotext"), ("poppler-utils",)),
    "images": Need("Fashion-MNIST", images, ("dataset-fashion-mnist",)),
    "landlock": Need("steps that the kernel confines", landlock(1)),
    "landlock-tcp": Need("steps that the kernel keeps from the network", landlock(4)),
    "landlock-signals": Need("steps that the kernel keeps from other processes", landlock(6)),
    "processors": Need("the instructions of a processor", told_of_processors),
    "shared-memory": Need("studies in memory", lambda: "" if MEMORY.is_dir() else f"there is no {MEMORY}"),
    "gpu": Need("networks on a GPU", driver),
    "no-gpu": Need("what is said of a GPU that is not there", no_device),
}


@functools.cache
def lack(name: str) -> str:
    """Say why a thing of the table is not here, nothing where it is; found out once a process."""
    return NEEDS[name].lack()


def require(*names: str) -> None:
    """Skip the test that asks unless each of these things is here."""
    import pytest

    for name in names:
        if why := lack(name):
            pytest.skip(f"for want of {name}: {why}")


if __name__ == "__main__":
    print(*dict.fromkeys(package for need in NEEDS.values() for package in need.packages), sep="\n")
