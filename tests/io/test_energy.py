from pathlib import Path

import pytest

from pipeline.io.energy import joules, readings
from pipeline.observing import WATTS_PER_CORE, measured, table


def counters(folder: Path, **microjoules: int) -> Path:
    for zone, counted in microjoules.items():
        home = folder / zone.replace("_", ":").replace("intel:rapl", "intel-rapl")
        home.mkdir(parents=True, exist_ok=True)
        (home / "energy_uj").write_text(f"{counted}\n")
        (home / "max_energy_range_uj").write_text("1000000000\n")
    return folder


def test_packages_are_summed_and_their_parts_are_not(tmp_path: Path) -> None:
    before = readings(counters(tmp_path, intel_rapl_0=5_000_000, intel_rapl_1=1_000_000, intel_rapl_0_0=7))
    after = readings(counters(tmp_path, intel_rapl_0=7_500_000, intel_rapl_1=2_000_000, intel_rapl_0_0=900_000_000))
    assert joules(before, after) == 3.5


def test_a_counter_that_started_again_is_counted_on(tmp_path: Path) -> None:
    before = readings(counters(tmp_path, intel_rapl_0=999_000_000))
    assert joules(before, readings(counters(tmp_path, intel_rapl_0=1_000_000))) == 2.0


def test_counters_that_are_not_there_or_not_readable_give_nothing(tmp_path: Path) -> None:
    assert readings(tmp_path) == {}
    assert joules({}, {}) is None
    counters(tmp_path, intel_rapl_0=1)
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("not a number")
    assert readings(tmp_path) == {}


def test_energy_is_estimated_from_cpu_time_and_measured_only_where_all_was() -> None:
    fact = {"wall_seconds": 3.0, "cpu_seconds": 2.0, "peak_memory_mb": 9.0, "package_joules": None}
    rows = table({"runs/full/seed-1": fact, "runs/full/seed-2": {**fact, "package_joules": 40.0}})
    assert rows[0]["estimated_joules"] == 2 * 2.0 * WATTS_PER_CORE
    assert rows[0]["package_joules"] is None
    assert measured([1.25, 2.5]) == pytest.approx(3.8, abs=0.06)
