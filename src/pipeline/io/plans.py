"""The committed plan of a study: what was stated before the held-out split was read."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.base.canonical import compact_json, value_digest
from pipeline.base.errors import PlanError
from pipeline.io.files import write_json

PLAN = Path("plan/plan.json")
FORMAT = 1


@dataclass(frozen=True)
class PlanState:
    """The digest of the plan that the study matches, or None and why; `uncommitted` where it only lacks a commit."""

    digest: str | None
    reason: str
    uncommitted: bool = False


def plan_state(study: Mapping[str, Any]) -> PlanState:
    """Compare a study with plan/plan.json as it is committed; raise PlanError where plan/plan.json cannot be read."""
    if not PLAN.is_file():
        return PlanState(None, f"{PLAN} is missing")
    stated = read_plan(PLAN.read_bytes())
    different = changed_keys(stated["study"], study)
    if different:
        return PlanState(None, f"params.yaml differs from {PLAN} in {', '.join(different)}")
    if committed() != PLAN.read_bytes():
        return PlanState(None, f"{PLAN} is not committed", uncommitted=True)
    return PlanState(stated["digest"], f"matches {PLAN} ({stated['digest'][:12]})")


def read_plan(content: bytes) -> dict[str, Any]:
    """Return a plan; raise PlanError where it is not one, or is not what its digest says."""
    import json

    remedy = f"restore it with `git checkout {PLAN}`, or state it anew with `pipeline plan --lock`"
    try:
        plan = json.loads(content)
        study, digest, version = plan["study"], plan["digest"], plan["format"]
    except (ValueError, LookupError, TypeError) as error:
        raise PlanError(f"{PLAN}: is no plan ({type(error).__name__}: {error}); {remedy}") from None
    if version != FORMAT or value_digest(study) != digest:
        raise PlanError(f"{PLAN}: digest: does not match what the plan states; {remedy}")
    return dict(plan)


def lock_plan(study: Mapping[str, Any], statement: list[str]) -> str:
    """Write plan/plan.json: the study, its digest and the statement for people; return the digest."""
    digest = value_digest(study)
    write_json(PLAN, {"format": FORMAT, "digest": digest, "statement": statement, "study": study})
    return digest


def commit_plan(digest: str) -> None:
    """Commit plan/plan.json, and nothing else; raise PlanError where Git refuses."""
    commands = (
        ["git", "add", str(PLAN)],
        ["git", "commit", "-q", "-m", f"Lock the plan {digest[:12]}", "--", str(PLAN)],
    )
    try:
        if committed() != PLAN.read_bytes():
            for command in commands:
                subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1]
        raise PlanError(f"{PLAN}: is written, but Git did not commit it ({said}); commit it yourself") from None


def committed() -> bytes | None:
    """Return plan/plan.json as the checked-out commit has it, or None."""
    command = ["git", "show", f"HEAD:./{PLAN}"]
    try:
        return subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def changed_keys(before: Mapping[str, Any], after: Mapping[str, Any], at: str = "") -> list[str]:
    """Return the dotted keys whose values differ."""
    found = []
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            found += changed_keys(old, new, f"{at}{key}.")
        elif (key in before) != (key in after) or compact_json(old) != compact_json(new):  # 1, 1.0 and true differ
            found.append(f"{at}{key}")
    return found
