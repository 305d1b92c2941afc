"""Recording: true, complete results of committed sources, and only those, go into DVC, with a manifest in Git."""

import csv
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.asking import ask
from pipeline.base.errors import RecordError
from pipeline.io.dvc import PHASES, Cache, declared_outs, disagreements, dvc, push_all, recorded_outs
from pipeline.io.files import read_json, write_text
from pipeline.io.look_history import present, uncommitted_looks
from pipeline.io.manifest import (
    MANIFEST,
    Manifest,
    described,
    git,
    manifest_text,
    readable_manifest,
    sources_of,
    uncommitted,
)
from pipeline.io.receipts import RECEIPT
from pipeline.io.repeats import alarms, remedy
from pipeline.io.runs import hold
from pipeline.io.settling import move, prune
from pipeline.looking import commit_looks, held_out_looks, refuse_missing_looks, told
from pipeline.observing import classes, facts, mixture
from pipeline.states import is_follow_on
from pipeline.workflow import ARTEFACT_ROOTS, Workflow, look

RESULTS = Path("results")
CHOICES = Path("choices")
COMMITTED = ("dvc.lock", str(MANIFEST))
SHOWN = 4
COLUMNS = {
    "contrasts": ("family", "variant", "claim", "finding", "verdict", "n", "difference", "population_low",
                  "population_high", "p_corrected", "equivalence_low", "equivalence_high"),
    "variants": ("variant", "n", "validation_mean", "held_out_mean", "held_out_low", "held_out_high"),
}  # fmt: skip


def record(push: bool) -> dict[str, Any]:
    """Record the results that lie here; return what was recorded.

    Raises RecordError, and records nothing, where a source is not committed, an artefact is not valid, or DVC keeps
    other bytes than those that were checked; raises PipelineError where Git or DVC cannot do their part.
    """
    hold()
    workflow = Workflow.load()
    refuse_missing_looks(workflow)
    refuse_uncommitted()
    found = ask()
    refuse_invalid(found)
    homes = sorted(found["artefacts"])
    refuse_unkept(homes)
    refuse_nondeterministic(homes)
    known = facts(homes)
    if workflow.study.compute.strict:
        refuse_mixed(homes, known)
    for home in homes:
        move(f"{home}/{RECEIPT}", stands=True)
    prune(ARTEFACT_ROOTS)
    files = checked_files(homes)
    commit_looks()
    commit_to_dvc()
    outs = recorded_outs()
    manifest: Manifest = {
        "commit": git("rev-parse", "HEAD").strip(),
        "sources": sources_of("HEAD"),
        "plan": workflow.plan.digest,
        "outs": outs,
        "artefacts": described(files, known),
        "choices": choices(homes),
        "conclusions": conclusions(),
        "machines": classes(known),
        "looks": sorted(present()),
    }
    refuse_changed(files)
    said = keep(manifest if tells_more(manifest, readable_manifest()) else None)
    pushed = push_all() if push else None
    seen = held_out_looks(workflow)
    about = {"outs": outs, "machines": manifest["machines"], "looks": seen, "said": said, "pushed": pushed}
    return {"commit": manifest["commit"], "artefacts": len(homes), **about}


def refuse_uncommitted() -> None:
    """Raise RecordError where a source differs from the checked-out commit."""
    changed = [path for path in uncommitted() if path not in uncommitted_looks()]  # those are committed by recording
    if changed:
        raise RecordError(
            f"{', '.join(changed[:SHOWN])}: not committed; results are recorded of committed sources only"
        )


def refuse_invalid(found: Mapping[str, Any]) -> None:
    """Raise RecordError where an artefact is not valid, naming the first few."""
    others = {home: about for home, about in found["artefacts"].items() if about["state"] != "valid"}
    causes_first = sorted(others, key=lambda home: is_follow_on(others[home]))
    bad = [f"{home} is {others[home]['state']}" for home in causes_first]
    if bad:
        more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        raise RecordError(f"{', '.join(bad[:SHOWN])}{more}: not recorded; run snakemake, then record again")
    if found["environment"]:
        raise RecordError(f"the environment is not the locked one: {'; '.join(found['environment'])}; run `make setup`")


def refuse_unkept(homes: Iterable[str]) -> None:
    """Raise RecordError where an artefact lies in no out of dvc.yaml: DVC would keep nothing of it."""
    outs = declared_outs()
    unkept = [home for home in homes if not any(is_within(home, out) for out in outs)]
    if roots := [root for root in ARTEFACT_ROOTS if any(is_within(home, root) for home in unkept)]:
        remedy = f"add {' and '.join(f'`- {root}: {{persist: true}}`' for root in roots)} to the phase that makes it"
        raise RecordError(f"{PHASES}: no phase has {' or '.join(roots)} among its outs; {remedy}")


def is_within(home: str, folder: str) -> bool:
    """Tell whether an artefact is a folder, or lies in it."""
    return f"{home}/".startswith(f"{folder}/")


