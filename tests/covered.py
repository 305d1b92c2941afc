"""`make coverage`: lines and branches of the project's code that tests reach, in their own process and in warm ones.

Each warm process of a study keeps what it reached (tests/warm); this adds all of it up, whichever checkout it was in.
Not measured: real processes, which a test asks for, and those that are killed.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from coverage import Coverage, CoverageData
from coverage.files import PathAliases

from tests.warm import COVERAGE

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "pipeline"


def added_up(tests: Path, parts: Path, into: Path) -> None:
    """Write what the tests' own processes and all others reached into one file, paths as they are in this checkout."""
    aliases = PathAliases()
    aliases.add("*/src/pipeline/", f"{SOURCE}{os.sep}")
    total, own = CoverageData(str(into)), CoverageData(str(tests))
    total.erase()
    own.read()
    total.update(own)
    for body in (part.read_bytes() for part in sorted(parts.iterdir())):
        if body:  # a process that was killed has written nothing
            other = CoverageData(no_disk=True)
            other.loads(body)
            total.update(other, map_path=aliases.map)


def main() -> None:
    """Run the tests that are asked for, all by default, and report what they reach; end as they do."""
    total = ROOT / ".coverage"
    with tempfile.TemporaryDirectory() as folder:
        parts, own = Path(folder) / "parts", Path(folder) / "tests"
        parts.mkdir()
        command = [sys.executable, "-m", "pytest", "--cov=pipeline", "--cov-branch", "--cov-report=", *sys.argv[1:]]
        environment = {**os.environ, COVERAGE: str(parts), "COVERAGE_FILE": str(own)}
        done = subprocess.run(command, env=environment, check=False)
        added_up(own, parts, total)
    report = Coverage(data_file=str(total), branch=True, source=[str(SOURCE)], config_file=False)
    report.set_option("report:ignore_errors", True)  # models and data sets that tests plant are gone
    report.load()
    report.report(skip_covered=True, sort="cover")
    report.json_report(outfile=str(ROOT / ".coverage.json"))
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
