"""Opening the next of several looks that a plan states: only after the one before is on record."""

from pipeline.base.errors import PlanError
from pipeline.base.interim import looks_of
from pipeline.base.params import PARAMS
from pipeline.io.dvc import recorded_outs
from pipeline.io.interim import commit_look
from pipeline.io.manifest import manifest_here, record_state
from pipeline.workflow import Workflow


def open_next_look(workflow: Workflow) -> int:
    """Commit that the next look is open and return its number.

    Raises PlanError where the plan states no further look, or the open one is not recorded.
    """
    looks, plan = len(looks_of(workflow.study)), workflow.plan.digest
    if looks == 1:
        raise PlanError(f"{PARAMS}: seeds.looks: is not stated, so there is one look; state looks before the first")
    if plan is None:
        raise PlanError(f"{PARAMS}: {workflow.plan.reason}; no look is open without a plan (`pipeline plan --lock`)")
    if workflow.open_look == looks:
        raise PlanError(f"{PARAMS}: seeds.looks: all {looks} looks are open; another needs a study of its own")
    recorded, said = record_state(recorded_outs())
    manifest = manifest_here() or {}
    look = manifest.get("conclusions", {}).get("metrics", {}).get("look")
    if not recorded or manifest.get("plan") != plan or look != workflow.open_look:
        raise PlanError(f"look {workflow.open_look}: {said}; the next is opened only after this one is on record")
    commit_look(plan, workflow.open_look + 1)
    return workflow.open_look + 1
