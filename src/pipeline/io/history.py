"""Where Git keeps this repository, which jobs that are told the committed plan may read."""

import os
import shutil
import subprocess
from pathlib import Path

OF_PROGRAM = ("bin", "lib", "libexec")


def git_says(*arguments: str) -> list[str]:
    """Return the lines that Git prints, none where it fails or is not there."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return done.stdout.splitlines()


def git_places() -> list[Path]:
    """Return the folders of this repository's history: its own, a work tree's main one, those it borrows objects of."""
    own = [Path(line).resolve() for line in git_says("rev-parse", "--absolute-git-dir", "--git-common-dir")]
    return [*own, *(lender for folder in own for lender in lenders(folder / "objects"))]


def lenders(objects: Path) -> list[Path]:
    """Return the folders of objects that a folder of objects borrows from (gitrepository-layout)."""
    listed = objects / "info" / "alternates"
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else []
    direct = [(objects / line).resolve() for line in lines if line and not line.startswith("#")]
    return [*direct, *(further for lender in direct for further in lenders(lender))]


def git_program() -> list[Path]:
    """Return what Git consists of where it is not installed with the system."""
    found = shutil.which("git")
    return [Path(found).resolve().parent.parent / name for name in OF_PROGRAM] if found else []


def trust_as_before() -> None:
    """Go on trusting the folders that a person told Git to, when that person's settings are not seen any more."""
    trusted = git_says("config", "--get-all", "safe.directory")
    for number, folder in enumerate(trusted):
        os.environ[f"GIT_CONFIG_KEY_{number}"] = "safe.directory"
        os.environ[f"GIT_CONFIG_VALUE_{number}"] = folder
    if trusted:
        os.environ["GIT_CONFIG_COUNT"] = str(len(trusted))
