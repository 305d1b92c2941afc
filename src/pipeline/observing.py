"""The observed page: what this machine happened to spend. Never hashed, never an input of a step."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from pipeline.base.canonical import file_digest
from pipeline.io.files import read_json, write_json, write_text
from pipeline.io.gpu_metering import GPU_BUSY, GPU_JOULES
from pipeline.io.jobs import OBSERVED
from pipeline.io.machine import class_digest, processor
from pipeline.io.manifest import readable_manifest
from pipeline.io.metering import PACKAGE_JOULES, PEAK_GPU_MB
from pipeline.io.receipts import RECEIPT, place
from pipeline.io.sandbox import ENFORCED

PAGE = OBSERVED / "index.html"
UNKNOWN = "not known"
COLUMNS = ("wall_seconds", "cpu_seconds", "peak_memory_mb")
WHERE_TOLD = (PACKAGE_JOULES, PEAK_GPU_MB, GPU_BUSY, GPU_JOULES)
WATTS_PER_CORE = 10.0  # of a busy core with its share of memory and fans: a round number, and so an estimate
STATISTICS = ("runs/", "evaluations/")
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}"
    ":root{color-scheme:light dark}"
    "table{border-collapse:collapse;display:block;overflow-x:auto}"
    "td,th{padding:.3rem .8rem;text-align:right;border-bottom:1px solid #8886}"
    "td:first-child,th:first-child{text-align:left}"
)


def facts(homes: Iterable[str] | None = None) -> dict[str, dict[str, Any]]:
    """Return {artefact: what was noted when it was made}, for those that stand and of which something is known.

    Of `homes`, where they are named, also those whose receipts are withdrawn. What was noted here counts if it is of
    the receipt that lies there, else what the manifest says of that receipt.
    """
    noted = [read_json(path) for path in sorted((OBSERVED / "artefacts").glob("*.json"))]
    found = {fact.pop("artefact"): fact for fact in noted}
    kept = (readable_manifest() or {"artefacts": {}})["artefacts"]
    known = {}
    for home in sorted({*found, *kept} if homes is None else homes):
        receipt = Path(home) / (RECEIPT if homes is None else place(home))
        sources = (found.get(home), {**kept.get(home, {}).get("observed", {}), **kept.get(home, {})})
        digest = file_digest(receipt) if receipt.is_file() else None
        fact = next((fact for fact in sources if fact and fact.get("receipt") == digest and "machine" in fact), None)
        if fact:
            known[home] = {name: fact[name] for name in (*COLUMNS, "machine")}
            known[home] |= {name: fact[name] for name in WHERE_TOLD if name in fact}
            known[home]["confinement"] = fact.get("confinement", UNKNOWN)
    return known


def groups(homes: Iterable[str]) -> dict[str, list[str]]:
    """Return artefacts by what they are of: a step, or a variant's training or evaluation."""
    found: dict[str, list[str]] = {}
    for home in homes:
        parts = home.split("/")
        found.setdefault("/".join(parts[:2]) if len(parts) == 3 else home, []).append(home)
    return found


