"""A verification for people: a table by step, the first difference, one closing sentence."""

from collections.abc import Mapping
from typing import Any

from pipeline.io.terminal import plain
from pipeline.study_code import STAGES
from pipeline.verifying.judging import Verdict
from pipeline.verifying.weighing import stage_of

WIDTH = 110
SHOWN = 6
CLOSING = {
    Verdict.IDENTICAL: "every byte of {count} artefacts rebuilt from raw data, {choices}",
    Verdict.CLOSE: "the numbers agree within rounding, the bytes do not",
    Verdict.EQUIVALENT: "numbers differ, every recorded conclusion stands",
    Verdict.NOT_COMPARABLE: "this machine or environment is not that of the record, so other bits prove nothing",
    Verdict.NOT_VERIFIABLE: "not everything could be rebuilt",
    Verdict.DIVERGED: "the rebuild is not what was recorded",
}


def render(result: Mapping[str, Any]) -> str:
    """Return a result for a terminal."""
    lines = [table(result["artefacts"]).rstrip()]
    lines += trouble(result["artefacts"])
    if first := result["first_difference"]:
        lines.append(f"first difference: {first['stage']}, {first['artefact']}/{first['file']}: {first['said']}")
        if first["steps"]:
            lines.append("  weights parted after step {} and by step {}".format(*first["steps"]))
    environment, scope = result["environment"], result["scope"]
    lines.append(f"environment: {environment['checked']}; network: {result['network']}; room: {result['room']}")
    lines += [f"  {difference}" for difference in environment["differences"][:SHOWN]]
    if scope["kind"] not in ("all", "targets"):
        k, n = scope["claims_covered"]
        seed = "" if scope["seed"] is None else f" (seed {scope['seed']})"
        lines.append(f"scope: {scope['rule']}{seed}; runs of both sides of {k} of {n} claims")
    cost = result["cost"]
    lines.append(f"cost: {cost['wall_seconds']:.0f} s, {cost['cpu_seconds']:.0f} CPU s")
    return "\n".join([*lines, closing(result)])


def closing(result: Mapping[str, Any]) -> str:
    """Return the verdict and what it means, in one sentence."""
    recorded = result["scope"]["choices"] == "as recorded"
    choices = "given the recorded choices of hyper-parameters" if recorded else "search included"
    verdict = Verdict(result["verdict"])
    said = CLOSING[verdict].format(count=len(result["artefacts"]), choices=choices)
    return f"{verdict}: {said}"


def table(artefacts: Mapping[str, Mapping[str, Any]]) -> str:
    """Return how many artefacts of each step have which verdict."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    present = [verdict for verdict in Verdict if any(each["verdict"] == verdict for each in artefacts.values())]
    shown.add_column("step")
    for verdict in present:
        shown.add_column(str(verdict), justify="right")
    for stage in STAGES:
        mine = [each["verdict"] for home, each in artefacts.items() if stage_of(home) == stage]
        if mine:
            shown.add_row(stage, *(f"{mine.count(str(verdict))} of {len(mine)}" for verdict in present))
    return plain(shown, WIDTH)


def trouble(artefacts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a line for each of the first few artefacts that are not identical, and how many more there are."""
    lines = [f"{home}: {each['verdict']}: {each['detail']}" for home, each in artefacts.items() if each["detail"]]
    more = [f"and {len(lines) - SHOWN} more (--json lists all)"] if len(lines) > SHOWN else []
    return [*lines[:SHOWN], *more]
