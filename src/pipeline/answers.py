"""How a verb answers: for people or as JSON, with an exit code that says whether what it found is sound."""

import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def tell(found: dict[str, Any], render: Callable[[dict[str, Any]], str], as_json: bool, is_sound: bool = True) -> None:
    """Print what was found, as JSON or for people; exit 1 where it is not sound."""
    print(json.dumps(found, indent=1) if as_json else render(found))
    if not is_sound:
        raise typer.Exit(1)
