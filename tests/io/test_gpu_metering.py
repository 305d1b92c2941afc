"""What a GPU's driver tells is noted; the driver is a stand-in, for a machine without a GPU (else test_on_gpu.py)."""

import itertools
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from tests.waiting import wait_until

from pipeline.io.gpu_metering import GPU_BUSY, GPU_JOULES, GpuMeter
from pipeline.io.gpus import VISIBLE
from pipeline.io.metering import Meter


class Driver:
    """A driver that counts 2 J a question, and tells of 10, 20, 30 … % in turn."""

    def __init__(self, counts_energy: bool = True) -> None:
        self.millijoules = itertools.count(5000, 2000)
        self.percent = itertools.count(10, 10)
        self.counts_energy = counts_energy
        self.asked: list[tuple[str, Any]] = []
        self.open = 0

    def nvmlInit(self) -> None:  # noqa: N802
        self.open += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.open -= 1

    def nvmlDeviceGetHandleByIndex(self, index: int) -> str:  # noqa: N802
        self.asked.append(("index", index))
        return "gpu"

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        self.asked.append(("uuid", uuid))
        return "gpu"

    def nvmlDeviceGetUtilizationRates(self, gpu: str) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(gpu=next(self.percent))

    def nvmlDeviceGetTotalEnergyConsumption(self, gpu: str) -> int:  # noqa: N802
        if not self.counts_energy:
            raise OSError("not supported")
        return next(self.millijoules)


def test_utilisation_is_the_mean_of_what_was_told_and_energy_what_was_counted_in_between() -> None:
    meter = GpuMeter(driver := Driver())
    wait_until(lambda: len(meter.samples) >= 2, "two samples")
    told = meter.stop()
    assert told[GPU_JOULES] == 2.0
    assert told[GPU_BUSY] == sum(meter.samples) / len(meter.samples)
    assert len(meter.samples) >= 2
    assert driver.open == 0
    assert meter.stop() == told


def test_no_work_is_too_short_for_a_sample_and_a_gpu_that_does_not_count_energy_tells_the_rest() -> None:
    assert GpuMeter(Driver(counts_energy=False)).stop() == {GPU_BUSY: 10.0}


@pytest.mark.parametrize(
    ("stated", "asked"),
    [(None, ("index", 0)), ("3,1", ("index", 3)), ("GPU-5ad3", ("uuid", "GPU-5ad3"))],
)
def test_the_gpu_that_is_asked_is_the_first_that_cuda_would_see(
    stated: str | None, asked: tuple[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VISIBLE, raising=False)
    if stated:
        monkeypatch.setenv(VISIBLE, stated)
    GpuMeter(driver := Driver()).stop()
    assert driver.asked == [asked]


def test_without_a_driver_or_its_bindings_nothing_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VISIBLE, "GPU-not-there")
    assert GpuMeter().stop() == {}
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert GpuMeter().stop() == {}


def test_what_is_made_without_a_gpu_notes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.io.metering.gpu_at_work", lambda: None)
    for device in ("cpu", "cuda"):  # an estimator of a study on a GPU uses none
        with Meter(device) as spent:
            pass
        assert not [name for name in spent.facts if "gpu" in name]
        assert spent.facts["wall_seconds"] >= 0
