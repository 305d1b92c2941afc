"""The command line: one program, few verbs, exit code 0 only for success."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from pipeline.base.errors import PipelineError, refusal
from pipeline.step_cli import step_app

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Experiments others can believe.",
)
app.add_typer(step_app, name="step")
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run the command line; an error of ours is one line and exit code 1."""
    try:
        app(prog_name="pipeline")
    except PipelineError as error:
        if "--debug" in sys.argv:
            raise
        sys.exit(f"pipeline: {error}")
    except OSError as error:
        said = refusal(error)
        if said is None or "--debug" in sys.argv:
            raise
        sys.exit(f"pipeline: {said}")


def tell(found: dict[str, Any], render: Callable[[dict[str, Any]], str], as_json: bool, is_sound: bool = True) -> None:
    """Print what was found, as JSON or for people; exit 1 where it is not sound."""
    print(json.dumps(found, indent=1) if as_json else render(found))
    if not is_sound:
        raise typer.Exit(1)


@app.command()
def plan(
    lock: Annotated[bool, typer.Option("--lock", help="Freeze the plan as plan/plan.json and commit it.")] = False,
    next_look: Annotated[bool, typer.Option("--next-look", help="Open the next look that the plan states.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 (read by main)
) -> None:
    """Say, before anything is trained, what will run, what it can detect and by which rule it is judged."""
    from pipeline.io.plans import commit_plan, lock_plan
    from pipeline.planning import state, statement
    from pipeline.workflow import Workflow

    workflow = Workflow.load()
    said = statement(workflow)
    if lock:
        digest = lock_plan(workflow.study.model_dump(mode="json"), said)
        commit_plan(digest)
        print(f"plan {digest[:12]} is locked and committed as plan/plan.json", file=sys.stderr)
        workflow = Workflow.load()
    if next_look:
        from pipeline.next_look import open_next_look

        print(f"look {open_next_look(workflow)} is open; `snakemake` evaluates its seeds", file=sys.stderr)
        workflow = Workflow.load()
    found = {"plan": workflow.plan.digest, "state": state(workflow), "statement": said}
    print(json.dumps(found, indent=1) if as_json else "\n".join([*said, "", state(workflow)]))


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The study's name: it becomes studies/<name>.")],
    data: Annotated[Path, typer.Option(help="A .csv, .tsv, .parquet or .npz file, or a folder of class folders.")],
    target: Annotated[str | None, typer.Option(help="Of a table: the column to predict.")] = None,
    nominal: Annotated[list[str] | None, typer.Option(help="Of a table: a column of codes, no numbers.")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="Of a table: a column to leave out.")] = None,
    size: Annotated[str | None, typer.Option(help="Of images: HEIGHTxWIDTH that each is resized to.")] = None,
    colour: Annotated[Literal["grey", "rgb"] | None, typer.Option(help="Of images: what they become.")] = None,
    duplicates: Annotated[Literal["drop", "keep"] | None, typer.Option(help="Rows that repeat others.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many final seeds.")] = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only profile the data; write nothing.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 (read by main)
) -> None:
    """Start a study of data of your own: profile them, refuse what cannot be studied, write what runs as it is."""
    from pipeline.own_data.new_study import Asked, new_study
    from pipeline.own_data.rendering import render

    asked = Asked(data, target, tuple(nominal or ()), tuple(drop or ()), size, colour, duplicates, seeds)
    found = new_study(name, asked, dry_run)
    print(json.dumps(found, indent=1, ensure_ascii=False) if as_json else render(found))


