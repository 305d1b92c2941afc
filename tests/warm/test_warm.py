"""A process that starts warm is, to those who start it, as a real one."""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.study import ROOT
from tests.waiting import is_at_work, wait_until
from tests.warm import MODULES, programs

SHOWN = """
import json, os, resource, signal, sys
if __name__ == "__main__":
    print(json.dumps({
        "argv": sys.argv[1:], "cwd": os.getcwd(), "path": sys.path[:2], "x": os.environ.get("X"), "name": __name__,
        "umask": os.umask(0), "limit": resource.getrlimit(resource.RLIMIT_FSIZE)[0], "stdin": sys.stdin.read(),
        "torch": "torch" in sys.modules, "hup": signal.getsignal(signal.SIGHUP) == signal.SIG_IGN,
    }))
    print("beside", file=sys.stderr)
"""


def started(folder: Path, code: str, *arguments: str, **options: object) -> "subprocess.Popen[str]":
    """Start `python -m pipeline`, which is some code here."""
    (folder / "pipeline.py").write_text(code)
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [str(programs() / "python"), "-m", "pipeline", *arguments],
        cwd=folder, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    )  # fmt: skip


def shown(folder: Path, *arguments: str, **options: object) -> dict[str, object]:
    process = started(folder, SHOWN, *arguments, **options)
    said, beside = process.communicate("typed")
    assert process.returncode == 0, beside
    assert beside == "beside\n"
    return dict(json.loads(said))


def test_it_has_its_callers_arguments_folder_environment_limits_and_streams(tmp_path: Path) -> None:
    def narrow() -> None:
        os.umask(0o027)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    found = shown(tmp_path, "--a", "b c", env={**os.environ, "X": "é", "PYTHONPATH": "/nowhere"}, preexec_fn=narrow)
    assert found == {
        "argv": ["--a", "b c"], "cwd": str(tmp_path), "path": [str(tmp_path), "/nowhere"], "x": "é",
        "name": "__main__", "umask": 0o027, "limit": 1 << 20, "stdin": "typed", "torch": True, "hup": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('no')", 1, "no\n"),
        ("raise ValueError('odd')", 1, "ValueError: odd"),
        ("import os; os._exit(7)", 7, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM, ""),
        ("raise KeyboardInterrupt", -signal.SIGINT, "KeyboardInterrupt"),
        ("import atexit, sys; atexit.register(print, 'late', file=sys.stderr)", 0, "late\n"),
        ("import threading; threading.Timer(.1, lambda: print('in time', file=__import__('sys').stderr)).start()", 0,
         "in time\n"),
    ],
)  # fmt: skip
def test_it_ends_as_a_real_one_does(code: str, status: int, said: str, tmp_path: Path) -> None:
    process = started(tmp_path, code)
    _, beside = process.communicate()
    assert process.returncode == status
    assert said in beside


WAITS = """
import os, signal, sys, time
def told(number, frame):
    print("told", number, flush=True)
    sys.exit(4)
signal.signal(signal.SIGTERM, told)
child = os.fork()
print(os.getpid(), child, flush=True) if child else None
while True:
    time.sleep(0.05)  # not pause, which a signal just before it does not end
"""


def test_a_signal_to_it_is_handled_by_what_it_runs(tmp_path: Path) -> None:
    process = started(tmp_path, WAITS)
    assert process.stdout
    child = int(process.stdout.readline().split()[1])
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == f"told {signal.SIGTERM:d}\n"
    assert process.wait() == 4
    os.kill(child, signal.SIGKILL)


def test_where_it_is_killed_all_that_it_started_ends(tmp_path: Path) -> None:
    process = started(tmp_path, WAITS)
    assert process.stdout
    pids = [int(number) for number in process.stdout.readline().split()]
    process.kill()
    assert process.wait() == -signal.SIGKILL
    wait_until(lambda: not any(map(is_at_work, pids)), f"the end of {pids}", 20)


@pytest.mark.parametrize("changed", [{"OMP_NUM_THREADS": "2"}, {"PYTHONSAFEPATH": "1"}, {"OPENBLAS_CORETYPE": "Odd"}])
def test_it_is_real_where_python_or_a_library_is_to_start_otherwise(changed: dict[str, str], tmp_path: Path) -> None:
    found = shown(tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path), **changed})
    assert found["torch"] is False


def test_it_compiles_a_module_of_another_checkout_only_where_a_byte_of_it_differs(tmp_path: Path) -> None:
    module = ROOT / "src" / "pipeline" / "base" / "errors.py"
    code = f"""
from importlib.machinery import SourceFileLoader
source = open({str(module)!r}, "rb").read()
for data in (source, source + b"edited = True"):
    print(SourceFileLoader("errors", "own.py").source_to_code(data, "own.py").co_filename)
"""
    assert started(tmp_path, code).communicate()[0].splitlines() == [str(module), "own.py"]


def test_other_programs_and_modules_are_real(tmp_path: Path) -> None:
    real = "import sys; print('torch' in sys.modules, sys.executable)"
    done = subprocess.run([programs() / "python", "-c", real], capture_output=True, text=True, check=True)
    assert done.stdout == f"False {sys.executable}\n"
    assert "json" not in MODULES


def test_what_is_confined_stays_so(tmp_path: Path) -> None:
    program = (
        "import ctypes, os, sys; ctypes.CDLL(None).prctl(38, 1, 0, 0, 0); "  # no new privileges
        f"os.execv({str(programs() / 'python')!r}, ['python', '-m', 'pipeline'])"
    )
    (tmp_path / "pipeline.py").write_text("import sys; print('torch' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_two_processes_in_turn_have_other_orders_of_sets(tmp_path: Path) -> None:
    code = "print([*map(str, {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'})])"
    orders: set[str] = set()
    for _ in range(64):  # each process is of a server that is drawn
        orders.add(started(tmp_path, code).communicate()[0])
        if len(orders) == 2:
            return
    pytest.fail(f"64 processes had one order: {orders}")
