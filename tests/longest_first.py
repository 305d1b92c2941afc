"""The order of tests: those that took longest come first, so that no worker is left alone with a long one at the end.

`tests/durations.json` says how long the longest took when `pytest --keep-durations` wrote it last. A slow test that is
not in it yet comes early. Tests that share what there is once on a machine run on one worker, one after the other, from
the beginning: none waits for another.
"""

import json
import math
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).resolve().parent / "durations.json"
KEPT_FROM = 1.0  # seconds
NEW = 20.0  # seconds that a slow test is taken to last before it was timed
TOGETHER = ("tests/workflow/test_slurm",)  # how the files of tests begin that share something: a Slurm


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes down how long tests took."""
    parser.addoption("--keep-durations", action="store_true", help=f"write how long tests took to {FILE.name}")


def pytest_configure(config: pytest.Config) -> None:
    """Time tests where it is asked for; each worker of pytest-xdist reports to the process that has none."""
    if config.getoption("--keep-durations") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Timer())


def shared(name: str) -> str | None:
    """Return what a test shares with others, None where it runs anywhere."""
    return next((start for start in TOGETHER if name.startswith(start)), None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """Return what hands out tests in their order, those that share something to one worker."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return shared(nodeid) or nodeid

        def remove_node(self, node: Any) -> str | None:
            """Hand out again what a worker left, but for the test that it died in, which is returned.

            As xdist has it, this and all that the worker had finished would be handed out too, and the run never end.
            """
            units = self.assigned_work.pop(node)
            left = [(scope, test) for scope, unit in units.items() for test, is_done in unit.items() if not is_done]
            for scope, test in left[1:]:
                self.workqueue.setdefault(scope, {})[test] = False
            for other in self.assigned_work:
                self._reschedule(other)
            return left[0][1] if left else None

    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests, the longest first; those that are as long stay in order."""
    known: dict[str, float] = json.loads(FILE.read_text(encoding="utf-8"))

    def seconds(item: pytest.Item) -> float:
        if shared(item.nodeid):
            return math.inf
        return known.get(item.nodeid, NEW if item.get_closest_marker("slow") else 0.0)

    items.sort(key=seconds, reverse=True)


class Timer:
    """Adds up how long each test took, its fixtures included."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a phase of a test."""
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self) -> None:
        """Write the tests that took long, in order of their names, over what was known of the others."""
        known = json.loads(FILE.read_text(encoding="utf-8"))
        known |= {name: round(taken, 1) for name, taken in self.seconds.items()}
        kept = {name: taken for name, taken in sorted(known.items()) if taken >= KEPT_FROM}
        FILE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
