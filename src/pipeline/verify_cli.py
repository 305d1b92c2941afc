"""`pipeline verify`: the verb, and what else it answers in its place."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.answers import AsJson, Debug, tell


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
