"""Modules that an artefact's code does not show are out of reach of its body, and one that it loads is told."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.io.loading import only_modules

SHOWN, UNSHOWN, ELSEWHERE = "parts.science.shown", "parts.science.unshown", "parts.other"


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write a package and load all of it, until the test ends."""
    for name in ("parts/__init__", "parts/science/__init__", "parts/science/shown", "parts/science/unshown"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.py").write_text("")
    (tmp_path / "parts/other.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    for name in (SHOWN, UNSHOWN, ELSEWHERE):
        importlib.import_module(name)
    yield
    for name in ("parts", "parts.science", SHOWN, UNSHOWN, ELSEWHERE):
        del sys.modules[name]


def test_what_is_shown_or_lies_elsewhere_stays_loaded_and_the_rest_is_hidden() -> None:
    with only_modules("parts.science.", {SHOWN}) as loaded:
        assert [name in sys.modules for name in (SHOWN, UNSHOWN, ELSEWHERE)] == [True, False, True]
        assert loaded() == []


def test_a_module_that_is_loaded_unshown_is_told_though_it_was_loaded_before() -> None:
    with only_modules("parts.science.", {SHOWN}) as loaded:
        importlib.import_module(UNSHOWN)
        assert loaded() == [UNSHOWN]


def test_afterwards_the_modules_of_before_are_back_also_when_the_body_failed() -> None:
    before = sys.modules[UNSHOWN]

    def fail() -> None:
        with only_modules("parts.science.", ()):
            importlib.import_module(UNSHOWN)
            raise ValueError("of the body")

    with pytest.raises(ValueError, match="of the body"):
        fail()
    assert sys.modules[UNSHOWN] is before
