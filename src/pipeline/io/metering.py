"""What making an artefact costs on this machine."""

import resource
import sys
import time
from typing import Any, Self

from pipeline.io.energy import joules, readings
from pipeline.io.gpu_metering import GpuMeter
from pipeline.io.machine import machine_class

MAXRSS_PER_MB = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts bytes, Linux kilobytes

PACKAGE_JOULES = "package_joules"
PEAK_GPU_MB = "peak_gpu_memory_mb"


class Meter:
    """What making an artefact costs on this machine: never hashed, never an input. A context that leaves `facts`."""

    def __init__(self, device: str) -> None:
        """Begin; `device` is what the artefact is made on."""
        self.device = device
        self.wall, self.cpu = time.monotonic(), time.process_time()
        self.energy = readings()
        self.facts: dict[str, Any] = {}
        self.gpu = GpuMeter() if device == "cuda" else None
        if (gpu := gpu_at_work()) is not None:
            gpu.reset_peak_memory_stats()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Note the time, the seconds since the start, this process's memory so far, the class of machine and device.

        On a GPU also the most memory that torch held there for this artefact, how busy it was and the energy it spent.
        Where the processors' own counters may be read, also the energy that they spent, on whatever ran meanwhile.
        """
        self.facts = {
            "ended": round(time.time(), 3),
            "wall_seconds": round(time.monotonic() - self.wall, 3),
            "cpu_seconds": round(time.process_time() - self.cpu, 3),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MAXRSS_PER_MB, 1),
            "machine": machine_class(self.device),
        }
        if (spent := joules(self.energy, readings())) is not None:
            self.facts[PACKAGE_JOULES] = spent
        if self.gpu is None:
            return
        busy = self.gpu.stop()
        if (gpu := gpu_at_work()) is not None:  # an estimator uses none, whatever the study asks for
            self.facts[PEAK_GPU_MB] = round(gpu.max_memory_allocated() / 2**20, 1)
            self.facts |= busy


def gpu_at_work() -> Any | None:
    """Return torch's account of the GPU that this process uses, None where it uses none; torch is not loaded for it."""
    torch = sys.modules.get("torch")
    return torch.cuda if torch is not None and torch.cuda.is_initialized() else None
