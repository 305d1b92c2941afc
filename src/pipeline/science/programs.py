"""Models whose training is a program of its own, in whatever language: it reads files and writes files.

A model's module names its source (RESOURCES), the command that compiles it, and the arguments with which it trains and
predicts. The source is part of the code that a run rests on; the version of the compiler stands in params.yaml, and
another one is refused, as a library is whose version is not the locked one.
"""

import hashlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.base.errors import EnvironmentLockError
from pipeline.base.seeds import derive
from pipeline.science.settings import Program, RunCosts, Shape
from pipeline.science.training_data import TrainingData

MODEL = "model"
Content = dict[str, NDArray[np.uint8]]


@dataclass(frozen=True)
class ProgramResult:
    """What a program wrote as its model, its sha256, and what it predicts on validation."""

    content: Content
    sha256: str
    validation_predicted: NDArray[np.int64]
    costs: RunCosts


def fit_program(module: ModuleType, settings: Program, shape: Shape, seed: int, data: TrainingData) -> ProgramResult:
    """Train on x float32 [n, *features] and y int64 [n], files train_x and train_y, and predict validation.

    Raises ChildProcessError with the last line that the program wrote where it fails.
    """
    with compiled(module, settings) as (program, folder):
        little(data.train_x, "<f4").tofile(folder / "train_x")
        little(data.train_y, "<i8").tofile(folder / "train_y")
        said = {**settings.model_dump(), "rows": len(data.train_y), "seed": seed}
        called([str(program), *filled(module.TRAIN, folder, shape, said)])
        model = np.fromfile(folder / MODEL, dtype=np.uint8)
        predicted = predicted_by(module, program, folder, shape, data.validation_x)
    costs, flops = module.costs(settings, shape, len(data.train_y))
    return ProgramResult(
        content={MODEL: model},
        sha256=hashlib.sha256(model.tobytes()).hexdigest(),
        validation_predicted=predicted,
        costs=RunCosts(
            **costs.model_dump(), training_flops=flops, examples_seen=len(data.train_y), bytes_seen=data.train_x.nbytes
        ),
    )


def predict_program(
    module: ModuleType, settings: Program, shape: Shape, content: Mapping[str, NDArray[Any]], x: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Return labels int64 [n] of x [n, *features] from what the program wrote as its model."""
    with compiled(module, settings) as (program, folder):
        content[MODEL].tofile(folder / MODEL)
        return predicted_by(module, program, folder, shape, x)


def predicted_by(
    module: ModuleType, program: Path, folder: Path, shape: Shape, x: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Return labels int64 [n] that a compiled program writes, as the file predicted, of the file x beside its model."""
    little(x, "<f4").tofile(folder / "x")
    called([str(program), *filled(module.PREDICT, folder, shape, {"rows": len(x)})])
    return np.fromfile(folder / "predicted", dtype="<i8").astype(np.int64)


@contextmanager
def compiled(module: ModuleType, settings: Program) -> Iterator[tuple[Path, Path]]:
    """Give a program, compiled anew, and the folder it works in; raise EnvironmentLockError for another compiler."""
    if (found := compiler_version(module)) != settings.compiler:
        here = found or "not installed"
        problem = f"compiler: {module.COMPILE[0]} here is {here}, params.yaml states {settings.compiler}"
        raise EnvironmentLockError(f"{problem}; install that one, or state the one that is here")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program, source = folder / "program", Path(str(module.__file__)).parent / module.RESOURCES[0]
        called([part.format(program=program, source=source) for part in module.COMPILE])
        yield program, folder


def compiler_version(module: ModuleType) -> str | None:
    """Return the first line that a model's compiler says of its version, None where it is not installed.

    Where a script is run as it is, the module names in VERSION the command that says the version of its interpreter.
    """
    try:
        command = getattr(module, "VERSION", (module.COMPILE[0], "--version"))
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return (done.stdout or done.stderr).partition("\n")[0].strip()


def program_seed(study_seed: int, seed: int) -> int:
    """Return the 64-bit seed of a program, derived by name."""
    return derive(study_seed, "program", seed) & 0xFFFFFFFFFFFFFFFF


def filled(arguments: tuple[str, ...], folder: Path, shape: Shape, said: Mapping[str, Any]) -> list[str]:
    """Return arguments with folder, sizes and settings filled in, a number as it is read back to the last bit."""
    values = {**said, "folder": folder, "features": shape.size, "classes": shape.classes}
    return [part.format(**values) for part in arguments]


def called(command: list[str]) -> None:
    """Run a program; raise ChildProcessError with its last line where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise ChildProcessError(f"{Path(command[0]).name}: {said}")


def little(values: NDArray[Any], kind: str) -> NDArray[Any]:
    """Return values in the byte order and type of the files, rows one after another."""
    return np.ascontiguousarray(values, dtype=kind)
