"""Looks at held-out, as people are told of them: how many, which are not this study's, what was removed."""

from typing import Any

from pipeline.base.errors import LookError
from pipeline.io.deviations import configurations_of
from pipeline.io.look_history import absent, of_other_studies, restoring, uncommitted_looks
from pipeline.io.looks import LOOKS, looks, note_after, opened_plans, seen_otherwise
from pipeline.io.manifest import git
from pipeline.science.deviations import CONFIRMATORY, sentences, standing
from pipeline.science.reporting.wording import counted
from pipeline.workflow import Workflow

SHOWN = 4


def put_on_record(workflow: Workflow) -> None:
    """Write the look of each evaluation that stands here, wherever it was made."""
    if workflow.confirmatory:
        note_after(evaluations_of(workflow))


def evaluations_of(workflow: Workflow) -> list[str]:
    """Return the evaluations that a study asks for: none without a plan."""
    return [f"evaluations/{run}" for run in workflow.judged] if workflow.confirmatory else []


def held_out_looks(workflow: Workflow) -> dict[str, Any]:
    """Return what is known of looks at held-out: counts, deviations, what was removed and what is not on record."""
    known, deviations = looks(), workflow.deviations()
    mine = configurations_of(workflow.one_evaluation_each()) if workflow.confirmatory else {}
    gone = absent()
    return {
        "configurations": len(known),
        "plans": len(opened_plans()),
        "standing": standing(workflow.plan.digest, deviations),
        "deviations": sentences(deviations),
        "not_on_record": sorted(mine.keys() - known.keys()),
        "seen_otherwise": seen_otherwise(evaluations_of(workflow)),
        "uncommitted": uncommitted_looks(),
        "removed": gone.removed,
        "elsewhere": sorted(gone.elsewhere),
        "other_studies": of_other_studies(),
    }


def told(found: dict[str, Any]) -> list[str]:
    """Return the looks at held-out in words, a line each."""
    count, plans = found["configurations"], found["plans"]
    lines = [f"held-out: seen by {counted(count, 'configuration')}, under {counted(plans, 'plan')} ({LOOKS}/)"]
    if found["standing"] not in (CONFIRMATORY, "exploratory"):
        lines.append(f"held-out: this study is {found['standing']}; its findings are no confirmation")
    lines += [f"deviation: {sentence}" for sentence in found["deviations"]]
    if otherwise := found["seen_otherwise"]:
        lines.append(
            f"held-out: {counted(len(otherwise), 'evaluation')} of a configuration that was seen to predict otherwise "
            f"({', '.join(otherwise[:SHOWN])}): altered by hand, made on another class of machine, or not repeatable"
        )
    lines += [f"removed: {name}, which {who} names" for name, who in found["removed"].items()]
    if elsewhere := found["elsewhere"]:
        lines.append(f"held-out: {len(elsewhere)} looks more are on record in other branches of this repository")
    if others := found["other_studies"]:
        lines.append(f"held-out: {others} looks more at the same rows, by other studies of this repository")
    return lines


def refuse_missing_looks(workflow: Workflow) -> None:
    """Raise LookError where a look of this study is not on record, or one that was on record is removed."""
    found = held_out_looks(workflow)
    if found["not_on_record"]:
        name = f"{LOOKS}/{found['not_on_record'][0]}.json"
        raise LookError(f"{name}: a look at held-out by this study is not on record; run snakemake, which writes it")
    if found["removed"]:
        name, who = next(iter(found["removed"].items()))
        more = f" ({len(found['removed'])} looks removed)" if len(found["removed"]) > 1 else ""
        raise LookError(f"{name}: a look at held-out was removed, which {who} names{more}; {restoring(name)}")


def commit_looks() -> None:
    """Commit the looks here that Git does not have, and nothing else: they are added only, so there is no harm."""
    if uncommitted_looks():
        git("add", "--", str(LOOKS))
        git("commit", "-q", "-m", "Put looks at held-out on record", "--", str(LOOKS))
