"""How busy the GPU of this process is and the energy it spends, as its driver counts them (NVML)."""

import contextlib
import os
import threading
from collections.abc import Mapping
from statistics import fmean
from types import ModuleType
from typing import Any

from pipeline.io.gpus import VISIBLE

GPU_JOULES, GPU_BUSY = "gpu_joules", "gpu_utilisation_percent"
EVERY = 0.5  # seconds; the driver's own sample is of the last sixth of a second to second
MILLI = 1e-3


class GpuMeter:
    """Looks at one GPU from time to time, in a thread of its own, until it is stopped."""

    def __init__(self, driver: ModuleType | Any | None = None) -> None:
        """Begin with the first GPU that this process may see; `driver` is NVML, `pynvml` where not stated.

        Where there is none, or it tells nothing, nothing is noted.
        """
        self.facts: dict[str, float] = {}
        self.samples: list[int] = []
        self.ended = threading.Event()
        self.driver: Any = None
        self.thread = threading.Thread(target=self._watch, daemon=True)
        with contextlib.suppress(Exception):  # no driver, no GPU, none that NVML knows
            self.driver = driver or nvml()
            self.driver.nvmlInit()
            self.gpu = opened(self.driver, os.environ)
            self.spent = self._joules()
            self.thread.start()

    def stop(self) -> Mapping[str, float]:
        """Return the mean utilisation in percent and the joules spent since the start, those that the driver tells.

        Both are of the whole GPU, whatever ran on it meanwhile.
        """
        if not self.thread.is_alive():
            return self.facts
        self.ended.set()
        self.thread.join()
        if self.samples:
            self.facts[GPU_BUSY] = round(fmean(self.samples), 1)
        if self.spent is not None and (now := self._joules()) is not None:
            self.facts[GPU_JOULES] = round(now - self.spent, 2)
        with contextlib.suppress(Exception):
            self.driver.nvmlShutdown()
        return self.facts

    def _watch(self) -> None:
        over = False
        while not over:
            over = self.ended.wait(EVERY)  # one sample more at the end: no run is too short for one
            with contextlib.suppress(Exception):
                self.samples.append(int(self.driver.nvmlDeviceGetUtilizationRates(self.gpu).gpu))

    def _joules(self) -> float | None:
        """Return what the GPU has spent since its driver was loaded; None where it does not count."""
        try:
            return float(self.driver.nvmlDeviceGetTotalEnergyConsumption(self.gpu)) * MILLI
        except Exception:
            return None


def nvml() -> ModuleType:
    """Return the bindings of NVML; raise ImportError where they are not installed."""
    import pynvml

    return pynvml  # type: ignore[no-any-return]


def opened(driver: Any, environment: Mapping[str, str]) -> Any:
    """Return NVML's handle of the first GPU that CUDA would choose here."""
    name = environment.get(VISIBLE, "0").split(",")[0].strip()
    if name.isdigit():
        return driver.nvmlDeviceGetHandleByIndex(int(name))
    return driver.nvmlDeviceGetHandleByUUID(name)
