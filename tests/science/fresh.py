"""What a process finds that has imported nothing yet and has another hash seed, as JSON; all in one, to import once."""

import json
import os
import subprocess
import sys
from typing import Any

from tests.study import ROOT


def has_compiler() -> bool:
    """Tell whether torch's compiler has been imported."""
    return "torch._dynamo" in sys.modules


def after_a_step() -> dict[str, bool]:
    """Take one step of the optimiser."""
    import torch

    from pipeline.science.optimiser import AdamW

    value = torch.zeros(3, requires_grad=True)
    AdamW([value], 0.1).step([torch.ones(3)], 0.1)
    return {"moved": value.tolist() != [0, 0, 0], "compiler": has_compiler()}


def after_counting() -> dict[str, bool]:
    """Count what a run of a small network costs."""
    import torch
    from torch import nn

    from pipeline.science.costs import run_costs
    from pipeline.science.settings import Shape, Training

    settings = Training(batch_size=5, steps=7, learning_rate=0.1, weight_decay=0.0)
    before = torch.random.get_rng_state()
    run_costs(lambda settings, shape: nn.Linear(4, 2), settings, Shape(features=(4,), classes=2))
    return {"drew": not torch.equal(before, torch.random.get_rng_state()), "compiler": has_compiler()}


def weights() -> str:
    """Train."""
    from tests.science import test_training

    return test_training.run().weights_sha256


def estimators() -> dict[str, str]:
    """Fit estimators, at other addresses than elsewhere."""
    from tests.science import test_skops_bytes

    kept = [object() for _ in range(1000)]
    return test_skops_bytes.digests() if kept else {}


def found() -> dict[str, Any]:
    """Return all of it, from such a process."""
    environment = {**os.environ, "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT / 'src'}"}
    command = [sys.executable, "-m", "tests.science.fresh"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    said = {part.__name__: part() for part in (after_a_step, after_counting, weights, estimators)}
    print(json.dumps(said))
