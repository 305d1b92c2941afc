"""Restoring: a published result comes back from DVC's cache and remote, every byte checked against the manifest."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.base.canonical import file_digest
from pipeline.base.errors import RecordError
from pipeline.io.dvc import PHASES, Cache, attempt, folder_that_is_away, got_no_answer, last_line, recorded_outs
from pipeline.io.files import emptied
from pipeline.io.jobs import STATE, flat
from pipeline.io.manifest import MANIFEST, Manifest, changed_sources, manifest_here, phases_that_differ, uncommitted
from pipeline.io.placing import put
from pipeline.io.receipts import RECEIPT
from pipeline.io.runs import hold
from pipeline.io.shelf import Shelf

SHOWN = 12
ADDRESS = "say how the remote is reached (`dvc remote modify --local`, docs/share.md)"
BUILDING = STATE / "building"


def restore() -> dict[str, Any]:
    """Bring back what the manifest names, as far as it can be had; return what came back and what did not.

    What lies here and agrees with the manifest stays as it is. Raises RecordError, and changes nothing, where the
    manifest is missing, is of other sources than those here, or disagrees with dvc.lock.
    """
    hold()
    outs = recorded_outs()
    manifest = manifest_for_here(outs)
    wanted = manifest["artefacts"]
    before = {home for home, about in wanted.items() if is_there(Path(home), about)}
    fetched, missing = "", []
    if len(before) < len(wanted):
        cache = Cache.here()
        fetched = fetch_into(cache, outs, wanted)
        for home, about in sorted(wanted.items()):
            if not is_there(Path(home), about):
                missing += bring(home, about, cache)
    return {
        "commit": manifest["commit"],
        "artefacts": len(wanted),
        "there_before": len(before),
        "there": sum(is_there(Path(home), about) for home, about in wanted.items()),
        "missing": missing,
        "remote": fetched or (folder_that_is_away() if missing else ""),
    }


def fetch_into(cache: Cache, outs: Mapping[str, str], wanted: Mapping[str, Any]) -> str:
    """Fetch what the cache lacks, and check out what it then has whole; return what DVC complains of."""
    objects = [*outs.values(), *(md5 for about in wanted.values() for md5 in about["objects"].values())]
    fetched = fetch()
    if evict_damaged(cache, objects):
        fetched = fetch()
        evict_damaged(cache, objects)
    listings = {out: cache.listing(md5) for out, md5 in outs.items()}
    if whole := [out for out, listing in listings.items() if listing is not None and cache.has(listing.values())]:
        attempt("checkout", *whole)  # with links, where DVC is told to link; what it would lose, it leaves
    return fetched


def manifest_for_here(outs: Mapping[str, str]) -> Manifest:
    """Return the manifest of the sources that lie here; raise RecordError where there is none."""
    manifest = manifest_here()
    if manifest is None:
        raise RecordError(f"{MANIFEST}: is missing; nothing was recorded at this commit (`git log -- {MANIFEST}`)")
    if changed := uncommitted() or changed_sources(manifest):
        remedy = "check out the commit that recorded them, or put your changes aside (git stash)"
        raise RecordError(f"{MANIFEST}: results were recorded for other sources ({', '.join(changed[:4])}); {remedy}")
    if differing := phases_that_differ(manifest, outs):
        remedy = f"check out the two of one commit (git checkout REV -- dvc.lock {MANIFEST})"
        raise RecordError(f"{MANIFEST}: disagrees with dvc.lock in {', '.join(differing)}; {remedy}")
    return manifest


def fetch() -> str:
    """Let DVC fetch from its remote what the cache lacks; return what it complains of."""
    done = attempt("fetch", PHASES)
    return last_line(done.stderr) if done.returncode else ""


def is_there(home: Path, about: Mapping[str, Any]) -> bool:
    """Tell whether an artefact lies here, receipt standing, as the manifest has it."""
    wanted = {RECEIPT: about["receipt"], **about["files"]}
    here = {path.relative_to(home).as_posix(): path for path in home.rglob("*") if path.is_file()}
    return here.keys() == wanted.keys() and all(file_digest(here[name]) == wanted[name] for name in wanted)


def evict_damaged(cache: Cache, objects: Iterable[str]) -> bool:
    """Remove every object of the cache that is not what its name says; tell whether there were any."""
    damaged = [md5 for md5 in objects if cache.is_damaged(md5)]
    for md5 in damaged:
        cache.evict(md5)
    return bool(damaged)


def bring(home: str, about: Mapping[str, Any], cache: Cache) -> list[str]:
    """Put one artefact into its place if the cache has all of it; return a line for each file it does not have."""
    if lacking := [name for name, md5 in about["objects"].items() if not cache.holds(md5)]:
        return [f"{home}/{name}" for name in sorted(lacking)]
    building = emptied(BUILDING / flat(home))
    if not Shelf(cache).copy(about["objects"], {RECEIPT: about["receipt"], **about["files"]}, building):
        shutil.rmtree(building)
        return [f"{home}: what DVC keeps is not what the manifest names"]
    put(building, Path(home))
    return []


def render(found: Mapping[str, Any]) -> str:
    """Return what came back, for a terminal."""
    new = found["there"] - found["there_before"]
    lines = [f"{found['there']} of {found['artefacts']} artefacts are here as recorded ({new} brought back)"]
    silent = got_no_answer(found["remote"])
    if found["missing"]:
        there = ", and its remote was not reached" if silent else " or its remote, or damaged there"
        lines.append(f"not in DVC's cache{there}:")
    lines += [f"  {name}" for name in found["missing"][:SHOWN]]
    if len(found["missing"]) > SHOWN:
        lines.append(f"  and {len(found['missing']) - SHOWN} more (--json lists all)")
    if found["remote"]:
        lines.append(f"remote: {found['remote']}")
    if silent and found["missing"]:
        lines.append(f"next: {ADDRESS}, and restore again; or `snakemake` makes what is missing")
    elif found["there"] < found["artefacts"]:
        lines.append("next: `snakemake` makes what is missing, and nothing else; or have the publisher push again")
    else:
        lines.append("`snakemake` has nothing to do")
    return "\n".join(lines)
