"""Tracing: run the bodies of artefacts under strace and name every file they read that nothing declares.

A body runs as in its job but unconfined, so that what confinement would refuse is seen; what it makes is thrown away.
"""

import contextlib
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline import workflow
from pipeline.base.errors import PipelineError, ReceiptError
from pipeline.io.bodies import Task
from pipeline.io.confinement import linked, move_in
from pipeline.io.declared import KINDS, Declared, Installed, resolved
from pipeline.io.files import read_json, write_json
from pipeline.io.hiding import only_distributions
from pipeline.io.jobs import STATE, artefact, flat
from pipeline.io.namespaces import separate
from pipeline.io.places import closed_places
from pipeline.io.receipts import RECEIPT, Fields, Part, Step, World, all_paths, place
from pipeline.io.strace import Event, missing_tracer, traced
from pipeline.io.syntax import resources
from pipeline.snakefile import open_study
from pipeline.study_code import SOURCE_ROOT

MARK = "/not-there/pipeline-trace/"  # looked up in vain before and after each body, which the account shows
RUN = "import sys; from pipeline.tracing import bodies; bodies(sys.argv[1], sys.argv[2:])"
CALLERS = (__file__, workflow.__file__)  # of every body: read by libraries that look at the stack
LISTS = ("undeclared", "unread", "unnamed")
SHOWN = 5


def trace(homes: Sequence[str]) -> dict[str, Any]:
    """Return what the body of each artefact read, and what of it nothing declares; nothing of the study changes.

    {"traced": bool, "reason": why not, "artefacts": {home: {"failed": why or None, "read": {kind: files},
    "undeclared": paths, "unread": inputs, "unnamed": distributions that are locked and were read, but that the receipt
    does not name}}}. What is declared is what the artefact's receipt says, standing or withdrawn. Raises PipelineError
    where an artefact has none, or reads what is not true.
    """
    if reason := missing_tracer():
        return {"traced": False, "reason": reason, "artefacts": {}}
    world = workflow.look()
    receipts = {home: checked(world, home) for home in homes}
    installed = Installed(world.environment.pinned)
    with scratch_folder() as folder:
        command = [sys.executable, "-c", RUN, str(folder), *homes]
        environment = {**os.environ, "PYTHONPATH": str(SOURCE_ROOT)}
        parts = {home: world.steps[receipt["step"]].parts for home, receipt in receipts.items()}
        names = [named(home, part) for home in homes for part in parts[home]]
        seen = by_name(traced(command, folder / "account", environment), names)
        found = {
            home: of_parts(
                {
                    "failed": read_json(folder / f"{named(home, part)}.json"),
                    **told(
                        seen[named(home, part)],
                        declared(world, receipt, part, folder, installed),
                        receipt["environment"],
                    ),
                }
                for part in parts[home]
            )
            for home, receipt in receipts.items()
        }
    return {"traced": True, "reason": "", "artefacts": found}


def of_each_kind() -> list[str]:
    """Return one artefact of each step and code, the first by name, of those that were made."""
    kinds: dict[tuple[str, str], str] = {}
    for root in workflow.ARTEFACT_ROOTS:
        for receipt in sorted(Path(root).rglob(RECEIPT)):
            stated = read_json(receipt)
            kinds.setdefault((stated["step"], stated["code"]["digest"]), stated["artefact"])
    if not kinds:
        raise PipelineError("there is no artefact to trace; run snakemake first")
    return list(kinds.values())


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a folder that is gone afterwards, with all that was made in it."""
    (STATE / "trace").mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=STATE / "trace"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def checked(world: World, home: str) -> Fields:
    """Return what an artefact's receipt states, standing or not; raise PipelineError where its inputs are not true."""
    receipt = Path(home) / place(home)
    if not receipt.is_file():
        raise PipelineError(f"{home}: was never made, so nothing says what it reads; run snakemake first")
    stated: Fields = read_json(receipt)
    for path in all_paths(stated["reads"]):
        if Path(path).name == RECEIPT:
            try:
                world.check(str(Path(path).parent))
            except ReceiptError as error:
                raise PipelineError(f"{home}: will not trace on what is not true: {error}") from None
    return stated


def bodies(folder: str, homes: Sequence[str]) -> None:
    """Run each part of each artefact in a process of its own: one must not find in memory what another read."""
    world = workflow.look(open_study())
    private = Path(folder) / "private"
    private.mkdir()
    separate(network=True, used=closed_places(SOURCE_ROOT.parent))
    move_in(private)
    stated = {home: checked(world, home) for home in homes}
    for home in homes:
        step = world.steps[stated[home]["step"]]
        (Path(folder) / "made" / flat(home)).mkdir(parents=True)
        failed = False
        for part in step.parts:
            account = Path(folder) / f"{named(home, part)}.json"
            write_json(account, None)
            if failed:  # there is nothing that a later part could go on from
                continue
            if (child := os.fork()) == 0:
                write_json(account, body(world, step, part, stated[home], Path(folder)))
                os._exit(0)
            if os.waitpid(child, 0)[1]:
                write_json(account, "its process ended before its body did")
            failed = read_json(account) is not None


def named(home: str, part: Part) -> str:
    """Return a name for a part of an artefact: of its marks, and of the file that says why it failed."""
    return f"{flat(home)}:{part.name}"


