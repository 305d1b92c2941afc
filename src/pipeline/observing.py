"""The observed page: what this machine happened to spend. Never hashed, never an input of a step."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from pipeline.base.canonical import file_digest
from pipeline.io.files import read_json, write_json, write_text
from pipeline.io.jobs import OBSERVED
from pipeline.io.machine import class_digest, processor
from pipeline.io.manifest import readable_manifest
from pipeline.io.receipts import RECEIPT

PAGE = OBSERVED / "index.html"
COLUMNS = ("wall_seconds", "cpu_seconds", "peak_memory_mb")
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}"
    ":root{color-scheme:light dark}"
    "table{border-collapse:collapse;display:block;overflow-x:auto}"
    "td,th{padding:.3rem .8rem;text-align:right;border-bottom:1px solid #8886}"
    "td:first-child,th:first-child{text-align:left}"
)


def facts() -> dict[str, dict[str, Any]]:
    """Return {artefact: what was noted when it was made}, for those that stand and of which something is known.

    What was noted here counts if it is of the receipt that stands, else what the manifest says of that receipt.
    """
    noted = [read_json(path) for path in sorted((OBSERVED / "artefacts").glob("*.json"))]
    found = {fact.pop("artefact"): fact for fact in noted}
    kept = (readable_manifest() or {"artefacts": {}})["artefacts"]
    known = {}
    for home in sorted({*found, *kept}):
        receipt = Path(home) / RECEIPT
        sources = (found.get(home), {**kept.get(home, {}).get("observed", {}), **kept.get(home, {})})
        digest = file_digest(receipt) if receipt.is_file() else None
        fact = next((fact for fact in sources if fact and fact.get("receipt") == digest and "machine" in fact), None)
        if fact:
            known[home] = {name: fact[name] for name in (*COLUMNS, "machine")}
    return known


def groups(homes: Iterable[str]) -> dict[str, list[str]]:
    """Return artefacts by what they are of: a step, or a variant's training or evaluation."""
    found: dict[str, list[str]] = {}
    for home in homes:
        parts = home.split("/")
        found.setdefault("/".join(parts[:2]) if len(parts) == 3 else home, []).append(home)
    return found


def table(known: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a group: n, medians, and total CPU seconds."""
    return [
        {
            "artefacts": name,
            "n": len(homes),
            **{column: round(median(known[home][column] for home in homes), 2) for column in COLUMNS},
            "total_cpu_seconds": round(sum(known[home]["cpu_seconds"] for home in homes), 1),
        }
        for name, homes in groups(known).items()
    ]


def classes(known: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return {short name: fields, number of artefacts} of each class of machine that artefacts were made on."""
    counts = Counter(class_digest(fact["machine"]) for fact in known.values())
    fields = {class_digest(fact["machine"]): fact["machine"] for fact in known.values()}
    return {name: {"fields": fields[name], "artefacts": counts[name]} for name in sorted(counts)}


def render_page() -> None:
    """Write observed/index.html and observed/costs.json."""
    from jinja2 import Environment

    known = facts()
    rows = table(known)
    write_json(OBSERVED / "costs.json", rows)
    source = Path(__file__).parent / "observed.html.j2"
    template = Environment(autoescape=True).from_string(source.read_text(encoding="utf-8"))
    shown = {"rows": rows, "columns": COLUMNS, "style": STYLE, "machines": classes(known), "here": processor()}
    write_text(PAGE, template.render(**shown))