def table(known: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a group: n, medians, total CPU seconds and energy, estimated and, where known, measured."""
    return [
        {
            "artefacts": name,
            "n": len(homes),
            **{column: round(median(known[home][column] for home in homes), 2) for column in COLUMNS},
            "total_cpu_seconds": round(sum(known[home]["cpu_seconds"] for home in homes), 1),
            "estimated_joules": round(WATTS_PER_CORE * sum(known[home]["cpu_seconds"] for home in homes), 1),
            "package_joules": measured([known[home].get(PACKAGE_JOULES) for home in homes]),
            **{name: middle([known[home].get(name) for home in homes]) for name in (PEAK_GPU_MB, GPU_BUSY)},
            GPU_JOULES: measured([known[home].get(GPU_JOULES) for home in homes]),
        }
        for name, homes in groups(known).items()
    ]


def measured(joules: Sequence[float | None]) -> float | None:
    """Return the sum of what counters of energy said, None where one artefact was made without them."""
    said = [each for each in joules if each is not None]
    return round(sum(said), 1) if len(said) == len(joules) else None


def middle(numbers: Sequence[float | None]) -> float | None:
    """Return the median of those that are known, None where none is: nothing of these artefacts ran on a GPU."""
    said = [each for each in numbers if each is not None]
    return round(median(said), 1) if said else None


def classes(known: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return {short name: fields, number of artefacts} of each class of machine that artefacts were made on."""
    counts = Counter(class_digest(fact["machine"]) for fact in known.values())
    fields = {class_digest(fact["machine"]): fact["machine"] for fact in known.values()}
    return {name: {"fields": fields[name], "artefacts": counts[name]} for name in sorted(counts)}


def confinement(known: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return how many artefacts were made confined by the kernel, and {why not: how many} of the others."""
    others = Counter(fact["confinement"] for fact in known.values() if not fact["confinement"].startswith(ENFORCED))
    return {"confined": len(known) - others.total(), "artefacts": len(known), "others": dict(sorted(others.items()))}


def of_statistics(homes: Iterable[str]) -> list[str]:
    """Return, of some artefacts, those that statistics are over: trained runs and their evaluations."""
    return [home for home in homes if home.startswith(STATISTICS)]


def mixture(machines: Mapping[str, dict[str, Any]]) -> str | None:
    """Return in words how classes of machine differ and how many artefacts are of each; None for one class or none."""
    if len(machines) < 2:
        return None
    counts = ", ".join(f"{about['artefacts']} on {name}" for name, about in machines.items())
    told = {name: about["fields"] for name, about in machines.items()}
    return f"{len(machines)} classes of machine ({counts}; they differ in {'; '.join(differing(told))})"


def differing(told: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return a line for each field that is not the same in all classes: its name, and each class's own value.

    Of a field with several words, as instructions are, words that all classes have are left out.
    """
    lines = []
    for field in sorted({name for fields in told.values() for name in fields}):
        words = {name: fields.get(field, "unknown").split() for name, fields in told.items()}
        shared = set.intersection(*map(set, words.values()))
        own = {name: " ".join(word for word in each if word not in shared) for name, each in words.items()}
        if any(own.values()):
            lines.append(f"{field}: " + ", ".join(f"{name} has {value or 'no more'}" for name, value in own.items()))
    return lines


def caution(known: Mapping[str, dict[str, Any]]) -> str | None:
    """Return the sentence that goes with statistics over runs of several classes of machine; None where it is one."""
    of_runs = {home: known[home] for home in of_statistics(known)}
    mixed = mixture(classes(of_runs))
    return mixed and f"Statistics here are over runs of {mixed}; bits may differ between classes."


def render_page(looks: Iterable[str] = ()) -> None:
    """Write observed/index.html and observed/costs.json; `looks` is what is known of looks at held-out, in lines."""
    from jinja2 import Environment

    known = facts()
    rows = table(known)
    write_json(OBSERVED / "costs.json", rows)
    source = Path(__file__).parent / "observed.html.j2"
    template = Environment(autoescape=True).from_string(source.read_text(encoding="utf-8"))
    shown = {
        "rows": rows,
        "columns": COLUMNS,
        "of_gpu": (PEAK_GPU_MB, GPU_BUSY, GPU_JOULES),
        "style": STYLE,
        "machines": classes(known),
        "here": processor(),
        "looks": list(looks),
    }
    energy = {"watts": WATTS_PER_CORE, "measured": any(row["package_joules"] is not None for row in rows)}
    energy["on_gpu"] = any(row[PEAK_GPU_MB] is not None for row in rows)
    cautions = {"mixture": mixture(classes(known)), "caution": caution(known)}
    write_text(PAGE, template.render(**shown, **energy, **cautions, **confinement(known)))
