"""How what a study concludes changed: its status, its headline numbers, and the verdict of each contrast."""

from typing import Any

from pipeline.base.design import FULL
from pipeline.summary import percent, points

JUDGED = ("claim", "finding", "verdict")
Fields = dict[str, Any]
Row = dict[str, str]


def changed_conclusions(before: Fields, after: Fields) -> Fields:
    """Return {status, headline, contrasts, moved} of two records' conclusions, each empty where nothing changed.

    `moved` counts the contrasts whose numbers changed under the same verdict.
    """
    old, new = contrasts(before), contrasts(after)
    judged, moved = [], 0
    for key in {**old, **new}:
        rows = {name: side[key] for name, side in (("before", old), ("after", new)) if key in side}
        if len(rows) == 1 or any(rows["before"].get(name) != rows["after"].get(name) for name in JUDGED):
            judged.append({"family": key[0], "variant": key[1], **rows})
        else:
            moved += rows["before"] != rows["after"]
    status = [side["metrics"]["status"] for side in (before, after)]
    return {
        "status": {} if status[0] == status[1] else dict(zip(("before", "after"), status, strict=True)),
        "headline": headline_changes(before, after),
        "contrasts": judged,
        "moved": moved,
    }


def contrasts(said: Fields) -> dict[tuple[str, str], Row]:
    """Return the contrasts of a record by family and variant."""
    return {(row["family"], row["variant"]): row for row in said["contrasts"]}


def headline_changes(before: Fields, after: Fields) -> Fields:
    """Return {split: before, after} of the full method's scores that differ."""
    found: Fields = {}
    for split in ("held_out", "validation"):
        scores = {name: headline(side, split) for name, side in (("before", before), ("after", after))}
        if scores["before"] != scores["after"]:
            found[split] = {name: score for name, score in scores.items() if score is not None}
    return found


def headline(said: Fields, split: str) -> Fields | None:
    """Return the full method's {mean, n, low, high, sd} on a split as far as they are known, None without a mean."""
    rows = [row for row in said["variants"] if row["variant"] == FULL and row.get(f"{split}_mean")]
    if not rows:
        return None
    spread = {"sd": (said["metrics"].get(split) or {}).get("sd")}
    bounds = {end: rows[0].get(f"{split}_{end}") for end in ("low", "high")}
    known = {name: float(value) for name, value in {**bounds, **spread}.items() if value not in (None, "")}
    return {"mean": float(rows[0][f"{split}_mean"]), "n": int(rows[0]["n"]), **known}


def lines(changed: Fields) -> list[str]:
    """Return changed conclusions for a terminal, a line each."""
    found = [f"study: {changed['status']['before']} → {changed['status']['after']}"] if changed["status"] else []
    for split, sides in changed["headline"].items():
        name = f"{FULL}, {split.replace('_', '-')}"
        before, after = score(sides.get("before")), score(sides.get("after"))
        exact = f" ({sides['before']['mean']} → {sides['after']['mean']})" if before == after else ""
        found.append(f"{name}: {before} → {after}{exact}")
    for contrast in changed["contrasts"]:
        rows = [contrast[side] for side in ("before", "after") if side in contrast]
        mark = "" if len(rows) == 2 else " appeared," if "after" in contrast else " vanished,"
        told = " → ".join(map(judgement, rows))
        found.append(f"{contrast['family']}, {FULL} against {contrast['variant']}:{mark} {told}")
    if changed["moved"]:
        plural = "s" if changed["moved"] > 1 else ""
        found.append(f"{changed['moved']} further contrast{plural}: other numbers, the same verdict")
    return found


def score(side: Fields | None) -> str:
    """Return a mean in percent with its 95 % interval, else its sd, and n."""
    if side is None:
        return "not known"
    spread = f" (sd {percent(str(side['sd']))})" if "sd" in side else ""
    if "low" in side and "high" in side:
        spread = f" [{percent(str(side['low']))}, {percent(str(side['high']))}]"
    return f"{percent(str(side['mean']))} %{spread}, n {side['n']}"


def judgement(row: Row) -> str:
    """Return what a contrast found, its difference in points, and what became of its claim."""
    return f"{row['finding']} ({points(row)}, n {row['n']}), {row['claim']} {row['verdict']}"
