"""Processes that start in tenths of a second: a server that has imported libraries forks one for each command.

`python -m snakemake`, `dvc` and `pipeline` of a test begin in a process that has imported what is installed (torch,
scikit-learn, Snakemake, DVC, …) and no module of this project, which each loads from its own checkout, as ever. All
else about them is real: a process each, with its own arguments, folder, environment, files, signals and exit status.
What depends on how a process begins is started for real by `client.py`, which says what that is; a test that is about
processes themselves asks for real ones (`Study(folder, warm=False)`).

Two servers with different hash seeds are drawn from, so that an order which depends on the seed still shows.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock

from tests.waiting import wait_until

HERE = Path(__file__).resolve().parent
MODULES = ("snakemake", "dvc", "pipeline", "pytest")
SERVERS = 2
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
MOVES_BITS = (
    "ATEN_CPU_CAPABILITY", "DNNL_MAX_CPU_ISA", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "NPY_DISABLE_CPU_FEATURES",
    "NPY_ENABLE_CPU_FEATURES", "ONEDNN_MAX_CPU_ISA", "OPENBLAS_CORETYPE",
)  # fmt: skip
AT_START = ("PYTHON", "LD_", "LC_", "LANG", "MALLOC_", "GOMP_", "KMP_", *THREADS, *MOVES_BITS)
RUN = "TESTS_RUN"  # the process of the whole test run
COVERAGE = "TESTS_COVERAGE"  # a folder: coverage of the project's code is measured, and kept there
STARTED_WITHIN = 120.0  # seconds


def read_at_start(environment: dict[str, str]) -> dict[str, str]:
    """Return the variables that Python and the libraries read when they start."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(AT_START) and name not in {"PYTHONPATH", "PYTHONHASHSEED"}
    }


def write_client(folder: Path) -> None:
    """Write the programs that stand on the PATH of a test: python, snakemake, dvc and pipeline."""
    own = {name: os.environ[name] for name in MOVES_BITS if name in os.environ}
    facts = {
        "python": sys.executable,
        "modules": MODULES,
        "servers": SERVERS,
        "uid": os.getuid(),
        "namespaces": {name: str(Path(f"/proc/self/ns/{name}").readlink()) for name in ("mnt", "net", "pid", "user")},
        "at_start": read_at_start({**dict(os.environ), **dict.fromkeys(THREADS, "1")}),
        "prefixes": AT_START,
        "machine": own,
    }
    text = f"#!{os.path.realpath(sys.executable)} -ISE\n" + (HERE / "client.py").read_text()
    for name in ("python", *MODULES):
        program = folder / name
        program.write_text(text)
        program.chmod(0o755)
    (folder / "facts.json").write_text(json.dumps(facts))


def start(folder: Path, number: int, coverage: str) -> "subprocess.Popen[bytes]":
    """Start a server, which ends when the test run does; its socket appears when it is ready."""
    environment = {name: value for name, value in os.environ.items() if name not in MOVES_BITS}
    environment.pop("PYTHONPATH", None)
    environment |= dict.fromkeys(THREADS, "1") | {"PYTHONHASHSEED": str(number + 1)}
    command = [sys.executable, str(HERE / "server.py"), str(folder), str(number), str(run_of_tests()), coverage]
    with (folder / f"server-{number}.log").open("wb") as log:
        return subprocess.Popen(
            command, env=environment, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def run_of_tests() -> int:
    """Return the process of the whole test run, of which this one may be a worker."""
    return int(os.environ.setdefault(RUN, str(os.getpid())))


@functools.cache
def programs() -> Path:
    """Return the folder of programs whose processes start warm; the first of a test run to ask starts the servers."""
    folder = Path(tempfile.gettempdir()) / f"warm-{run_of_tests()}"
    with FileLock(f"{folder}.lock"):
        if not (folder / "facts.json").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            running = [start(folder, number, os.environ.get(COVERAGE, "")) for number in range(SERVERS)]
            wait_for(folder, running)
            write_client(folder)
    return folder


def wait_for(folder: Path, running: "list[subprocess.Popen[bytes]]") -> None:
    """Wait until every server is ready; raise RuntimeError with what one said that is not."""

    def are_ready() -> bool:
        for number, process in enumerate(running):
            if process.poll() is not None:
                raise RuntimeError(f"a warm server did not start: {(folder / f'server-{number}.log').read_text()}")
        return all((folder / f"server-{number}").exists() for number in range(len(running)))

    wait_until(are_ready, f"warm servers that log to {folder}", STARTED_WITHIN)
