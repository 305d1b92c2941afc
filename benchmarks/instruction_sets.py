"""Which models' bits move with the instructions a library chooses: `python -m benchmarks.instruction_sets [--emulate]`.

Each kind of model is fitted in a process of its own under each switch, and with `--emulate` on other processors
that `qemu-x86_64` (Debian: qemu-user) imitates, minutes each. Prints tables in Markdown.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
SWITCHES: dict[str, dict[str, str]] = {
    "torch": {"ATEN_CPU_CAPABILITY": "default"},
    "oneDNN": {"ONEDNN_MAX_CPU_ISA": "SSE41"},
    "MKL": {"MKL_CBWR": "COMPATIBLE"},
    "OpenBLAS": {"OPENBLAS_CORETYPE": "Prescott"},
    "numpy": {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"},
    "libm": {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4"},
}
FIVE = {name: value for switch, part in SWITCHES.items() if switch != "libm" for name, value in part.items()}
SETTINGS: dict[str, dict[str, str]] = {"nothing": {}, **SWITCHES, "all but libm": FIVE, "all": FIVE | SWITCHES["libm"]}
PROCESSORS = ("Nehalem", "Haswell", "EPYC", "max")
TRAINING: dict[str, Any] = {
    "batch_size": 50,
    "steps": 40,
    "learning_rate": 0.02,
    "weight_decay": 0.01,
    "label_smoothing": 0.1,
    "augmentation": ["roll", "scale", "shear", "noise"],
}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "mlp": ("mlp", TRAINING),
    "plain_cnn": ("plain_cnn", TRAINING),
    "sequence_network": ("sequence_network", {**TRAINING, "stem": "conv", "mixer": "attention"}),
    "… of patches": ("sequence_network", {**TRAINING, "stem": "patch", "mixer": "none", "ema": 0.9}),
    "logistic_regression": ("logistic_regression", {"inverse_regularisation": 1.0}),
    "nearest_neighbours": ("nearest_neighbours", {"neighbours": 5, "weights": "distance"}),
    "random_forest": ("random_forest", {"max_features": "sqrt", "min_samples_leaf": 1, "trees": 20}),
    "rbf_svm": ("rbf_svm", {"inverse_regularisation": 1.0, "gamma": 0.02}),
}
Measured = dict[str, dict[str, Any]]


def digest(content: bytes) -> str:
    """Return the first digits of a sha256."""
    return hashlib.sha256(content).hexdigest()[:12]


def fits() -> dict[str, tuple[str, float]]:
    """Return, for each case, the digest of the model and its predictions, and the CPU seconds of the second fit."""
    from pipeline.science.fitting import Job, fit
    from pipeline.science.models import load
    from pipeline.science.settings import Compute, Shape

    data, found = rows(), {}
    for name, (model, stated) in CASES.items():
        settings = load(model).Settings.model_validate(stated)
        job = Job(model, settings, Shape(features=(40,), classes=10), 1, 2, Compute())
        fit(job, data)
        started = time.process_time()
        result = fit(job, data)
        seconds = time.process_time() - started
        found[name] = digest(result.save().sha256.encode() + result.validation_predicted.tobytes()), seconds
    return found


def rows() -> Any:
    """Return 500 training and 500 validation sequences, made by exact arithmetic alone."""
    import numpy as np

    from pipeline.science.training_data import TrainingData

    random = np.random.default_rng(0)
    y = random.integers(0, 10, 1000)
    waves = (np.arange(40) * (y[:, None] + 1)) % 16 - 8
    x = ((waves + random.integers(-64, 64, (1000, 40)) / 8) / 8).astype(np.float32)
    return TrainingData(x[:500], y[:500], x[500:], y[500:])


def operations() -> dict[str, str]:
    """Return the digest of each operation on the same numbers."""
    import math

    import numpy as np
    import torch
    import torch.nn.functional as F  # noqa: N812

    random = np.random.default_rng(1)
    integers = random.integers(1, 2**20, 20_000)
    double = integers / 3.0e4  # rounded alike everywhere, and with no exact sums
    single = double.astype(np.float32)
    x = torch.from_numpy(single)
    matrix, batch = x[:10_000].view(100, 100), x[:16_000].view(50, 8, 40) / 16
    kernel = x[:320].view(8, 8, 5)
    arrays: dict[str, Callable[[], Any]] = {
        "numpy exp (float32)": lambda: np.exp(single),
        "numpy exp (float64)": lambda: np.exp(double),
        "numpy log (float64)": lambda: np.log(double),
        "numpy tanh": lambda: np.tanh(double),
        "numpy sqrt": lambda: np.sqrt(double),
        "numpy matmul": lambda: double[:10_000].reshape(100, 100) @ double[:10_000].reshape(100, 100),
        "numpy sum": lambda: np.array(single.sum()),
        "numpy normal": lambda: np.random.default_rng(2).standard_normal(100_000, dtype=np.float32),
        "math exp": lambda: np.array([math.exp(value) for value in double]),
        "math log": lambda: np.array([math.log(value) for value in double]),
        "math pow": lambda: np.array([math.pow(value, 0.3) for value in double]),
        "math sin": lambda: np.array([math.sin(value) for value in double]),
    }
    tensors: dict[str, Callable[[], torch.Tensor]] = {
        "torch sqrt": x.sqrt,
        "torch sqrt, strided": x[::2].sqrt,
        "torch rsqrt": x.rsqrt,
        "torch exp": (x / 16).exp,
        "torch log": x.log,
        "torch division": lambda: 1 / x,
        "torch sum": x.sum,
        "torch mean of rows": lambda: matrix.mean(1),
        "torch matmul": lambda: matrix @ matrix,
        "torch matmul, batched": lambda: batch @ batch.transpose(1, 2),
        "torch softmax": lambda: (matrix / 16).softmax(-1),
        "torch softmax, other axis": lambda: batch.softmax(-2),
        "torch cross entropy": lambda: F.cross_entropy(matrix / 16, torch.arange(100), label_smoothing=0.1),
        "torch convolution": lambda: F.conv1d(batch, kernel, padding=2),
        "torch batch norm": lambda: F.batch_norm(batch, None, None, training=True),
        "torch layer norm": lambda: F.layer_norm(matrix, (100,)),
        "torch gelu": lambda: F.gelu(matrix / 16 - 0.5),
        "torch randn": lambda: torch.randn(10_000, generator=torch.Generator().manual_seed(0)),
        "AdamW, fused": lambda: adamw(x, True),
        "AdamW, for each tensor": lambda: adamw(x, False),
    }
    found = {name: digest(make().tobytes()) for name, make in arrays.items()}
    return found | {name: digest(make().numpy().tobytes()) for name, make in tensors.items()}


def adamw(x: Any, fused: bool) -> Any:
    """Return numbers after three steps of AdamW with themselves as gradients."""
    import torch
    from torch.optim.adamw import adamw as step

    parameter, first, second = x.clone(), torch.zeros_like(x), torch.zeros_like(x)
    count = torch.zeros(())
    rates: dict[str, Any] = {
        "amsgrad": False,
        "beta1": 0.9,
        "beta2": 0.999,
        "lr": 0.1,
        "weight_decay": 0.01,
        "eps": 1e-8,
    }
    for _ in range(3):
        step([parameter], [parameter * x], [first], [second], [], [count], fused=fused, maximize=False, **rates)
    return parameter


def measured(environment: Mapping[str, str], *before: str) -> Measured | None:
    """Return what a process under an environment found, None where it failed."""
    python = str(Path(sys.executable).resolve())
    clean = {name: value for name, value in os.environ.items() if name not in FIVE}
    path = os.pathsep.join(dict.fromkeys([str(Path.cwd()), *filter(None, sys.path)]))
    done = subprocess.run(
        [*before, python, "-m", "benchmarks.instruction_sets", "--measure"],
        env={**clean, **ONE_THREAD, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else None


def table(kind: str, reference: Measured, found: Mapping[str, Measured | None]) -> list[str]:
    """Return a Markdown table: which of a kind have other bits than the reference has, in each setting."""
    lines = [f"| | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]
    for name, stated in reference[kind].items():
        same = ["failed" if other is None else word(other[kind][name], stated) for other in found.values()]
        lines.append(f"| {name} | {' | '.join(same)} |")
    return lines


def word(mine: Any, theirs: Any) -> str:
    """Return how two results compare: nothing where they are the same."""
    mine, theirs = (value if isinstance(value, str) else value[0] for value in (mine, theirs))
    return "" if mine == theirs else "moved"


def times(found: Mapping[str, Measured | None]) -> list[str]:
    """Return a Markdown table of CPU time against that of nothing set."""
    base = found["nothing"] or {"fits": {}}
    lines = [f"| | {' | '.join(found)} |", f"|---|{'---|' * len(found)}"]
    for name, (_, seconds) in base["fits"].items():
        ratios = [f"{other['fits'][name][1] / seconds:.1f}" if other else "" for other in found.values()]
        lines.append(f"| {name} | {' | '.join(ratios)} |")
    return lines


def main(arguments: list[str]) -> None:
    """Print the tables, or measure in this process."""
    if "--measure" in arguments:
        print(json.dumps({"fits": fits(), "operations": operations()}))
        return
    native = {name: measured(environment) for name, environment in SETTINGS.items()}
    if (reference := native["nothing"]) is None or (held := native["all but libm"]) is None:
        sys.exit("a process failed; try `python -m benchmarks.instruction_sets --measure`")
    for kind in ("fits", "operations"):
        print(f"\n{kind} here, against nothing set\n", *table(kind, reference, native), sep="\n")
    print("\nCPU time here, against nothing set\n", *times(native), sep="\n")
    if "--emulate" not in arguments:
        return
    if not (emulator := shutil.which("qemu-x86_64")):
        sys.exit("qemu-x86_64 is not installed (Debian: qemu-user)")
    held_there = {name: measured(FIVE, emulator, "-cpu", name) for name in PROCESSORS}
    moved_there = {PROCESSORS[0]: measured({}, emulator, "-cpu", PROCESSORS[0])}
    for kind in ("fits", "operations"):
        print(
            f"\n{kind} on emulated processors, all but libm, against here\n", *table(kind, held, held_there), sep="\n"
        )
        print(f"\n{kind} on an emulated processor, nothing set\n", *table(kind, reference, moved_there), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
