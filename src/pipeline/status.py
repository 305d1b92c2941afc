"""What is true here, for people in a hurry: the graph with what stands in it, then each cause once."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline.asking import ask
from pipeline.base.errors import PipelineError
from pipeline.io.dvc import Cache, recorded_outs
from pipeline.io.files import read_json
from pipeline.io.folders import files_below
from pipeline.io.manifest import record_state
from pipeline.io.repeats import alarms, remedy, warning
from pipeline.io.runs import is_held
from pipeline.judged_claims import claims_here, contrasts_here, fallen, told_of_claims
from pipeline.looking import held_out_looks, told
from pipeline.observing import classes, facts, mixture
from pipeline.states import is_follow_on
from pipeline.workflow import ARTEFACT_ROOTS, Workflow

SHOWN = 12  # causes of a state
NAMED = 2  # artefacts of a cause
ANALYSIS = "analysis"
UNJUDGED = "not judged yet"
TROUBLE = ("corrupt", "stale", "missing")


def status(deep: bool) -> dict[str, Any]:
    """Return the state of the study, of every artefact and of the record; nothing is renamed.

    With `deep`, what DVC keeps of the recorded results is compared with its names too. Raises PipelineError where a
    run is at work, or the Snakefile cannot say.
    """
    if is_held():
        raise PipelineError(
            "a snakemake is at work in this folder; follow it with --watch, or ask again when it has ended"
        )
    found = ask()
    workflow = Workflow.load()
    outs = recorded_outs()
    recorded, said = record_state(outs)
    known = facts(home for home, about in found["artefacts"].items() if about["state"] == "valid")
    record: dict[str, Any] = {"recorded": recorded, "reason": said}
    if deep:
        record["cache"] = cache_faults(outs)
    return {
        **found,
        "title": workflow.study.study.title,
        "record": record,
        "controls": outcome_of_controls(found["artefacts"]),
        "held_out": held_out_looks(workflow),
        "claims": claims_here(workflow, found["artefacts"]),
        "contrasts": contrasts_here(found["artefacts"]),
        "machines": classes(known),
        "cpu_seconds": round(sum(fact["cpu_seconds"] for fact in known.values()), 1),
        "nondeterminism": [event for event in alarms() if event["artefact"] in found["artefacts"]],
        "megabytes": {root: megabytes(root) for root in ARTEFACT_ROOTS},
    }


def outcome_of_controls(artefacts: dict[str, dict[str, str]]) -> str:
    """Return whether the controls of this study passed, as far as the analysis is valid."""
    if artefacts.get(ANALYSIS, {}).get("state") != "valid":
        return UNJUDGED
    return str(read_json(Path(ANALYSIS) / "metrics.json")["controls"]["outcome"])


def cache_faults(outs: dict[str, str]) -> list[str]:
    """Return a line for each recorded object that DVC's cache lacks, or that is not what its name says."""
    cache, faults = Cache.here(), []
    for out, md5 in sorted(outs.items()):
        listing = cache.listing(md5) if md5.endswith(".dir") else {"": md5}
        if listing is None:
            faults.append(f"{out}: the list of its files is {cache.fault(md5)}")
            continue
        bad = {name: object for name, object in listing.items() if not cache.holds(object)}
        faults += [f"{out}/{name}: is {cache.fault(object)}" for name, object in sorted(bad.items())]
    return faults


def megabytes(folder: str) -> float:
    """Return the size of all files under a folder [MB]."""
    return round(sum(os.lstat(path).st_size for path in files_below(folder).values()) / 1e6, 1)


def is_clean(found: dict[str, Any]) -> bool:
    """Tell whether every artefact is valid and none came out different, the cache whole where it was looked at.

    Nor did a control fail, a claim fall, or a look at held-out go missing: none may hide behind exit code 0.
    """
    states = {artefact["state"] for artefact in found["artefacts"].values()}
    sound = states <= {"valid"} and not found["nondeterminism"] and not found["record"].get("cache")
    believed = not is_void(found["controls"]) and not fallen(found["claims"])
    return sound and believed and not found["held_out"]["removed"]


def is_void(outcome: str) -> bool:
    """Tell whether a control failed, so that every finding is invalid."""
    return outcome.startswith("failed")


def render(found: dict[str, Any]) -> str:
    """Return the state of a study for a terminal."""
    counts = Counter(artefact["state"] for artefact in found["artefacts"].values())
    kind = found["held_out"]["standing"]
    lines = [f"study: {kind}, {found['study']}", f"graph: {graph_line(found['steps'])}"]
    lines.append("       " + ", ".join(f"{counts[state]} {state}" for state in ("valid", *TROUBLE) if counts[state]))
    for state in TROUBLE:
        lines += caused(state, found["artefacts"])
    lines += [f"environment: {line}; run `make setup`" for line in found["environment"]]
    void = "; every finding is invalid, see results/report.html" if is_void(found["controls"]) else ""
    lines.append(f"controls: {found['controls']}{void}")
    lines.append(f"record: {found['record']['reason']}")
    lines += [f"cache: {fault}" for fault in found["record"].get("cache", [])]
    if mixed := mixture(found["machines"]):
        lines.append(f"machines: {mixed}; bits may differ between classes")
    lines += [warning(event) for event in found["nondeterminism"][:SHOWN]]
    if len(found["nondeterminism"]) > SHOWN:
        lines.append(f"nondeterminism: and {len(found['nondeterminism']) - SHOWN} more (--json lists all)")
    lines += [*told(found["held_out"]), *told_of_claims(found["claims"])]
    lines.append(f"disk: {sum(found['megabytes'].values()):.0f} MB of artefacts")
    if found["nondeterminism"]:
        lines.append(f"next: {remedy(found['nondeterminism'][0]['artefact'])}")
    if counts["stale"] or counts["corrupt"] or counts["missing"]:
        lines.append("next: `snakemake` makes what is not valid, and nothing else")
    return "\n".join(lines)


def graph_line(steps: dict[str, dict[str, int]]) -> str:
    """Return the graph as a line: of each step that the study calls for, how many artefacts are valid of how many."""
    called_for = {step: counts for step, counts in steps.items() if sum(counts.values())}
    parts = [f"{step} {counts['valid']}/{sum(counts.values())}" for step, counts in called_for.items()]
    return " → ".join(parts)


def caused(state: str, artefacts: dict[str, dict[str, str]]) -> list[str]:
    """Return the artefacts in a state, those with the same cause together."""
    causes: dict[str, list[str]] = {}
    for home, artefact in artefacts.items():
        if artefact["state"] == state:
            causes.setdefault(artefact["reason"], []).append(home)
    lines = [f"{state}:"] if causes else []
    for reason, homes in sorted(causes.items(), key=lambda cause: is_follow_on({"reason": cause[0]})):
        more = f" and {len(homes) - NAMED} more" if len(homes) > NAMED else ""
        lines.append(f"  {', '.join(homes[:NAMED])}{more}: {reason}")
    if len(lines) > SHOWN + 1:
        lines[SHOWN + 1 :] = [f"  and {len(lines) - SHOWN - 1} more causes (--json lists all)"]
    return lines
