import importlib.metadata
import sys
from pathlib import Path

import pytest
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from pipeline.base.errors import EnvironmentLockError
from pipeline.io.code import Sources
from pipeline.io.environment import DISTRIBUTIONS, Environment, installed_version, pins, required
from pipeline.study_code import SOURCE_ROOT, STAGES

LOCK = SOURCE_ROOT.parent / "requirements.lock"


def environment(tmp_path: Path, text: str) -> Environment:
    path = tmp_path / "requirements.lock"
    path.write_text(text)
    return Environment(path)


def test_only_the_pins_of_this_python_and_platform_count() -> None:
    text = """
a==1.0 \\
    --hash=sha256:00
B_c.d==2.0 ; python_full_version < '3.0' \\
    --hash=sha256:00
B_c.d==3.0 ; python_full_version >= '3.0'
e[extra]==4.0 ; sys_platform == 'linux' or sys_platform == 'darwin'
f==5 ; sys_platform == 'vms'
# g==6
"""
    assert pins(text) == {"a": "1.0", "b-c-d": "3.0", "e": "4.0"}


def test_a_missing_lock_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLockError, match="is missing; restore it with `git checkout"):
        Environment(tmp_path / "requirements.lock")


def test_a_package_that_is_imported_but_not_locked_is_named(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentLockError, match="numpy is imported but not locked") as error:
        environment(tmp_path, "scipy==1").identity({"numpy"})
    assert "\n" not in str(error.value)


def test_a_package_counts_with_what_it_requires_and_nothing_else(tmp_path: Path) -> None:
    identity = environment(tmp_path, "scipy==1\nnumpy==2\nruff==3\nscikit-learn==4").identity({"scipy"})
    assert identity == {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}", "scipy": "1", "numpy": "2",
    }  # fmt: skip


def test_an_import_name_is_not_always_that_of_its_distribution(tmp_path: Path) -> None:
    assert environment(tmp_path, "scikit-learn==4").identity({"sklearn"})["scikit-learn"] == "4"


def required_by_the_book(name: str, extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    parsed = [Requirement(line) for line in importlib.metadata.requires(name) or []]
    return [
        (canonicalize_name(each.name), frozenset(each.extras))
        for each in parsed
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in {"", *extras})
    ]


def test_what_distributions_require_is_what_their_whole_metadata_say() -> None:
    locked = pins(LOCK.read_text())
    for name in locked:
        if installed_version(name):
            provided = importlib.metadata.metadata(name).get_all("Provides-Extra") or []
            for extras in (frozenset[str](), frozenset(provided[:1]), frozenset(provided)):
                assert required(name, extras) == required_by_the_book(name, extras), name


def test_requirements_are_read_from_the_header_alone_and_never_in_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, stated in {"folded": "numpy\n  >=1", "described": "numpy\n\nRequires-Dist: scipy"}.items():
        (tmp_path / f"{name}-1.dist-info").mkdir()
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\nrequires-dist: {stated}\n"
        (tmp_path / f"{name}-1.dist-info" / "METADATA").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    assert required("described", frozenset()) == [("numpy", frozenset())]
    assert required("no-such-thing", frozenset()) == []
    with pytest.raises(InvalidRequirement):
        required("folded", frozenset())


def test_a_version_that_differs_and_a_distribution_that_is_missing_are_named(tmp_path: Path) -> None:
    found = environment(tmp_path, "").differences({"python": "2.7", "numpy": "0.1", "no-such-thing": "1"})
    installed = importlib.metadata.version("numpy")
    assert found == [f"numpy is {installed}, locked 0.1", "no-such-thing is not installed, locked 1"]


@pytest.fixture(scope="module")
def rests_on() -> dict[str, dict[str, str]]:
    """Return the distributions that each stage rests on, and Python, with their versions."""
    locked, sources = Environment(LOCK), Sources(SOURCE_ROOT)
    closures = {name: sources.closure(f"{stage.__name__}:run") for name, stage in STAGES.items()}
    return {name: locked.identity(closure.packages) for name, closure in closures.items()}


def test_every_stage_rests_on_locked_distributions_that_are_installed(rests_on: dict[str, dict[str, str]]) -> None:
    for identity in rests_on.values():
        assert Environment(LOCK).differences(identity) == []


def test_the_upgrade_of_a_tool_reruns_nothing(rests_on: dict[str, dict[str, str]]) -> None:
    for identity in rests_on.values():
        assert not {"ruff", "pytest", "mypy", "snakemake", "dvc"} & set(identity)


def test_a_stage_that_needs_no_torch_does_not_rest_on_it(rests_on: dict[str, dict[str, str]]) -> None:
    for name in ("fetch", "prepare", "analyse"):
        assert "torch" not in rests_on[name]
    assert "torch" in rests_on["train"]


def test_each_stated_distribution_name_is_the_one_that_is_installed() -> None:
    names = importlib.metadata.packages_distributions()
    for package, distribution in DISTRIBUTIONS.items():
        if package in names:
            assert distribution in {name.lower() for name in names[package]}
