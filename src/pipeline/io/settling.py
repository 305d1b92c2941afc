"""Settling: before a graph is run, withdraw every receipt that is not true or not what its rule asks for.

Snakemake decides by which receipts stand. A receipt falls with those it reads and with those of its own
job (a pack is all or nothing to Snakemake); the job itself puts back, without work, what has come true.
Receipts that no rule asks for any more are withdrawn too, so that they are never reported.
"""

import contextlib
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.base.errors import PipelineError, ReceiptError
from pipeline.io.folders import entries_below, exists, home_of
from pipeline.io.receipts import RECEIPT, WITHDRAWN, World, all_paths, place, rename

EACH = "each_"


@dataclass(frozen=True)
class Job:
    """One job of the graph, its paths filled in: receipts it makes, paths it reads by input name.

    An input whose name begins with `each_` has one path an output, in order: every artefact of the job
    reads its own. All other inputs are read by every artefact of the job.
    """

    step: str
    outputs: tuple[str, ...]
    inputs: Mapping[str, tuple[str, ...]]

    def reads(self, index: int) -> dict[str, list[str]]:
        """Return what the artefact of one output reads."""
        return {
            name.removeprefix(EACH): [paths[index]] if name.startswith(EACH) else list(paths)
            for name, paths in self.inputs.items()
        }


class Graph:
    """Which job makes each receipt."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        """Raise PipelineError where an `each_` input has not one path an output."""
        self.jobs: dict[str, Job] = {}
        for job in jobs:
            for name, paths in job.inputs.items():
                if name.startswith(EACH) and len(paths) != len(job.outputs):
                    raise PipelineError(
                        f"Snakefile: {job.step}: input {name} has {len(paths)} paths for {len(job.outputs)} outputs; "
                        "give one an output"
                    )
            self.jobs.update(dict.fromkeys(job.outputs, job))

    def outputs(self) -> list[str]:
        """Return every receipt that the graph makes."""
        return list(self.jobs)


@dataclass
class Settled:
    """What settling found: receipts that stand, and why each other one does not."""

    standing: set[str]
    reasons: dict[str, str]


class Settling:
    """One walk over the graph, upstream first."""

    def __init__(self, graph: Graph, world: World, act: bool = True) -> None:
        """With act=False nothing is renamed: what would stand is reported."""
        self.graph = graph
        self.world = world
        self.act = act
        self.stands: dict[str, bool] = {}
        self.reasons: dict[str, str] = {}

    def settle(self) -> Settled:
        """Withdraw what does not stand, put back what does, and tell which is which."""
        for path in self.graph.outputs():
            self.stand(path)
        return Settled({path for path, stands in self.stands.items() if stands}, self.reasons)

    def stand(self, path: str) -> bool:
        """Tell whether a receipt stands, settling it and all it rests on."""
        if path not in self.stands:
            job = self.graph.jobs[path]
            self.stands.update(dict.fromkeys(job.outputs, False))  # in case it rests on itself
            upstream = [source for source in all_paths(job.inputs) if source in self.graph.jobs]
            ready = [self.stand(source) for source in upstream]
            self._job(job, all(ready))
        return self.stands[path]

    def _job(self, job: Job, ready: bool) -> None:
        places = {path: place(home_of(path)) for path in job.outputs}
        for index, path in enumerate(job.outputs):
            reason = self._reason(job, index, places[path])
            if reason:
                self.reasons[path] = reason
        stands = ready and not any(path in self.reasons for path in job.outputs)
        self.stands.update(dict.fromkeys(job.outputs, stands))
        if self.act:
            for path in job.outputs:
                move(path, stands)
            if stands:
                newest = max(map(modified, all_paths(job.inputs)), default=0)
                for path in job.outputs:
                    no_older(path, newest)

    def _reason(self, job: Job, index: int, name: str) -> str | None:
        """Return why a receipt does not stand, or None where it is true and what its rule asks for."""
        home = home_of(job.outputs[index])
        try:
            stated = self.world.check(home, name)
        except ReceiptError as error:
            return str(error)
        asked = {key: sorted(paths) for key, paths in job.reads(index).items()}
        read = {key: sorted(paths) for key, paths in stated["reads"].items()}
        if stated["step"] != job.step or asked != read:
            return f"{home}: its rule asks for other inputs now"
        return None


def look_ahead(graph: Graph, world: World, receipts: Iterable[str]) -> None:
    """Look at the code that some receipts will name, so that it is known before their jobs begin, each of which looks.

    What is wrong with it is left to the jobs to say: others may be made.
    """
    for path in receipts:
        home, step = home_of(path), world.steps[graph.jobs[path].step]
        with contextlib.suppress(PipelineError):
            world.identity(step, step.parameters(step.values(home) or {}))


def move(path: str, stands: bool) -> None:
    """Put a receipt back, or withdraw it."""
    home = home_of(path)
    if stands and not exists(path):
        rename(home, WITHDRAWN, RECEIPT)
    elif stands:
        Path(f"{home}/{WITHDRAWN}").unlink(missing_ok=True)
    elif exists(path) or Path(path).is_symlink():
        rename(home, RECEIPT, WITHDRAWN)


def no_older(path: str, newest: int) -> None:
    """Make a standing receipt no older than what its job reads, of which the newest is of a time [ns].

    So file times decide nothing. Of a link, as DVC's symlink cache makes them, the time of the link itself is set:
    what it leads to is the cache.
    """
    newest = max(newest, modified(path))
    if os.lstat(path).st_mtime_ns < newest:
        os.utime(path, ns=(newest, newest), follow_symlinks=False)


def modified(path: str) -> int:
    """Return when a file, or a link or what it leads to, was last written [ns], whichever is later."""
    own = os.lstat(path)
    return max(own.st_mtime_ns, Path(path).stat().st_mtime_ns) if stat.S_ISLNK(own.st_mode) else own.st_mtime_ns


def withdraw_orphans(graph: Graph, roots: Iterable[str]) -> list[str]:
    """Withdraw the receipts under some folders that no rule asks for; return their homes."""
    found = []
    for root in roots:
        receipts = sorted(entry.path for entry in entries_below(root) if entry.name == RECEIPT)
        for receipt in receipts:
            if receipt not in graph.jobs:
                rename(home_of(receipt), RECEIPT, WITHDRAWN)
                found.append(home_of(receipt))
    return found


def prune(roots: Iterable[str]) -> list[str]:
    """Remove every file under some folders that lies in no artefact whose receipt stands; return their folders.

    The folders themselves stay, empty if need be: a phase of DVC must have its outs.
    """
    removed = set()
    for root in map(Path, roots):
        root.mkdir(parents=True, exist_ok=True)
        standing = {receipt.parent for receipt in root.rglob(RECEIPT)}
        for path in [path for path in root.rglob("*") if path.is_file() or path.is_symlink()]:
            if standing.isdisjoint(path.parents):
                path.unlink()
                removed.add(path.parent.as_posix())
        for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
            with contextlib.suppress(OSError):  # it is not empty
                folder.rmdir()
    return sorted(removed)
