"""What is installed but not named in a receipt is as if it were not installed."""

import importlib.util
import subprocess
import sys

import pytest
from tests.study import ROOT

from pipeline.io.environment import Environment
from pipeline.io.hiding import is_installed, only_distributions, packages


def said(code: str) -> str:
    """Return what code prints in a process of its own, which has imported nothing yet."""
    start = "from pipeline.io.hiding import only_distributions\n"
    done = subprocess.run(
        [sys.executable, "-c", start + code],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT / "src")},
    )
    return done.stdout + done.stderr.strip().rpartition("\n")[2]


TAKES = "import pandas, sys; print('pyarrow' in sys.modules)"


def test_a_library_does_not_take_what_happens_to_be_installed() -> None:
    named = sorted(Environment(ROOT / "requirements.lock").identity(["pandas"]))
    assert "pyarrow" not in named
    assert said(f"with only_distributions({named}): {TAKES}") == "False\n"


def test_it_takes_it_where_nothing_is_hidden_or_it_is_named() -> None:
    named = sorted(Environment(ROOT / "requirements.lock").identity(["pandas", "pyarrow"]))
    assert said(f"{TAKES}\nwith only_distributions({named}): {TAKES}") == "True\nTrue\n"


def test_a_body_that_needs_what_is_hidden_is_told_to_import_it() -> None:
    assert "no import in the code of this step shows it" in said(
        "with only_distributions(['numpy']): __import__('pyarrow.parquet')"
    )


def test_a_module_that_is_nowhere_is_reported_as_such() -> None:
    with pytest.raises(ModuleNotFoundError, match="nowhere_to_be_found"), only_distributions([]):
        __import__("nowhere_to_be_found")


@pytest.mark.parametrize(
    ("distribution", "package"),
    [
        ("scikit-learn", "sklearn"),
        ("pillow", "PIL"),
        ("cffi", "_cffi_backend"),
        ("threadpoolctl", "threadpoolctl"),
        ("pyyaml", "yaml"),
    ],
)
def test_packages_of_other_names_are_found(distribution: str, package: str) -> None:
    assert package in packages(distribution)


@pytest.mark.parametrize(("name", "installed"), [("json", False), ("pipeline", False), ("numpy", True)])
def test_what_python_and_the_study_bring_is_not_hidden(name: str, installed: bool) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert is_installed(spec) is installed


def test_what_a_distribution_puts_beside_its_own_package_is_found_too() -> None:
    named = sorted(Environment(ROOT / "requirements.lock").identity(["torch"]))
    assert said(f"with only_distributions({named}): import torchgen; print(torchgen.__name__)") == "torchgen\n"


def test_the_metadata_of_what_is_hidden_is_hidden_too() -> None:
    version = "import importlib.metadata; print(importlib.metadata.version({!r})[:0] + 'known')"
    assert said(f"with only_distributions(['numpy']): {version.format('numpy')}") == "known\n"
    assert "PackageNotFoundError" in said(f"with only_distributions(['numpy']): {version.format('pandas')}")


def test_what_one_body_was_not_to_find_the_next_may() -> None:
    assert said("with only_distributions(['numpy']): pass\nimport yaml; print(yaml.__name__)") == "yaml\n"
