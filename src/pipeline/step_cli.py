"""The hidden half of the command line: what the Snakefile's rules and dvc.yaml call."""

import sys
from pathlib import Path
from typing import Annotated

import typer

step_app = typer.Typer(hidden=True, no_args_is_help=True, help="What the Snakefile's rules and dvc.yaml call.")


def add_step(name: str, purpose: str) -> None:
    """Add the hidden verb that performs one step's job."""

    def perform_step(
        output: Annotated[str, typer.Argument(help="A receipt that the job makes.")],
        log: Annotated[Path, typer.Option(help="Where the details go.")],
    ) -> None:
        from pipeline.logs import logged
        from pipeline.performing import perform

        with logged(log) as say:
            perform(output, say, log)

    step_app.command(name, help=purpose)(perform_step)


for step_name in ("fetch", "prepare", "resample", "select", "train", "evaluate", "analyse", "report"):
    add_step(step_name, f"Perform the job of the {step_name} rule.")


@step_app.command()
def observe() -> None:
    """Render the observed page, what this machine happened to spend, and print the result where it stands."""
    from pipeline.io.receipts import RECEIPT
    from pipeline.looking import held_out_looks, put_on_record, told
    from pipeline.observing import caution, facts, render_page
    from pipeline.summary import RESULTS, summary
    from pipeline.workflow import Workflow

    workflow = Workflow.load()
    put_on_record(workflow)  # evaluations that were brought back, or came true again, when the run had begun
    render_page(told(held_out_looks(workflow)))
    if (RESULTS / RECEIPT).is_file():  # not after a part of the graph, such as `snakemake prepared`
        print(summary(caution(facts())))


@step_app.command()
def prune(roots: Annotated[list[str], typer.Argument(help="Folders of artefacts.")]) -> None:
    """Remove artefacts whose receipts do not stand, so that DVC records none of them."""
    from pipeline.io.runs import hold
    from pipeline.io.settling import prune as prune_roots

    hold()
    for home in prune_roots(roots):
        print(f"removed {home}", file=sys.stderr)


@step_app.command()
def reclaim() -> None:
    """Give disk back: artefacts that are not true now, and cached ones that no commit names."""
    from pipeline.reclaiming import reclaim as reclaim_disk
    from pipeline.workflow import ARTEFACT_ROOTS

    for line in reclaim_disk(ARTEFACT_ROOTS):
        print(line)
