"""The longest tests come first, and how long they took is written down when it is asked for."""

import json
from pathlib import Path

import pytest

from tests import longest_first

TESTS = """
import time, pytest
def test_a(): pass
def test_b(): pass
@pytest.mark.slow
def test_new(): pass
def test_c(): time.sleep(0.2)  # what takes time
"""


SHARING = """
import time
def test_first(): time.sleep(0.2)
def test_second(): pass
def test_third(): pass
"""


DYING = """
import os, pytest
@pytest.mark.parametrize("number", range(40))
def test_one_of_many(number): pass
def test_that_dies(): os._exit(1)
@pytest.mark.parametrize("number", range(40))
def test_one_of_others(number): pass
"""


def test_a_worker_that_dies_loses_one_test_and_holds_up_no_other(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(longest_first.__file__).parent.parent))
    pytester.makepyfile(test_it=DYING)
    plugins = ("-p", "tests.longest_first", "-p", "xdist.plugin")
    done = pytester.runpytest_subprocess(*plugins, "-n", "2", "-p", "no:cacheprovider", timeout=120)
    done.assert_outcomes(passed=80, failed=1)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_tests_run_in_the_order_of_what_they_took_and_write_it_anew(
    workers: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    durations = Path(pytester.path, "durations.json")
    durations.write_text(json.dumps({"test_it.py::test_b": 30.0, "test_it.py::test_c": 2.0, "gone.py::test_d": 5}))
    plugin = Path(longest_first.__file__).read_text().replace(
        'FILE = Path(__file__).resolve().parent / "durations.json"', f"FILE = Path({str(durations)!r})"
    ).replace("KEPT_FROM = 1.0", "KEPT_FROM = 0.1").replace("tests/workflow/test_slurm", "test_sharing")  # fmt: skip
    pytester.makepyfile(plugged=plugin, test_it=TESTS, test_sharing=SHARING)
    pytester.makeini("[pytest]\nmarkers = slow\npythonpath = .\n")
    plugins = ("-p", "plugged", "-p", "xdist.plugin")
    done = pytester.runpytest_subprocess(*plugins, "-n", workers, "-v", "--keep-durations")
    done.assert_outcomes(passed=7)
    if workers == "0":
        ran = [line.split("::")[1].split()[0] for line in done.outlines if "PASSED" in line]
        assert ran == ["test_first", "test_second", "test_third", "test_b", "test_new", "test_c", "test_a"]
    else:
        sharing = {line.split()[0] for line in done.outlines if "PASSED test_sharing" in line}
        assert len(sharing) == 1  # worker
    kept = json.loads(durations.read_text())
    assert kept.keys() >= {"test_it.py::test_c", "test_sharing.py::test_first", "gone.py::test_d"}
    assert kept["test_it.py::test_c"] < 2
