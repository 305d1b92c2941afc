"""The self-test names each model that is not deterministic, and under what; it takes the path that every run takes."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from pipeline.base.params import load_study
from pipeline.guarantees import levels
from pipeline.science.models import load
from pipeline.science.settings import Estimator, Program
from pipeline.science.trial_fits import guessed, model_names, trial_settings
from pipeline.self_testing import AGAIN, AT_ONCE, CONDITIONS, HASHES, ORDER, is_sound, render
from tests.needs import require
from tests.study import ROOT, checkout, made_once

PLANTED = """
import itertools
import os

from pipeline.science.models import logistic_regression

SEED_VARIES = ""
Settings = logistic_regression.Settings
CALLS = itertools.count()


def build(settings, seed):
    model = logistic_regression.build(settings, seed)
    return model.set_params(logisticregression__random_state={planted})


def costs(estimator, shape):
    return logistic_regression.costs(estimator, shape)
"""
FAULTS = {
    "dice": 'int.from_bytes(os.urandom(3), "big")',
    "cores": "len(os.sched_getaffinity(0))",
    "count": "next(CALLS)",
    "hashed": 'hash("a name") % 1000',
    "broken": "undefined",
}
RUN = """
import json, sys
from pipeline.self_testing import is_sound, render, self_test
found = self_test(sys.argv[1].split(","))
print(json.dumps(found | {"text": render(found)}))
sys.exit(not is_sound(found))
"""
slow = pytest.mark.slow


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return a self-test of all models of the project, and of one for each way of not being determined."""

    def make(folder: Path) -> None:
        study = checkout(folder)
        for name, fault in FAULTS.items():
            (study.folder / f"src/pipeline/science/models/{name}.py").write_text(PLANTED.format(planted=fault))
        names = ",".join([*FAULTS, *model_names()])
        done = study.run(sys.executable, "-c", RUN, names, check=False, PYTHONPATH=str(study.folder / "src"))
        assert done.returncode == 1
        (folder / "found.json").write_text(done.stdout)

    return dict(json.loads((made_once(tmp_path_factory, "self-tested", make).folder / "found.json").read_text()))


@slow
def test_each_model_that_is_not_determined_is_named_with_what_moves_it(found: dict[str, Any]) -> None:
    said = {name: found["models"][f"{name} on cpu"] for name in FAULTS}
    assert said["broken"] == ["cannot be fitted: NameError: name 'undefined' is not defined"]
    assert said["dice"] == [f"other weights {condition}" for condition in CONDITIONS]
    assert said["count"] == [f"other weights {ORDER}"]
    assert said["hashed"] == [f"other weights {HASHES}"]
    if len(os.sched_getaffinity(0)) > 1:
        assert said["cores"] == [f"other weights {AT_ONCE}"]
    assert found["level"] == "L0"
    assert f"dice on cpu: NOT DETERMINISTIC: other weights {AGAIN}" in found["text"]


@slow
def test_every_model_of_the_project_is_deterministic_here(found: dict[str, Any]) -> None:
    said = {model: failures for model, failures in found["models"].items() if model.partition(" on ")[0] not in FAULTS}
    assert {model.partition(" on ")[0] for model in said} == set(model_names())
    assert not any(said.values())
    assert found["untested"] == found["environment"] == []
    assert "cuda: " in found["text"]


@pytest.mark.parametrize("name", model_names())
def test_every_model_has_small_settings_whether_a_variant_uses_it_or_not(name: str) -> None:
    if issubclass(load(name).Settings, Program):
        require("compiler")
    stated, guess = trial_settings(name, load_study(ROOT / "params.yaml")), guessed(load(name).Settings)
    assert stated is not None
    assert guess is not None
    assert load(name).Settings.model_validate(stated)
    assert load(name).Settings.model_validate(guess)
    assert stated.get("steps", 0) <= 12


def test_settings_that_cannot_be_guessed_are_said_to_be_unknown() -> None:
    class Exotic(Estimator):
        word: str = Field(pattern="^exactly this$")

    assert guessed(Exotic) is None


def test_a_level_holds_only_with_those_below_it() -> None:
    def holding(environment: list[str], failures: list[str]) -> list[str]:
        return [level["level"] for level in levels(environment, failures, AT_ONCE) if level["holds"]]

    assert holding([], []) == ["L0", "L1", "L2"]
    assert holding([], [f"other weights {AT_ONCE}"]) == ["L0", "L1"]
    assert holding([], [f"other weights {HASHES}"]) == ["L0"]
    assert holding(["torch is 0, locked 1"], []) == []


def test_what_a_terminal_shows_tells_failures_from_successes() -> None:
    found: dict[str, Any] = {
        "machine": {"class": "abc", "fields": {"vendor": "V"}, "processor": "P", "cores": 2},
        "levels": levels([], [], AT_ONCE),
        "level": "L2",
        "barriers": {"network": "closed to jobs"},
        "environment": [],
        "models": {"mlp on cpu": [], "dice on cpu": [f"other weights {AGAIN}"]},
        "untested": ["exotic"],
        "cuda": "no device here",
        "seconds": 1.0,
    }
    lines = render(found).splitlines()
    assert "  mlp on cpu: the same" in lines
    assert f"  dice on cpu: NOT DETERMINISTIC: other weights {AGAIN}" in lines
    assert "cuda: no device here" in lines
    assert any(line.startswith("  exotic: not tested") for line in lines)
    assert not is_sound(found)
    assert is_sound({**found, "models": {"mlp on cpu": []}})
    assert not is_sound({**found, "models": {}, "environment": ["torch is 0, locked 1"]})
