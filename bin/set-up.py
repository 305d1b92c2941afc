"""Make .venv from requirements.lock: every distribution by hash, compiled. Needs Python 3.11 or later, nothing else."""

import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
BIN = VENV / "bin"


def uv_requirement() -> str:
    """Return the lines that pin uv in the lock, hashes included."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("uv=="))
    last = next(number for number in range(first + 1, len(lines)) if not lines[number].startswith("    "))
    return "\n".join(lines[first:last]) + "\n"


def main() -> None:
    """Create the environment, install uv by its pinned hash, and let uv install all the rest by theirs."""
    if sys.version_info < (3, 11):
        sys.exit(
            f"set-up: Python 3.11 or later is needed, this is {sys.version.split()[0]}; use make PYTHON=python3.12"
        )
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit("set-up: this Python cannot make environments; install your system's python3-venv and run make again")
    print("setting up .venv from requirements.lock (once; a few minutes on a slow line)", flush=True)
    if not (BIN / "python").exists():
        venv.create(VENV, with_pip=True, clear=True)
    pinned = VENV / "uv.lock.txt"
    pinned.write_text(uv_requirement(), encoding="utf-8")
    python = str(BIN / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(pinned)], check=True)
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV)}
    command = [str(BIN / "uv"), "pip", "sync", "--require-hashes", "--compile-bytecode", str(LOCK)]
    subprocess.run(command, check=True, env=environment)
    shutil.copy(ROOT / "bin" / "pipeline", BIN / "pipeline")
    (VENV / "locked").touch()


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"set-up: {' '.join(error.cmd[:4])} … failed; mend what it says above and run make again")
