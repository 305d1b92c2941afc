"""What making an artefact costs on this machine."""

import resource
import sys
import time
from typing import Any

from pipeline.io.energy import joules, readings
from pipeline.io.machine import machine_class

MAXRSS_PER_MB = 2**20 if sys.platform == "darwin" else 2**10  # macOS counts bytes, Linux kilobytes

PACKAGE_JOULES = "package_joules"


class Meter:
    """What making an artefact cost on this machine: never hashed, never an input."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.monotonic(), time.process_time()
        self.energy = readings()
        self.facts: dict[str, Any] = {}

    def stop(self, device: str) -> None:
        """Note the time, the seconds since the start, this process's memory so far, the class of machine and device.

        Where the processors' own counters may be read, also the energy that they spent, on whatever ran meanwhile.
        """
        self.facts = {
            "ended": round(time.time(), 3),
            "wall_seconds": round(time.monotonic() - self.wall, 3),
            "cpu_seconds": round(time.process_time() - self.cpu, 3),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MAXRSS_PER_MB, 1),
            "machine": machine_class(device),
        }
        if (spent := joules(self.energy, readings())) is not None:
            self.facts[PACKAGE_JOULES] = spent
