"""What the Snakefile calls: open the study at its top, settle at its end, name failures when a run stops."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.base.errors import DataError, PipelineError, PlanError, nearest, refusal
from pipeline.cluster import DRY, prepare_cluster
from pipeline.io.dvc import Cache
from pipeline.io.jobs import FAILURES
from pipeline.io.plans import PLAN
from pipeline.io.rules import Rule, graph_of
from pipeline.io.runs import ANSWERED, STATUS, announce, hold, is_job
from pipeline.io.settling import Graph, Settled, Settling, look_ahead, withdraw_orphans
from pipeline.killed import killed
from pipeline.looking import put_on_record
from pipeline.performing import takes_gpu
from pipeline.progress import tell_progress
from pipeline.science.deviations import sentences, standing
from pipeline.science.methods import Run
from pipeline.states import by_step, described, environment_differences
from pipeline.study_code import SOURCE_ROOT, STAGES
from pipeline.targets import set_out
from pipeline.workflow import ARTEFACT_ROOTS, Workflow, look, remember

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
MOVES_BITS = (  # what libraries choose their instructions by: never what a user's shell happens to hold
    "ATEN_CPU_CAPABILITY",
    "DNNL_MAX_CPU_ISA",
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
    "NPY_DISABLE_CPU_FEATURES",
    "NPY_ENABLE_CPU_FEATURES",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE",
)
READ_ONLY = {
    "--rulegraph",
    "--filegraph",
    "--list",
    "--list-rules",
    "-l",
    "--lint",
    "--unlock",
    "--version",
    "--help",
    "-h",
}
FORCED = ("-f", "-F", "-R", "--force")  # how options begin that say: make it, whatever is known of it
UP_TO_EVALUATION = ("prepared", "trained", "evaluated")  # rules that need not all runs, and where such receipts lie
PARTS = ("data/", "choices/", "runs/", "evaluations/")
PAST_EVALUATION = ("all", "analyse", "report")
WHOLE = ("analysis/", "results/")
SHOWN = 8
WRITTEN = ("data", "logs", "observed", ".snakemake")  # beside the artefacts
EARLIER: set[str] = set()  # jobs of this folder that Slurm knew before this run


def open_study() -> Workflow:
    """Return the study of this folder, checked, its plan too; leave with one line where it states none."""
    try:
        workflow = Workflow.load()
        _ = workflow.plan
    except PipelineError as error:
        sys.exit(f"pipeline: {error}")
    os.environ["PYTHONPATH"] = str(SOURCE_ROOT)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # CUDA is deterministic with a fixed workspace only
    for name in MOVES_BITS:
        os.environ.pop(name, None)
    os.environ.update(dict.fromkeys(THREADS, str(workflow.study.compute.threads)))
    return workflow


def covered(workflow: Workflow, only: Any) -> list[Run]:
    """Return the runs that are trained, those of controls last: all, or those that `only` names, separated by commas.

    Leave with one line for a run there is not, and where a part of the runs would be analysed or reported.
    """
    runs = [*workflow.runs, *workflow.controls]
    if only is None:
        return runs
    names = [name.strip() for name in str(only).split(",")]
    known = {str(run): run for run in runs}
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"pipeline: config: only: there is no run '{unknown[0]}'; {nearest(unknown[0], known)}")
    if not (READ_ONLY & set(sys.argv) or is_job() or asks_for_parts(sys.argv[1:])):
        sys.exit(
            "pipeline: config: only: some runs make no result; ask for trained, evaluated or a receipt up to those "
            "(snakemake evaluated --config only=...), or leave it out"
        )
    return [run for name, run in known.items() if name in names]


def asks_for_parts(arguments: list[str]) -> bool:
    """Tell whether Snakemake is asked for something up to evaluation, and for nothing past it."""
    past = any(argument in PAST_EVALUATION or argument.startswith(WHOLE) for argument in arguments)
    return not past and any(argument in UP_TO_EVALUATION or argument.startswith(PARTS) for argument in arguments)


def packs(workflow: Workflow, runs: list[Run], size: Any) -> list[list[Run]]:
    """Return runs in packs, in order: a machine setting that changes no bits; leave where it is none.

    All runs of a pack are trained on the same rows: a job can open one fold alone. Where networks are trained on a GPU,
    packs of estimators, which need none, are their own.
    """
    length = whole_number("pack", size, "runs")
    groups = grouped(runs, lambda run: (workflow.splits_of(run), gpus(workflow, "train", [f"runs/{run}"])))
    return [group[first : first + length] for group in groups for first in range(0, len(group), length)]


def by_held_out(workflow: Workflow, runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Return runs in groups that are evaluated on the same rows, by the name of their rule, evaluate or evaluate_1 on.

    A job can open one fold alone: models of one were trained on the rows of the others, labels included.
    """
    groups = grouped(runs, workflow.held_out_of)
    names = ["evaluate"] if len(groups) == 1 else [f"evaluate_{number}" for number in range(1, len(groups) + 1)]
    return dict(zip(names, groups, strict=True))


def grouped(runs: Iterable[Run], alike: Callable[[Run], Any]) -> list[list[Run]]:
    """Return runs in groups that are alike in something, each in order."""
    groups: dict[Any, list[Run]] = {}
    for run in runs:
        groups.setdefault(alike(run), []).append(run)
    return list(groups.values())


def gpus(workflow: Workflow, step: str, homes: Iterable[str]) -> int:
    """Return how many GPUs a job that makes some artefacts takes, of Slurm or of `--resources gpu=N`: none, or one."""
    return int(takes_gpu(workflow, step, homes))


