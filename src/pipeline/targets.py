"""What a run of Snakemake sets out to make, by its command line: that, and no more, is what its progress counts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from pipeline.io.settling import Graph

BY_DEFAULT = "all"
FORCE = {"-f", "--force"}  # what is named
FORCE_ALL = {"-F", "--forceall"}  # that, and all that it rests on
# Options that move nothing of what is made, by how many values follow them. Of any other, nothing is concluded.
ALONE = {
    "-n", "--dry-run", "--dryrun", "-k", "--keep-going", "-p", "--printshellcmds", "--nolock", "--rerun-incomplete",
    "--ri", "--verbose", "--notemp", "--no-temp", "--nt", "--nocolor", "--ignore-incomplete", "--ii",
    "--keep-incomplete", "--force-use-threads", "--show-failed-logs", "--slurm-requeue", "--slurm-no-requeue",
    "--slurm-keep-successful-logs", "--slurm-no-account",
}  # fmt: skip
ONE = {
    "-c", "--cores", "-j", "--jobs", "--local-cores", "--max-threads", "--profile", "--workflow-profile", "-e",
    "--executor", "-T", "--retries", "--restart-times", "-w", "--latency-wait", "--output-wait",
    "--max-jobs-per-second", "--max-jobs-per-timespan", "--slurm-logdir", "--slurm-status-command", "--slurm-qos",
    "--slurm-reservation", "--slurm-init-seconds-before-status-checks",
}  # fmt: skip
SOME = {
    "-C", "--config", "--res", "--resources", "--default-res", "--default-resources", "--set-resources",
    "--set-threads", "--rerun-triggers", "-q", "--quiet",
}  # fmt: skip
ATTACHED = ("-c", "-j", "-T", "-w")  # as in -c4


def set_out(arguments: Sequence[str], graph: Graph, rules: Mapping[str, Iterable[str]]) -> set[str] | None:
    """Return the receipts that a run makes, once its graph is settled; None where its command line does not tell.

    `rules` are the receipts that rules ask for which make none themselves, by name.
    """
    if (understood := named(arguments)) is None:
        return None
    targets, forces = understood
    asked: dict[str, list[str]] = {}
    for target in targets or [BY_DEFAULT]:
        if (paths := receipts(target, graph, rules)) is None:
            return None
        asked[target] = paths
    closure = upstream(graph, {path for paths in asked.values() for path in paths})
    if forces & FORCE_ALL:
        return closure
    missing = {path for path in closure if not Path(path).is_file()}
    if forces:
        missing |= {path for target, paths in asked.items() if target not in rules for path in paths}
    return downstream(graph, missing, closure)


def named(arguments: Sequence[str]) -> tuple[list[str], set[str]] | None:
    """Return the targets and the options that force them; None where there is an option of which nothing is known."""
    targets, forces, waiting = [], set(), list(arguments)
    while waiting:
        argument = waiting.pop(0)
        name, equals, _ = argument.partition("=")
        if not argument.startswith("-"):
            targets.append(argument)
        elif argument in FORCE | FORCE_ALL:
            forces.add(argument)
        elif name in ONE and not equals:
            del waiting[:1]
        elif name in SOME and not equals:
            while waiting and not waiting[0].startswith("-"):
                del waiting[0]
        elif argument not in ALONE and name not in ONE | SOME and argument[:2] not in ATTACHED:
            return None
    return targets, forces


def receipts(target: str, graph: Graph, rules: Mapping[str, Iterable[str]]) -> list[str] | None:
    """Return the receipts that a target asks for, those of its job included; None for a target that is not known."""
    if target in rules:
        return [str(path) for path in rules[target]]
    if target in graph.jobs:
        return list(graph.jobs[target].outputs)
    return [path for path, job in graph.jobs.items() if job.step == target] or None


def upstream(graph: Graph, wanted: Collection[str]) -> set[str]:
    """Return receipts of the graph with all that they rest on, and those of the same jobs."""
    found: set[str] = set()
    waiting = [path for path in wanted if path in graph.jobs]
    while waiting:
        if (path := waiting.pop()) not in found:
            job = graph.jobs[path]
            found.update(job.outputs)
            waiting.extend(source for paths in job.inputs.values() for source in paths if source in graph.jobs)
    return found


def downstream(graph: Graph, made: set[str], within: set[str]) -> set[str]:
    """Return receipts with those, of some, whose jobs read one of them: Snakemake makes these again too."""
    jobs = {id(graph.jobs[path]): graph.jobs[path] for path in within}.values()
    reads = [(job, {source for paths in job.inputs.values() for source in paths}) for job in jobs]
    found, before = set(made), -1
    while len(found) > before:
        before = len(found)
        found.update(path for job, sources in reads if sources & found for path in job.outputs)
    return found
