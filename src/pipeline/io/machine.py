"""The class of a machine: what decides which instructions the libraries choose, and so the last bits. No names."""

import functools
import platform
import subprocess
from pathlib import Path

from pipeline.base.canonical import value_digest

CPU_INFO = Path("/proc/cpuinfo")
FLAGS = ("flags", "Features")  # as x86 and ARM name them
DISPATCHED = (  # instruction sets that torch, oneDNN, MKL, OpenBLAS, numpy or libm choose their code by
    "sse4_2",
    "avx",
    "f16c",
    "fma",
    "avx2",
    "avx_vnni",
    "avx512f",
    "avx512cd",
    "avx512bw",
    "avx512dq",
    "avx512vl",
    "avx512_vnni",
    "avx512_bf16",
    "avx512_fp16",
    "amx_tile",
    "amx_int8",
    "amx_bf16",
    "asimd",
    "asimddp",
    "bf16",
    "i8mm",
    "sve",
    "sve2",
)
GPU_QUERY = ("nvidia-smi", "--query-gpu=name,compute_cap,driver_version", "--format=csv,noheader")


@functools.cache
def cpu() -> dict[str, str]:
    """Return what the kernel says of the first processor; nothing where it does not say."""
    if not CPU_INFO.is_file():
        return {}
    first = CPU_INFO.read_text(encoding="utf-8").strip().split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def machine_class(device: str = "cpu") -> dict[str, str]:
    """Return the fields that two machines must share for the bits made on a device to be comparable."""
    told = cpu()
    flags = next((told[name].split() for name in FLAGS if name in told), [])
    return {
        "architecture": platform.machine(),
        "system": platform.system(),
        "vendor": told.get("vendor_id") or told.get("CPU implementer") or platform.processor() or "unknown",
        "instructions": " ".join(name for name in DISPATCHED if name in flags),
        "libc": " ".join(platform.libc_ver()).strip() or "unknown",
        **(accelerators() if device == "cuda" else {}),
    }


@functools.cache
def accelerators() -> dict[str, str]:
    """Return the kinds of GPU, their compute capability and the driver, as the driver's own program tells them."""
    try:
        done = subprocess.run([*GPU_QUERY], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return told_of_gpus("")
    return told_of_gpus(done.stdout if done.returncode == 0 else "")


def told_of_gpus(listed: str) -> dict[str, str]:
    """Return what a list of GPUs says (a line each: name, compute capability, driver), "unknown" where nothing."""
    rows = sorted({tuple(part.strip() for part in line.split(",")) for line in listed.splitlines() if line.strip()})
    columns = zip(*(row for row in rows if len(row) == 3), strict=True) if rows else ()
    texts = [", ".join(sorted(set(column))) for column in columns] or ["unknown"] * 3
    return dict(zip(("gpu", "gpu_capability", "gpu_driver"), texts, strict=False))


def class_digest(fields: dict[str, str]) -> str:
    """Return a short name for a class of machines."""
    return value_digest(fields)[:12]


def processor() -> str:
    """Return the processor's model, for people; no part of the class."""
    return cpu().get("model name", "unknown")
