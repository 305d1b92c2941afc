"""The device a network is trained on: the one asked for, made deterministic, or an error."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from pipeline.base.errors import DeviceError
from pipeline.science.settings import Compute

WORKSPACES = (":4096:8", ":16:8")
PRECISIONS = {"float32": torch.float32, "float64": torch.float64}


def check_device(compute: Compute) -> None:
    """Raise DeviceError where the device asked for is absent or not deterministic; never choose another."""
    if compute.device != "cuda":
        return
    if not torch.cuda.is_available():
        asked = "params.yaml asks for compute.device: cuda, and this machine has no usable CUDA device"
        raise DeviceError(f"{asked}; run it where there is one, or state compute.device: cpu, which is another result")
    if os.environ.get("CUBLAS_WORKSPACE_CONFIG") not in WORKSPACES:
        raise DeviceError("CUBLAS_WORKSPACE_CONFIG is not set, so CUDA is not deterministic; set it to :4096:8")


@contextmanager
def deterministic(compute: Compute) -> Iterator[tuple[torch.device, torch.dtype]]:
    """Yield device and dtype, with deterministic algorithms only and no TF32; restore torch's state after."""
    check_device(compute)
    before = torch.are_deterministic_algorithms_enabled()
    kept = (
        torch.backends.cudnn.benchmark,
        torch.backends.cudnn.allow_tf32,
        torch.backends.cuda.matmul.allow_tf32,
    )
    devices = [torch.cuda.current_device()] if compute.device == "cuda" else []
    with torch.random.fork_rng(devices):
        try:
            torch.use_deterministic_algorithms(True)
            set_cuda(False, False, False)
            yield torch.device(compute.device), PRECISIONS[compute.precision]
        finally:
            torch.use_deterministic_algorithms(before)
            set_cuda(*kept)


def set_cuda(benchmark: bool, cudnn_tf32: bool, matmul_tf32: bool) -> None:
    """Set what else moves bits on CUDA."""
    torch.backends.cudnn.benchmark = benchmark
    torch.backends.cudnn.allow_tf32 = cudnn_tf32
    torch.backends.cuda.matmul.allow_tf32 = matmul_tf32
