"""A network that is told to end saves a checkpoint first, and goes on from it to the same bytes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.io.files import read_tensors

ROOT = Path(__file__).resolve().parents[2]
STEPS, MIDWAY = 3000, 50
FIT = f"""
import sys
from pathlib import Path
from pipeline.io.checkpoints import FolderStore
from pipeline.science.fitting import Job, fit
from pipeline.science.models.mlp import Settings
from pipeline.science.settings import Compute, Shape
from pipeline.science.trial_fits import made_up

class Told(FolderStore):
    def due(self, step):
        if step == {MIDWAY}:
            print("midway", flush=True)
        return super().due(step)

shape = Shape(features=(8,), classes=3)
settings = Settings(batch_size=20, steps={STEPS}, learning_rate=0.01, weight_decay=0.01, hidden=8)
store = Told(Path(sys.argv[1]), 3600.0)
print(fit(Job("mlp", settings, shape, 0, 1, Compute()), made_up(shape), store).save().sha256, flush=True)
"""


def fitting(folder: Path) -> "subprocess.Popen[str]":
    """Start a fit that keeps its checkpoint in a folder, and by the clock would keep none."""
    return subprocess.Popen(
        [sys.executable, "-c", FIT, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )


@pytest.mark.slow
def test_a_fit_that_is_told_to_end_saves_a_checkpoint_and_goes_on_from_it_to_the_same_bytes(tmp_path: Path) -> None:
    undisturbed = fitting(tmp_path / "undisturbed").communicate()[0].split()[-1]
    first = fitting(tmp_path / "told")
    assert first.stdout is not None
    assert first.stdout.readline() == "midway\n"
    first.send_signal(signal.SIGTERM)
    assert first.wait(60) == -signal.SIGTERM
    saved = int(read_tensors(tmp_path / "told" / "checkpoint.safetensors")["step"][0])
    assert MIDWAY <= saved < STEPS
    again = fitting(tmp_path / "told").communicate()[0].split()
    assert again == [undisturbed]  # the first steps were not repeated: nothing was midway
