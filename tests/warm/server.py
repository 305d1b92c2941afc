"""A process that has imported what is installed, and forks itself for each command that a client asks for."""

import array
import atexit
import contextlib
import gc
import importlib
import json
import os
import resource
import runpy
import select
import shutil
import signal
import socket
import sys
import threading
import time
import traceback
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import TextIO

IMPORTED = (
    "snakemake.cli", "snakemake.workflow", "snakemake.api", "snakemake_executor_plugin_slurm", "smart_open", "dvc.cli",
    "dvc.commands.repro", "dvc.commands.status", "dvc.commands.checkout", "dvc.commands.experiments.run",
    "dvc.commands.experiments.show", "dvc.repo", "dvc.repo.reproduce", "dvc.repo.experiments", "dvc.stage.run",
    "dvc.cachemgr", "dvc.fs", "dvc_data.index", "torch", "torch._inductor", "torch.optim",
    "torch.utils._python_dispatch", "torch.utils.flop_counter", "numpy", "pandas", "pyarrow", "pyarrow.dataset",
    "pyarrow.pandas_compat", "pyarrow.parquet", "scipy.stats", "scipy.optimize", "scipy.special",
    "statsmodels.stats.multitest", "statsmodels.stats.power", "sklearn", "sklearn.ensemble", "sklearn.neighbors",
    "sklearn.linear_model", "sklearn.svm", "sklearn.tree", "sklearn.pipeline", "sklearn.preprocessing",
    "sklearn.datasets", "skops.io", "safetensors.torch", "safetensors.numpy", "mnist1d.data", "matplotlib.figure",
    "matplotlib.backends.backend_svg", "matplotlib.ticker", "matplotlib.font_manager", "jinja2", "pydantic", "yaml",
    "typer", "rich.table", "rich.progress", "rich.live", "rich.markdown", "packaging.requirements", "joblib",
    "PIL.Image", "pytest", "hypothesis", "hypothesis.strategies",
)  # fmt: skip


def main() -> None:
    """Import, listen, and fork; in a fork, return to run the command it is for."""
    folder, number, tests, coverage = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    del sys.path[0]  # this file's folder
    for name in IMPORTED:
        with contextlib.suppress(ImportError):  # an extra that this environment lacks
            importlib.import_module(name)
    share_code(Path(__file__).resolve().parents[2] / "src" / "pipeline")
    importlib.import_module("snakemake.cli").get_argument_parser()  # looks for plugins, among all that is installed
    if (threads := threading.active_count()) > 1:
        sys.exit(f"a library has started {threads - 1} threads, which a fork would lack: {threading.enumerate()}")
    gc.collect()
    gc.freeze()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(folder / f".server-{number}"))
    listening.listen(128)
    (folder / f".server-{number}").rename(folder / f"server-{number}")
    request = Server(listening, os.pidfd_open(tests)).serve()
    begin(request)
    run(request, coverage)


def share_code(package: Path) -> None:
    """Compile the modules of a package once: who loads one of another checkout, the same bytes, has its code.

    Such code names the file that was compiled; the module's own `__file__` is that of its checkout.
    """
    sources = [(path, path.read_bytes()) for path in package.rglob("*.py")]
    known = {source: compile(source, path, "exec", dont_inherit=True) for path, source in sources}
    compiled = SourceFileLoader.source_to_code

    def source_to_code(loader: SourceFileLoader, data: bytes, path: str, **options: object) -> CodeType:
        return known.get(data) or compiled(loader, data, path, **options)

    SourceFileLoader.source_to_code = source_to_code  # type: ignore[method-assign]


