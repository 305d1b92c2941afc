"""`make coverage`: lines and branches of the project's code that tests reach, in their own process and in warm ones.

Each warm process of a study keeps what it reached (tests/warm); this adds all of it up, whichever checkout it was in.
Not measured: real processes, which a test asks for, and those that are killed.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from coverage import Coverage, CoverageData
from coverage.files import PathAliases

from tests.warm import COVERAGE

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "pipeline"
PARTS = ROOT / ".coverage-parts"


def added_up(parts: Path, into: Path) -> None:
    """Write what all processes reached into one file, paths as they are in this checkout."""
    aliases = PathAliases()
    aliases.add("*/src/pipeline/", f"{SOURCE}{os.sep}")
    total = CoverageData(str(into))
    for part in sorted(parts.iterdir()):
        own = CoverageData(no_disk=True)
        if body := part.read_bytes():
            own.loads(body)
            total.update(own, map_path=aliases.map)
    total.write()


def main() -> None:
    """Run the tests that are asked for, all by default, and report what they reach; end as they do."""
    PARTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PARTS) as folder:
        parts = Path(folder)
        own = parts.parent / "tests"
        command = [sys.executable, "-m", "pytest", "--cov=pipeline", "--cov-branch", "--cov-report=", *sys.argv[1:]]
        done = subprocess.run(command, env={**os.environ, COVERAGE: folder, "COVERAGE_FILE": str(own)}, check=False)
        total = ROOT / ".coverage"
        added_up(parts, total)
    tests = CoverageData(str(own))
    tests.read()
    both = CoverageData(str(total))
    both.read()
    both.update(tests)
    both.write()
    shutil.rmtree(PARTS)
    report = Coverage(data_file=str(total), branch=True, source=[str(SOURCE)], config_file=False)
    report.set_option("report:ignore_errors", True)  # models and data sets that tests plant are gone
    report.load()
    report.report(skip_covered=True, sort="cover")
    report.json_report(outfile=str(ROOT / ".coverage.json"))
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
