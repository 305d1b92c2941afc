"""The state of every artefact that the graph calls for, and why each one that is not valid is not."""

from collections import Counter
from collections.abc import Iterable, Mapping

from pipeline.base.errors import DamagedError, ReceiptError
from pipeline.io.folders import exists, home_of
from pipeline.io.receipts import World, all_paths, place
from pipeline.io.settling import Graph, Settled, Settling

STATES = ("valid", "stale", "corrupt", "missing")
RESTS_ON, SHARES = "rests on", "shares a job with"
Described = dict[str, dict[str, str]]


def described(graph: Graph, world: World) -> Described:
    """Return {artefact: step, state, reason}; nothing is renamed."""
    settled = Settling(graph, world, act=False).settle()
    return {
        home_of(path): dict(
            zip(("step", "state", "reason"), (job.step, *state(path, graph, world, settled)), strict=True)
        )
        for path, job in graph.jobs.items()
    }


def state(path: str, graph: Graph, world: World, settled: Settled) -> tuple[str, str]:
    """Return (state, reason) of the artefact that a receipt is of."""
    home = home_of(path)
    if path in settled.standing:
        return "valid", ""
    if not exists(f"{home}/{place(home)}"):
        return "missing", "not made yet"
    reason = settled.reasons.get(path, "").removeprefix(f"{home}: ")
    try:
        world.check(home, place(home))
    except DamagedError as error:
        if str(error).startswith(f"{home}: "):
            return "corrupt", reason
        return "stale", rests_on(path, graph, settled)
    except ReceiptError as error:
        if str(error).startswith(f"{home}: "):
            return "stale", reason
    return "stale", reason if settled.reasons.get(path, "").startswith(f"{home}: ") else rests_on(path, graph, settled)


def rests_on(path: str, graph: Graph, settled: Settled) -> str:
    """Return what an artefact that is true by itself rests on, or shares a job with, that does not stand."""
    job = graph.jobs[path]
    for source in all_paths(job.reads(job.outputs.index(path))):
        if source in graph.jobs and source not in settled.standing:
            return f"{RESTS_ON} {home_of(source)}"
    mates = [mate for mate in job.outputs if mate in settled.reasons]
    return f"{SHARES} {home_of(mates[0])}" if mates else f"{RESTS_ON} what another run of its job rests on"


def is_follow_on(about: Mapping[str, str]) -> bool:
    """Tell whether an artefact is not valid only because of another that is not."""
    return about["reason"].startswith((RESTS_ON, SHARES))


def by_step(artefacts: Described, steps: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return {step: {state: how many}} of some steps, in their order, every state named."""
    counts = Counter((artefact["step"], artefact["state"]) for artefact in artefacts.values())
    return {step: {state: counts[step, state] for state in STATES} for step in steps}


def environment_differences(world: World) -> list[str]:
    """Return a line for each distribution that some artefact may import and that is not installed as locked."""
    locked: dict[str, str] = {}
    for _, identity in world.identities.values():
        locked.update(identity)
    return world.environment.differences(dict(sorted(locked.items())))