class Server:
    """Forks for each client, passes signals on, and tells each client how its process ended."""

    def __init__(self, listening: socket.socket, tests: int) -> None:
        """`tests` is a descriptor of the test run's process, with which this ends."""
        self.listening = listening
        self.tests = tests
        self.clients: dict[int, socket.socket] = {}  # by process

    def serve(self) -> dict:
        """Serve until told to end; return a request in the process that was forked for it."""
        waker, wakes = socket.socketpair()
        for end in (waker, wakes):
            end.setblocking(False)
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while True:
            pids = {connection: pid for pid, connection in self.clients.items()}
            readable, _, _ = select.select([self.listening, waker, self.tests, *pids], [], [])
            for ready in readable:
                if ready is self.listening:
                    request = self.accept()
                    if request is not None:
                        waker.close()
                        wakes.close()
                        return request
                elif ready is waker:
                    with contextlib.suppress(BlockingIOError):
                        waker.recv(4096)
                elif ready in pids:
                    self.hear(pids[ready], ready)
            self.reap()
            if self.tests in readable:
                for pid in self.clients:
                    kill(pid, signal.SIGKILL)
                shutil.rmtree(Path(self.listening.getsockname()).parent, ignore_errors=True)
                os._exit(0)

    def accept(self) -> dict | None:
        """Fork for a client; return its request in the child."""
        connection, _ = self.listening.accept()
        try:
            request, given = received(connection)
        except (OSError, ValueError):
            connection.close()
            return None
        pid = os.fork()
        if pid:
            self.clients[pid] = connection
            for fd in given.values():
                os.close(fd)
            return None
        signal.set_wakeup_fd(-1)
        self.listening.close()
        os.close(self.tests)
        connection.close()
        for other in self.clients.values():
            other.close()
        for target in (0, 1, 2):
            if target in given:
                os.dup2(given[target], target)
            else:
                with contextlib.suppress(OSError):
                    os.close(target)
        for fd in given.values():
            if fd > 2:
                os.close(fd)
        return request

    def hear(self, pid: int, connection: socket.socket) -> None:
        """Pass on the signals that a client got; where it is gone, end its process and all that this started."""
        try:
            numbers = connection.recv(64)
        except OSError:
            numbers = b""
        if numbers:
            for number in numbers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        else:
            kill(pid, signal.SIGKILL)
            connection.close()
            del self.clients[pid]

    def reap(self) -> None:
        """Tell clients of processes that have ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if connection := self.clients.pop(pid, None):
                with contextlib.suppress(OSError):
                    connection.sendall(status.to_bytes(4, "big"))
                connection.close()


def kill(pid: int, number: int) -> None:
    """Send a signal to a process and to the group that it leads."""
    for send in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(pid, number)


def received(connection: socket.socket) -> tuple[dict, dict[int, int]]:
    """Return a client's request, and its standard streams by number as they are open here."""
    head, ancillary, _, _ = connection.recvmsg(11, socket.CMSG_LEN(3 * array.array("i").itemsize))
    fds = array.array("i")
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(data)
    streams = [target for target, there in enumerate(head[8:]) if there]
    size, body = int.from_bytes(head[:8], "big"), bytearray()
    while len(body) < size:
        part = connection.recv(size - len(body))
        if not part:
            raise ValueError("a client left")
        body += part
    return json.loads(bytes(body)), dict(zip(streams, fds, strict=True))


def begin(request: dict) -> None:
    """Be as a fresh Python that the client had started."""
    os.setpgid(0, 0)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)
    for number in request["ignored"]:
        signal.signal(number, signal.SIG_IGN)
    os.chdir(request["cwd"])
    os.umask(request["umask"])
    for number, (soft, hard) in enumerate(request["limits"]):
        if resource.getrlimit(number) != (soft, hard):
            resource.setrlimit(number, (soft, hard))
    if request["nice"] > os.nice(0):
        os.nice(request["nice"] - os.nice(0))
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    sys.executable = request["program"]
    added = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    sys.path[:] = [request["cwd"], *added, *sys.path]
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()
    for name, fd, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        stream = standard_stream(fd, mode, getattr(sys, name))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    importlib.import_module("random").seed()
    importlib.import_module("numpy").random.seed()


def standard_stream(fd: int, mode: str, like: TextIO) -> TextIO | None:
    """Return a standard stream, buffered and encoded as Python does; None where its descriptor is closed."""
    line = 1 if fd == 2 or os.isatty(fd) else -1
    try:
        return open(fd, mode, buffering=line, closefd=False, encoding=like.encoding, errors=like.errors)
    except OSError:
        return None


def run(request: dict, coverage: str) -> None:
    """Run a module as `python -m` does, and end as Python does, but for taking down each object it holds."""
    module, *arguments = request["arguments"]
    sys.argv[:] = ["-m", *arguments]
    if coverage:
        measure(Path(coverage))
    status = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as error:
        status = exit_status(error.code)
    except KeyboardInterrupt:
        traceback.print_exc()
        interrupted()
    except BaseException:
        traceback.print_exc()
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)


def exit_status(code: object) -> int:
    """Return the exit status of a SystemExit; what is no number is printed."""
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    print(code, file=sys.stderr)
    return 1


def interrupted() -> None:
    """End by SIGINT, as Python does where nothing catches KeyboardInterrupt."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)


def measure(folder: Path) -> None:
    """Measure coverage of the project's own code, and keep it through a descriptor that confinement leaves open."""
    import coverage

    path = folder / f"{os.getpid()}-{time.monotonic_ns()}"
    data = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    measuring = coverage.Coverage(data_file=None, branch=True, include=["*/src/pipeline/*"], config_file=False)
    measuring.start()
    owner = os.getpid()

    def keep() -> None:
        if os.getpid() == owner:
            measuring.stop()
            os.write(data, measuring.get_data().dumps())

    atexit.register(keep)


if __name__ == "__main__":
    main()
