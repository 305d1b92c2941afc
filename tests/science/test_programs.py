import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from pipeline.base.errors import EnvironmentLockError
from pipeline.science.fitting import Job, fit, predict
from pipeline.science.models import c_softmax, load
from pipeline.science.programs import compiler_version, fit_program
from pipeline.science.settings import Compute, Shape
from pipeline.science.trial_fits import made_up

SHAPE = Shape(features=(6,), classes=3)
COMPILER = compiler_version(c_softmax) or "none"
needs_compiler = pytest.mark.needs("compiler")


def job(seed: int = 1, compiler: str = COMPILER) -> Job:
    settings = c_softmax.Settings(compiler=compiler, learning_rate=0.05)
    return Job("c_softmax", settings, SHAPE, 0, seed, Compute())


@needs_compiler
def test_a_program_in_c_trains_predicts_and_is_kept_as_bytes() -> None:
    data = made_up(SHAPE)
    result = fit(job(), data)
    saved = result.save()
    assert isinstance(saved.content, dict)
    again = predict(job(), saved.content, data.validation_x)
    assert np.array_equal(again, result.validation_predicted)
    assert result.costs.parameters * 8 == saved.content["model"].nbytes


@needs_compiler
def test_it_is_as_accurate_as_the_same_model_in_scikit_learn() -> None:
    data = made_up(SHAPE)
    module = load("logistic_regression")
    settings = module.Settings(inverse_regularisation=10.0)
    theirs = fit(Job("logistic_regression", settings, SHAPE, 0, None, Compute()), data)
    assert np.mean(fit(job(), data).validation_predicted == theirs.validation_predicted) >= 0.95


@needs_compiler
def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    digests = [fit(job(seed), made_up(SHAPE)).save().sha256 for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


@needs_compiler
def test_another_compiler_than_the_stated_one_is_refused() -> None:
    with pytest.raises(EnvironmentLockError, match=r"cc here is .*, params\.yaml states tcc 0\.9; install that one"):
        fit(job(compiler="tcc 0.9"), made_up(SHAPE))


def planted(folder: Path, program: str) -> ModuleType:
    """Return a module whose program is a script of Python: any language will do."""
    (folder / "program.py").write_text(program)
    module = ModuleType("planted")
    module.__file__ = str(folder / "planted.py")
    module.RESOURCES = ("program.py",)  # type: ignore[attr-defined]
    module.COMPILE = (sys.executable, "-c", "import shutil, sys; shutil.copy(*sys.argv[1:])", "{source}", "{program}")  # type: ignore[attr-defined]
    return module


def test_a_program_that_fails_is_named_with_its_last_line(tmp_path: Path) -> None:
    module = planted(tmp_path, f"#!{sys.executable}\nraise SystemExit('no data')\n")
    module.TRAIN = ("{folder}",)  # type: ignore[attr-defined]
    (tmp_path / "program.py").chmod(0o755)
    said = subprocess.run([sys.executable, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    settings = c_softmax.Settings(compiler=said, learning_rate=0.1)
    with pytest.raises(ChildProcessError, match="program: no data"):
        fit_program(module, settings, SHAPE, 0, made_up(SHAPE))
