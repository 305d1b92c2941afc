"""The command line: one program, few verbs, exit code 0 only for success."""

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from pipeline.answers import AsJson, Debug, tell
from pipeline.base.errors import PipelineError, refusal
from pipeline.step_cli import step_app
from pipeline.verify_cli import verify

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Experiments others can believe.",
)
app.add_typer(step_app, name="step")


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


app.command()(verify)
