"""The class of a machine: what decides which instructions the libraries choose, and so the last bits. No names."""

import functools
import platform
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


@functools.cache
def cpu() -> dict[str, str]:
    """Return what the kernel says of the first processor; nothing where it does not say."""
    if not CPU_INFO.is_file():
        return {}
    first = CPU_INFO.read_text(encoding="utf-8").strip().split("\n\n")[0]
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def machine_class() -> dict[str, str]:
    """Return the fields that two machines must share for their bits to be comparable."""
    told = cpu()
    flags = next((told[name].split() for name in FLAGS if name in told), [])
    return {
        "architecture": platform.machine(),
        "system": platform.system(),
        "vendor": told.get("vendor_id") or told.get("CPU implementer") or platform.processor() or "unknown",
        "instructions": " ".join(name for name in DISPATCHED if name in flags),
        "libc": " ".join(platform.libc_ver()).strip() or "unknown",
    }


def class_digest(fields: dict[str, str]) -> str:
    """Return a short name for a class of machines."""
    return value_digest(fields)[:12]


def processor() -> str:
    """Return the processor's model, for people; no part of the class."""
    return cpu().get("model name", "unknown")
