"""Energy that the processors spent, as their own counters say (RAPL), where this process may read them."""

from collections.abc import Mapping
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
PACKAGES = "intel-rapl:[0-9]*"  # also on AMD; deeper zones, of parts of a package, have two colons
MICRO = 1e-6
Readings = Mapping[str, tuple[int, int]]


def readings(folder: Path = POWERCAP) -> Readings:
    """Return {package: (microjoules counted, where the counter starts again)}; empty where none may be read."""
    found = {}
    for zone in sorted(folder.glob(PACKAGES)):
        if zone.name.count(":") > 1:
            continue
        try:
            counted, most = (int((zone / name).read_text()) for name in ("energy_uj", "max_energy_range_uj"))
        except (OSError, ValueError):
            return {}
        found[zone.name] = (counted, most)
    return found


def joules(before: Readings, after: Readings) -> float | None:
    """Return the joules between two readings of the same packages, a counter that started again once included.

    They are all that the packages spent meanwhile, by whatever ran. None where nothing could be read.
    """
    if not before or before.keys() != after.keys():
        return None
    spent = 0
    for package, (counted, most) in after.items():
        since = counted - before[package][0]
        spent += since if since >= 0 else since + most
    return round(spent * MICRO, 2)