@app.command()
def status(
    deep: Annotated[bool, typer.Option("--deep", help="Read what DVC's cache keeps of the record, too.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Only follow the run at work here until it ends.")] = False,
    everywhere: Annotated[bool, typer.Option("--all", help="All studies of this repository, a row each.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 (read by main)
) -> None:
    """Tell which artefacts are valid, and why each other one is not; exit 1 unless all are."""
    if watch:
        return tell_progress(as_json)
    if everywhere:
        return tell_all_studies(as_json)
    from pipeline.status import is_clean, render
    from pipeline.status import status as status_here

    found = status_here(deep)
    tell(found, render, as_json, is_sound=is_clean(found))
    return None


def tell_progress(as_json: bool) -> None:
    """Show how far the run at work has come until it ends; exit 1 where it did not make all that it set out to."""
    from pipeline.watching import watch

    if not watch(as_json):
        raise typer.Exit(1)


def tell_all_studies(as_json: bool) -> None:
    """Print the state of every study and write the page of them; exit 1 where one is not as it should be."""
    from pipeline.studies import all_studies, is_clean_everywhere, render, write_page

    found = all_studies()
    write_page(found)
    tell(found, render, as_json, is_sound=is_clean_everywhere(found))


@app.command()
def explain(
    target: Annotated[str, typer.Argument(help="A file, or a number in one: results/metrics.json:held_out.mean")],
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 (read by main)
) -> None:
    """Walk from a reported number back to the raw data: what each thing was made from."""
    from pipeline.explaining import explain as explain_target
    from pipeline.explaining import render

    found = explain_target(target)
    tell(found, render, as_json)


@app.command()
def diff(
    first: Annotated[str, typer.Argument(help="A revision of Git, or an experiment of DVC.")] = "HEAD",
    second: Annotated[str, typer.Argument(help="Another, or the working tree as it is.")] = "workspace",
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 (read by main)
) -> None:
    """Tell what differs between two revisions of the study: conclusions, then all that they follow from."""
    from pipeline.diffing import diff as diff_revisions
    from pipeline.diffing import render

    found = diff_revisions(first, second)
    tell(found, render, as_json)


@app.command()
def quotes(
    texts: Annotated[list[Path] | None, typer.Argument(help="LaTeX files; the report's own are checked too.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 (read by main)
) -> None:
    """Check that the numbers a text quotes are those of the analysis; exit 1 where one drifted."""
    from pipeline.quoting import is_faithful, render
    from pipeline.quoting import quotes as check_quotes

    found = check_quotes(texts or [])
    tell(found, render, as_json, is_sound=is_faithful(found))


@app.command()
def record(
    push: Annotated[bool, typer.Option("--push", help="Send what was recorded to DVC's remote.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 (read by main)
) -> None:
    """Record true, complete results of committed sources: in DVC's cache, with a manifest in Git."""
    from pipeline.recording import record as record_results
    from pipeline.recording import render

    found = record_results(push)
    tell(found, render, as_json)


@app.command()
def restore(
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 (read by main)
) -> None:
    """Bring a recorded result back from DVC's cache and remote, every byte checked; exit 1 unless all of it is here."""
    from pipeline.restoring import render
    from pipeline.restoring import restore as restore_results

    found = restore_results()
    tell(found, render, as_json, is_sound=found["there"] == found["artefacts"])


@app.command()
def track(
    tracker: Annotated[str, typer.Argument(help="mlflow, wandb or dvclive.")],
    uri: Annotated[str, typer.Option(help="MLflow's server; else MLFLOW_TRACKING_URI.")] = "",
    experiment: Annotated[str, typer.Option(help="MLflow's experiment, W&B's project; else the study's title.")] = "",
    folder: Annotated[Path | None, typer.Option(help="Where W&B (else observed/) or DVCLive (dvclive/) write.")] = None,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 (read by main)
) -> None:
    """Show what is true here in MLflow, W&B (offline) or DVCLive; exit 1 where something is not true and left out."""
    from pipeline.tracking.tracking import Asked, render
    from pipeline.tracking.tracking import track as track_study

    found = track_study(Asked(tracker, uri, experiment, folder))
    tell(found, render, as_json, is_sound=not found["left_out"])


@app.command()
def verify(
    targets: Annotated[list[str] | None, typer.Argument(help="Files or artefacts; nothing: all of it.")] = None,
    runs: Annotated[str, typer.Option(help="Runs by name, separated by commas: full/seed-200,mlp/seed-201.")] = "",
    sample: Annotated[int | None, typer.Option(help="Rebuild so many runs, drawn by --seed.")] = None,
    budget: Annotated[float | None, typer.Option(help="Rebuild the runs behind the closest verdicts [s].")] = None,
    seed: Annotated[int | None, typer.Option(help="What --sample and --budget draw by; else drawn anew.")] = None,
    commit: Annotated[str, typer.Option(help="The commit whose record is verified.")] = "HEAD",
    cores: Annotated[int | None, typer.Option(min=1, help="How many cores to use; all there are.")] = None,
    keep_room: Annotated[bool, typer.Option("--keep-room", help="Leave the room, and say where it is.")] = False,
    sign: Annotated[
        Path | None, typer.Option(exists=True, help="Certify the verification, signed by this key.")
    ] = None,
    certify: Annotated[bool, typer.Option("--certify", help="Certify the verification, unsigned.")] = False,
    certificates: Annotated[bool, typer.Option("--certificates", help="Only check and count those here.")] = False,
    trace: Annotated[bool, typer.Option("--trace", help="Only trace what bodies read, of each kind.")] = False,
    self_test: Annotated[bool, typer.Option("--self-test", help="Only test what this machine can promise.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,  # noqa: ARG001 (read by main)
) -> None:
    """Rebuild a recorded result in an empty room and compare every byte; exit 1 unless all are identical."""
    if certificates:
        return tell_certificates(as_json)
    if self_test:
        return tell_self_test(as_json)
    if trace:
        return tell_trace(targets or [], as_json)
    from pipeline.certifying import certified
    from pipeline.verifying.progress import shown_progress
    from pipeline.verifying.rendering import render
    from pipeline.verifying.verify import Asked
    from pipeline.verifying.verify import verify as verify_here

    names = tuple(name.strip() for name in runs.split(",") if name.strip())
    asked = Asked(tuple(targets or ()), names, sample, budget, seed, commit, cores, keep_room)
    with shown_progress() as progress:
        found = verify_here(asked, lambda line: print(line, file=sys.stderr), progress)
    tell(found, render, as_json)
    if sign or certify:
        print(certified(found, sign), file=sys.stderr)
    if found["verdict"] != "identical":
        raise typer.Exit(1)
    return None


def tell_self_test(as_json: bool) -> None:
    """Print what this machine can promise; exit 1 where a model does not come out the same."""
    from pipeline.self_testing import is_sound, render, self_test

    found = self_test()
    tell(found, render, as_json, is_sound=is_sound(found))


def tell_certificates(as_json: bool) -> None:
    """Print what the certificates that lie here are worth; exit 1 where one was refused."""
    from pipeline.certifying import certificates, is_sound, render

    found = certificates()
    tell(found, render, as_json, is_sound=is_sound(found))


def tell_trace(targets: list[str], as_json: bool) -> None:
    """Print what bodies read, by the kernel's own account; exit 1 where a receipt does not declare all of it."""
    from pipeline.tracing import is_clean, of_each_kind, render, trace

    found = trace([target.removesuffix("/receipt.json").rstrip("/") for target in targets] or of_each_kind())
    tell(found, render, as_json, is_sound=is_clean(found))
