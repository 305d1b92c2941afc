"""The observed page: what this machine happened to spend. Never hashed, never an input of a step."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from pipeline.io.files import read_json, write_json, write_text
from pipeline.io.jobs import OBSERVED

PAGE = OBSERVED / "index.html"
COLUMNS = ("wall_seconds", "cpu_seconds", "peak_memory_mb")
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}"
    ":root{color-scheme:light dark}"
    "table{border-collapse:collapse;display:block;overflow-x:auto}"
    "td,th{padding:.3rem .8rem;text-align:right;border-bottom:1px solid #8886}"
    "td:first-child,th:first-child{text-align:left}"
)


def facts() -> list[dict[str, Any]]:
    """Return what was noted of every artefact that stands now."""
    found = [read_json(path) for path in sorted((OBSERVED / "artefacts").glob("*.json"))]
    return [fact for fact in found if (Path(fact["artefact"]) / "receipt.json").is_file()]


def groups(noted: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return facts by what they are of: a step, or a variant's training or evaluation."""
    found: dict[str, list[dict[str, Any]]] = {}
    for fact in noted:
        parts = fact["artefact"].split("/")
        found.setdefault("/".join(parts[:2]) if len(parts) == 3 else fact["artefact"], []).append(fact)
    return found


def table(noted: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a group: n, medians, and total CPU seconds."""
    return [
        {
            "artefacts": name,
            "n": len(members),
            **{column: round(median(fact[column] for fact in members), 2) for column in COLUMNS},
            "total_cpu_seconds": round(sum(fact["cpu_seconds"] for fact in members), 1),
        }
        for name, members in groups(noted).items()
    ]


def render_page() -> None:
    """Write observed/index.html and observed/costs.json."""
    from jinja2 import Environment

    rows = table(facts())
    write_json(OBSERVED / "costs.json", rows)
    source = Path(__file__).parent / "observed.html.j2"
    template = Environment(autoescape=True).from_string(source.read_text(encoding="utf-8"))
    write_text(PAGE, template.render(rows=rows, columns=COLUMNS, style=STYLE, machine=machine()))


def machine() -> dict[str, str]:
    """Return the class of this machine, as far as it moves bits; no names of machines or people."""
    import platform

    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text(encoding="utf-8").splitlines() if cpu.is_file() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return {"processor": model, "architecture": platform.machine(), "system": platform.system()}
