"""What a run of tests did not test, said at its end; and a run that may leave out nothing but what is named."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.needs import NEEDS, require

WANT = re.compile(r"for want of ([\w-]+): ")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--skip-only",
        metavar="NEEDS",
        help="fail a test that is skipped for want of anything but these (separated by commas; of tests/needs.py)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(name, ...): what of tests/needs.py a test cannot do without")
    if unknown := [name for name in allowed(config) if name not in NEEDS]:
        raise pytest.UsageError(f"--skip-only: tests/needs.py names no {unknown[0]}")


def allowed(config: pytest.Config) -> list[str]:
    """Return the needs that a run may lack."""
    stated: str = config.getoption("--skip-only") or ""
    return [name for name in stated.split(",") if name]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        require(*mark.args)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: Any = yield
    if item.config.getoption("--skip-only") is not None and report.skipped and not hasattr(report, "wasxfail"):
        why = reason(report)
        wanted = WANT.match(why)
        if wanted is None or wanted[1] not in allowed(item.config):
            report.outcome, report.longrepr = "failed", f"skipped {why}; --skip-only does not name it"
    return report


def reason(report: pytest.TestReport) -> str:
    """Return why a test was skipped."""
    told = report.longrepr
    return str(told[2]).removeprefix("Skipped: ") if isinstance(told, tuple) else ""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = Counter(said(reason(report)) for report in terminalreporter.stats.get("skipped", ()))
    for why, number in sorted(skipped.items(), key=lambda item: (-item[1], item[0])):
        terminalreporter.write_line(f"not tested here: {number} test{'s' * (number > 1)} {why}")


def said(why: str) -> str:
    """Return a reason with what the thing is for and where it comes from."""
    found = WANT.match(why)
    if found is None:
        return f"({why})"
    need = NEEDS[found[1]]
    source = f"; Debian: {' '.join(need.packages)}" if need.packages else ""
    return f"of {need.use}, for want of {found[1]} ({why[found.end() :]}{source})"