def refuse_nondeterministic(homes: Iterable[str]) -> None:
    """Raise RecordError where an artefact came out different from the same start, and is not believed again."""
    standing = {event["artefact"]: event for event in alarms()}
    if bad := [home for home in homes if home in standing]:
        named = ", ".join(f"{home} ({standing[home]['file']})" for home in bad[:SHOWN])
        more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        problem = "came out different from the same code, parameters and inputs"
        raise RecordError(f"{named}{more}: {problem}; {remedy(bad[0])}")


def refuse_mixed(homes: Iterable[str], known: Mapping[str, dict[str, Any]]) -> None:
    """Raise RecordError where artefacts are of several classes of machine, or one is of a class that is not known."""
    way_out = "make them on one (`snakemake --forceall` here), or leave out compute.strict in params.yaml"
    if mixed := mixture(classes(known)):
        raise RecordError(f"compute.strict: results are of {mixed}; {way_out}")
    if unknown := [home for home in homes if home not in known]:
        problem = f"{unknown[0]} is of a class of machine that is not known ({len(unknown)} such artefacts)"
        raise RecordError(f"compute.strict: {problem}; {way_out}")


def checked_files(homes: list[str]) -> dict[str, dict[str, str]]:
    """Return {artefact: {file: sha256}}, each read now and found to be what its receipt says."""
    world = look()
    return {home: dict(world.check(home)["files"]) for home in homes}


def refuse_changed(files: Mapping[str, Mapping[str, str]]) -> None:
    """Raise RecordError where an artefact is not any more what it was when it was checked."""
    if checked_files(list(files)) != files:
        raise RecordError("artefacts changed while they were being recorded; record again")


def commit_to_dvc() -> None:
    """Let DVC keep all outs, and see that it keeps what lies here; raise RecordError where it does not.

    DVC knows a file again by inode, size and time: of one that was changed under all three it would record the
    earlier content. Such files are touched, damaged objects of its cache removed, and DVC is asked once more.
    """
    dvc("commit", "--force", PHASES)
    if faults := mended():
        dvc("commit", "--force", PHASES)
        faults = mended()
    if faults:
        raise RecordError(f"DVC keeps other bytes of {', '.join(faults[:SHOWN])}; look at its cache, then record again")


def mended() -> list[str]:
    """Return the files of which DVC keeps other bytes, or none, each made such that DVC reads it anew."""
    cache, faults = Cache.here(), []
    for out, md5 in recorded_outs().items():
        listing = cache.listing(md5) or {}
        for name in disagreements(Path(out), listing):
            faults.append(f"{out}/{name}")
            if (Path(out) / name).exists():
                os.utime(Path(out) / name)
        for name, content in listing.items():
            if not cache.holds(content):
                faults.append(f"{out}/{name}")
                cache.evict(content)
    return faults


def choices(homes: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the text of every file of each selection's artefact: what a rebuild of one run starts from."""
    return {
        home: {path.name: path.read_text(encoding="utf-8") for path in sorted(Path(home).iterdir())}
        for home in homes
        if Path(home).parent == CHOICES
    }


def conclusions() -> dict[str, Any]:
    """Return what the results say: metrics, and a row a variant and a contrast."""
    tables = {name: rows(name, columns) for name, columns in COLUMNS.items()}
    return {"metrics": read_json(RESULTS / "metrics.json"), **tables}


def rows(name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """Return some columns of a result table, none where the results have no such table."""
    path = RESULTS / "tables" / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{column: row[column] for column in columns if column in row} for row in csv.DictReader(file)]


def tells_more(manifest: Manifest, before: Manifest | None) -> bool:
    """Tell whether a manifest says anything of the results that the one before does not.

    The commit and what was observed may differ: the same sources and bytes are the same record.
    """

    def said(of: Manifest) -> Manifest:
        files = {home: (about["receipt"], about["files"]) for home, about in of["artefacts"].items()}
        told = {key: value for key, value in of.items() if key not in ("format", "commit", "machines")}
        return {**told, "artefacts": files}

    return before is None or said(manifest) != said(before)


def keep(manifest: Manifest | None) -> str:
    """Write the manifest, if there is a new one, last of all; commit it with dvc.lock, and nothing else."""
    if manifest is not None:
        write_text(MANIFEST, manifest_text(manifest))
    git("add", "--", *COMMITTED)
    if not git("status", "--porcelain", "--", *COMMITTED).strip():
        return "nothing new: these results were recorded before"
    git("commit", "-q", "-m", "Record the results", "--", *COMMITTED)
    return f"committed {' and '.join(COMMITTED)}"


def render(found: Mapping[str, Any]) -> str:
    """Return what was recorded, for a terminal."""
    lines = [f"recorded {found['artefacts']} artefacts of {found['commit'][:12]}; {found['said']}"]
    if mixed := mixture(found["machines"]):
        lines.append(f"they are of {mixed}; bits may differ between classes")
    lines += told(found["looks"])
    return "\n".join([*lines, f"pushed: {found['pushed']}"] if found["pushed"] else lines)
