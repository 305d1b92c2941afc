"""The profile of one's data and what was chosen for them, as text."""

from collections.abc import Sequence
from typing import Any

from pipeline.io.terminal import plain

WIDTH = 110
SHOWN_CLASSES, SHOWN_COLUMNS = 12, 40


def render(found: dict[str, Any]) -> str:
    """Return the profile as tables, then what was chosen and what comes next."""
    parts = [*facts(found), "", classes(found)]
    if found["columns"]:
        parts += ["", columns(found)]
    parts += ["", *chosen(found["chosen"])]
    if found["written"]:
        parts += ["", f"written: {found['study']}", f"next: cd {found['study']} && pipeline plan && snakemake",
                  "then: pipeline plan --lock && snakemake   (opens held-out under the plan, once)"]  # fmt: skip
    return "\n".join(parts)


def facts(found: dict[str, Any]) -> list[str]:
    """Return what the data are, and how rows repeat each other."""
    data, repeated = found["data"], found["repeats"]
    shape = " x ".join(map(str, data["features"]))
    said = "dropped" if repeated["dropped"] else "kept, as asked"
    lines = [f"data: {data['kind']}, {data['rows']} rows of {shape} features, {len(found['classes'])} classes"]
    lines += [f"      {note}" for note in data["notes"]]
    exact = f"{repeated['exact']} repeat others, label and all" + (f" ({said})" if repeated["exact"] else "")
    near = f"{repeated['near']} of {repeated['looked_at']} looked at are nearly another"
    lines.append(f"rows: {exact}; {repeated['conflicting']} have the features of a row with another label; {near}")
    crossing = [probe for probe in found["probes"] if "copies" in probe["probe"] and probe["value"]]
    return lines + [f"      {probe['value']:.0f} {probe['probe']} across {probe['where']}" for probe in crossing]


def classes(found: dict[str, Any]) -> str:
    """Return how many rows each class has."""
    total, counts = found["data"]["rows"], sorted(found["classes"].items(), key=lambda item: -item[1])
    rows = [(name, str(count), f"{100 * count / total:.1f}") for name, count in counts[:SHOWN_CLASSES]]
    rows += [("…", f"{len(counts) - SHOWN_CLASSES} more", "")] if len(counts) > SHOWN_CLASSES else []
    return table(("class", "rows", "%"), rows)


def columns(found: dict[str, Any]) -> str:
    """Return the columns of a table."""
    listed = found["columns"]
    rows = [(one["name"], one["type"], str(one["missing"]), str(one["distinct"]), one["note"]) for one in listed]
    more = [("…", f"{len(rows) - SHOWN_COLUMNS} more", "", "", "")] if len(rows) > SHOWN_COLUMNS else []
    return table(("column", "type", "missing", "distinct", ""), rows[:SHOWN_COLUMNS] + more)


def chosen(sizes: dict[str, Any]) -> list[str]:
    """Return the sizes of the study, with the rules they come from."""
    steps = f"{sizes['steps']} steps of {sizes['batch_size']} rows (30 epochs, 200 to 1000 steps)"
    splits = f"{sizes['train']} training, {sizes['validation']} validation, {sizes['held_out']} held-out rows"
    return [
        f"splits: {splits} (50, 20 and 30 %, at most 3000, 1500 and 3000), drawn by seed {sizes['study_seed']}",
        f"budget: {sizes['seeds']} final seeds; networks take {steps}",
    ]


def table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a plain table."""
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False)
    for heading in headings:
        drawn.add_column(heading, justify="right" if heading in ("rows", "%", "missing", "distinct") else "left")
    for row in rows:
        drawn.add_row(*row)
    return plain(drawn, WIDTH)
