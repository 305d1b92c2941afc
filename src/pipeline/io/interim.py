"""How many of the looks that a plan states are open, as it is committed: plan/look.json, absent before the second."""

import json
import subprocess
from pathlib import Path

from pipeline.base.errors import PlanError
from pipeline.io.files import write_json

LOOK = Path("plan/look.json")


def open_look(plan: str | None, looks: int) -> int:
    """Return the number of the look that is open under a plan: 1 unless a later one was opened for just that plan.

    Raises PlanError where plan/look.json is not as it is committed, or is not what it should be.
    """
    if plan is None or looks == 1 or not LOOK.is_file():
        return 1
    if LOOK.read_bytes() != committed():
        raise PlanError(f"{LOOK}: is not what is committed; restore it with `git checkout {LOOK}`, or remove it")
    try:
        stated = json.loads(LOOK.read_bytes())
        number, of = int(stated["look"]), stated["plan"]
    except (ValueError, LookupError, TypeError) as error:
        raise PlanError(f"{LOOK}: names no look ({type(error).__name__}: {error}); remove it") from None
    if of != plan:
        return 1
    if not 1 <= number <= looks:
        raise PlanError(f"{LOOK}: look: is {number}, the plan states {looks}; remove it")
    return number


def committed() -> bytes | None:
    """Return plan/look.json as the checked-out commit has it, or None."""
    try:
        return subprocess.run(["git", "show", f"HEAD:./{LOOK}"], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def commit_look(plan: str, number: int) -> None:
    """Write and commit that a look is open, and nothing else; raise PlanError where Git refuses."""
    write_json(LOOK, {"plan": plan, "look": number})
    commands = (["git", "add", str(LOOK)], ["git", "commit", "-q", "-m", f"Open look {number}", "--", str(LOOK)])
    try:
        for command in commands:
            subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1]
        raise PlanError(f"{LOOK}: is written, but Git did not commit it ({said}); commit it yourself") from None