def body(world: World, step: Step, part: Part, stated: Fields, folder: Path) -> str | None:
    """Run a part of an artefact between two marks; return why it failed, or None."""
    home = str(stated["artefact"])
    inputs = {name: [artefact(path) for path in paths] for name, paths in part.inputs(stated["reads"]).items()}
    made, scratch = (folder / kind / flat(home) for kind in ("made", "scratch"))
    task = Task(made, scratch, step.parameters(step.values(home) or {}), inputs, part.name)
    mark("begin", named(home, part))
    try:
        with only_distributions(world.identity(step, task.parameters)[1]):  # of the code as it is now
            workflow.make(step, task)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    finally:
        mark("end", named(home, part))
    return None


def mark(moment: str, name: str) -> None:
    """Leave a mark in the account of this process."""
    with contextlib.suppress(OSError):
        os.close(os.open(f"{MARK}{moment}/{name}", os.O_RDONLY))


def by_name(events: Iterable[Event], names: Iterable[str]) -> dict[str, list[Event]]:
    """Return what happened between the marks of each name, whichever process did it."""
    found: dict[str, list[Event]] = {name: [] for name in names}
    current: str | None = None
    for event in events:
        if event.kind == "missing":
            if event.path.startswith(MARK):
                moment, _, name = event.path.removeprefix(MARK).partition("/")
                current = name if moment == "begin" else None
        elif current is not None:
            found[current].append(event)
    return found


def declared(world: World, receipt: Fields, part: Part, folder: Path, installed: Installed) -> Declared:
    """Return what a part of an artefact may read."""
    step = world.steps[receipt["step"]]
    parameters = step.parameters(step.values(receipt["artefact"]) or {})
    shown = world.sources.closure(*part.roots(parameters)).modules
    modules = [module for name in shown if (module := world.sources.module(name))]
    inputs = [artefact(path) for path in part.opens(receipt["reads"])]
    return Declared(
        inputs=resolved([*inputs, *linked(inputs)]),
        own=resolved([folder, *CALLERS]),
        code=resolved(path for module in modules for path in (module.path, *resources(module))),
        closed=resolved(closed_places(SOURCE_ROOT.parent)),
        installed=installed,
    )


def told(events: Iterable[Event], declared: Declared, named: Iterable[str]) -> dict[str, Any]:
    """Return what was read: how many files of each kind, and each path that nothing declares."""
    happened = {(event.kind, event.path) for event in events}
    network = sorted(f"network: {path}" for kind, path in happened if kind == "network")
    paths = resolved(path for kind, path in happened if kind != "network")
    folders = {path for path in paths if Path(path).is_dir()}
    kinds = {path: declared.kind(path) for path in paths - folders}
    counts = Counter(kinds.values())
    owners = {declared.installed.owner(path) for path in kinds if not path.endswith("/entry_points.txt")}
    listed = [f"{path}/" for path in folders if not declared.may_list(path)]
    return {
        "read": {kind: counts[kind] for kind in KINDS},
        "undeclared": [*sorted([*(path for path, kind in kinds.items() if kind is None), *listed]), *network],
        "unread": sorted(path for path in declared.inputs if not any(file.startswith(path) for file in paths)),
        "unnamed": sorted({owner for owner in owners if owner} - {"python", *named}),
    }


def of_parts(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what all parts of an artefact read together."""
    found = list(parts)
    together = {key: sorted({path for each in found for path in each[key]}) for key in LISTS}
    read = {kind: sum(each["read"][kind] for each in found) for kind in KINDS}
    return {"failed": next((each["failed"] for each in found if each["failed"]), None), "read": read, **together}


def is_clean(found: Mapping[str, Any]) -> bool:
    """Tell whether bodies were traced, ran to their end, and read nothing that their receipts do not declare."""
    artefacts = found["artefacts"].values()
    wrong = ("failed", "undeclared", "unnamed")
    return found["traced"] and not any(about[key] for about in artefacts for key in wrong)


def render(found: Mapping[str, Any]) -> str:
    """Return what was found, a line an artefact, for a terminal."""
    if not found["traced"]:
        return f"not traced: {found['reason']}"
    return "\n".join(f"{home}: {verdict(about)}" for home, about in found["artefacts"].items())


def verdict(about: Mapping[str, Any]) -> str:
    """Return one line on what a body read."""
    read, unnamed = about["read"], [f"{name} (installed, but not named)" for name in about["unnamed"]]
    undeclared = [*map(shown, about["undeclared"]), *unnamed]
    files = f"{read['input']} files of its inputs, {read['environment']} of the locked environment"
    line = f"traced: read {files}, {read['code']} of its code, {read['system']} of the system"
    if about["failed"]:
        line = f"{line}; failed ({about['failed']})"
    if not undeclared:
        return f"{line}, nothing else"
    more = f" and {len(undeclared) - SHOWN} more" if len(undeclared) > SHOWN else ""
    return f"{line}; undeclared: {', '.join(undeclared[:SHOWN])}{more}"


def shown(path: str) -> str:
    """Return a path as people of this study know it."""
    return os.path.relpath(path) if path.startswith(os.path.realpath(".")) else path