def whole_number(name: str, value: Any, of: str) -> int:
    """Return a setting of the machine; leave with one line where it is no whole number from 1 on."""
    if not str(value).isdecimal() or int(value) < 1:
        sys.exit(f"pipeline: config: {name}: is {value}; state a whole number of {of}, 1 or more (--config {name}=20)")
    return int(value)


def settle(
    workflow: Workflow,
    wanted: Iterable[str],
    steps: Mapping[str, Iterable[Rule]],
    targets: Mapping[str, Iterable[str]],
    jobs_per_gpu: Any = 1,
) -> None:
    """Withdraw every receipt that is not true, before Snakemake looks at them; leave with one line on an error.

    A job of a run that has settled does not settle again. Commands that only draw the graph settle nothing.
    `targets` are the receipts that rules ask for which make none. At most `jobs_per_gpu` jobs share a GPU: a setting
    of the machine, which changes no bits.
    """
    places = whole_number("jobs_per_gpu", jobs_per_gpu, "jobs")
    try:
        graph = graph_of(wanted, steps)
        if os.environ.get(STATUS):
            print(json.dumps(told(workflow, graph)), flush=True)
            sys.exit(ANSWERED)
        if READ_ONLY & set(sys.argv) or is_job():
            return
        if "--target-jobs" in sys.argv:  # how Snakemake starts a job of its own, here or on a cluster
            raise PipelineError("the snakemake that this job is of has ended; start it again")
        hold()
        EARLIER.update(prepare_cluster(sys.argv[1:]))
        refuse_missing(workflow)
        refuse_uncommitted(workflow)
        world = look(workflow)
        settled = Settling(graph, world).settle()
        put_on_record(workflow)
        if settled.reasons:
            refuse_closed_folders()
        look_ahead(graph, world, settled.reasons)
        remember(world.sources)
        orphans = withdraw_orphans(graph, ARTEFACT_ROOTS)
        FAILURES.unlink(missing_ok=True)
        announce(graph, cache_for(settled), is_forced(), places, set_out(sys.argv[1:], graph, targets))
    except PipelineError as error:
        sys.exit(f"pipeline: {error}")
    except OSError as error:
        if (said := refusal(error)) is None:
            raise
        sys.exit(f"pipeline: {said}")
    tell(workflow, settled.reasons, orphans)
    if not DRY & set(sys.argv):
        tell_progress()


def refuse_closed_folders() -> None:
    """Raise PipelineError where a folder that jobs write to is there and cannot be written: Snakemake would break."""
    for folder in (*ARTEFACT_ROOTS, *WRITTEN):
        if Path(folder).exists() and not os.access(folder, os.W_OK | os.X_OK):
            raise PipelineError(f"{folder}: cannot be written; make it writable, or work in a folder that is")


def cache_for(settled: Settled) -> Path | None:
    """Return the cache that jobs look in, to bring artefacts back or to compare: none where nothing is to do."""
    if not (settled.reasons or is_forced()):
        return None
    cache = Cache.if_any()
    return cache.folder if cache else None


def is_forced() -> bool:
    """Tell whether this run is asked to make anew what is known already."""
    return any(argument.startswith(FORCED) for argument in sys.argv)


def told(workflow: Workflow, graph: Graph) -> dict[str, Any]:
    """Return the state of the study and of every artefact the graph calls for; nothing is renamed."""
    world = look(workflow)
    artefacts = described(graph, world)
    return {
        "study": workflow.plan.reason,
        "confirmatory": workflow.confirmatory,
        "environment": environment_differences(world),
        "steps": by_step(artefacts, STAGES),
        "artefacts": artefacts,
    }


def refuse_missing(workflow: Workflow) -> None:
    """Raise DataError where a raw file that the study names is not there."""
    for source in workflow.sources:
        if not Path(source).is_file():
            raise DataError(f"params.yaml: data.source: {source} is missing; restore it, or correct the path")


def refuse_uncommitted(workflow: Workflow) -> None:
    """Raise PlanError where the study matches a plan that is only written: DVC could not tell the two states apart."""
    if workflow.plan.uncommitted:
        remedy = f"commit it (git add {PLAN} && git commit), or remove it to explore"
        raise PlanError(f"{PLAN}: states this study but is not committed; {remedy}")


def tell(workflow: Workflow, reasons: dict[str, str], orphans: list[str]) -> None:
    """Say what the study may open, and why work lies ahead."""
    if workflow.confirmatory:
        found = workflow.deviations()
        print(f"study: {standing(workflow.plan.digest, found)}, {workflow.plan.reason}", file=sys.stderr)
        for sentence in sentences(found):
            print(f"deviation: {sentence}", file=sys.stderr)
    else:
        print(
            f"study: exploratory, {workflow.plan.reason}; held-out stays closed and results show validation only "
            "(to evaluate: `pipeline plan --lock`, then commit plan/plan.json)",
            file=sys.stderr,
        )
    reasons_told = [reason for reason in dict.fromkeys(reasons.values()) if not reason.endswith("has no receipt.json")]
    for reason in reasons_told[:SHOWN]:
        print(f"stale: {reason}", file=sys.stderr)
    if len(reasons_told) > SHOWN:
        print(f"stale: and {len(reasons_told) - SHOWN} more; see `pipeline status`", file=sys.stderr)
    if orphans:
        print(f"set aside: {len(orphans)} artefacts that this run does not call for", file=sys.stderr)


def report_failures(all_was_made: bool = False) -> None:
    """Print each run that failed, its log and the command that repeats it, then each job that was killed."""
    if FAILURES.is_file():
        blocks = re.split(r"^failed: ", FAILURES.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        for block in dict.fromkeys(blocks):  # each try of a job appends its own
            print(f"{'failed at first, made since' if all_was_made else 'failed'}: {block}", end="", file=sys.stderr)
    for line in killed(sys.argv[1:], EARLIER, all_was_made):
        print(line, file=sys.stderr)
