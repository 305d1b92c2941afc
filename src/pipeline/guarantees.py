"""What a machine can promise: its class, the levels of determinism, and what keeps a job to what it declares."""

import os
from collections.abc import Collection, Sequence
from typing import Any

from pipeline.io import sandbox
from pipeline.io.machine import class_digest, machine_class, processor
from pipeline.io.strace import missing_tracer

LEVELS = {
    "L0": "the same scores within noise, on any machine: locked distributions, named seeds",
    "L1": "the same bits on this class of machine, in the locked environment, with the stated number of threads",
    "L2": "L1 whatever the number of cores, jobs and runs in a pack",
    "L3": "the same bits on any class of machine: never promised, since libraries choose instructions by processor",
}


def machine() -> dict[str, Any]:
    """Return the class of this machine, its fields, and, no part of it, the processor and the cores."""
    fields = machine_class()
    return {"class": class_digest(fields), "fields": fields, "processor": processor(), "cores": cores()}


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def levels(environment: Sequence[str], failures: Collection[str], of_cores: str) -> list[dict[str, Any]]:
    """Return each level, whether it holds here and what it says.

    `failures` are those of tested models; those that end with `of_cores` contradict L2 alone.
    """
    locked = not environment
    same = locked and all(failure.endswith(of_cores) for failure in failures)
    holds = {"L0": locked, "L1": same, "L2": same and not failures, "L3": False}
    return [{"level": name, "holds": holds[name], "says": says} for name, says in LEVELS.items()]


def barriers() -> dict[str, str]:
    """Return what of confinement, closed network and tracing there is here."""
    abi = sandbox.newest()
    return {
        "confinement": f"landlock abi {abi}" if abi else "not enforced: this kernel has no Landlock",
        "network": "closed to jobs" if abi >= sandbox.NETWORK_SINCE else "not closed: needs a newer Landlock",
        "tracing": missing_tracer() or "available",
    }
