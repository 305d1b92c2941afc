"""From a reported number, or any file, back to the raw bytes: what each thing was made from."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.base.errors import PipelineError
from pipeline.io.files import read_json
from pipeline.io.receipts import all_paths, place
from pipeline.workflow import look

SHOWN = 4
Fields = dict[str, Any]


def explain(target: str) -> Fields:
    """Return the value at PATH[:KEY] and every artefact it rests on, nearest first.

    Raises PipelineError where the path is in no artefact, the key is not there, or what is there is not true.
    """
    path, _, key = target.partition(":")
    home = home_of(Path(path))
    receipt = look().check(str(home), place(str(home)))
    found: Fields = {"target": target, "artefact": str(home), "rests_on": list(lineage(receipt))}
    return {**found, "value": value_at(Path(path), key)} if key else found


def home_of(path: Path) -> Path:
    """Return the artefact that holds a path."""
    for folder in (path, *path.parents):
        if folder.is_dir() and (folder / place(str(folder))).is_file():
            return folder
    raise PipelineError(f"{path}: is in no artefact; name a file of one, such as results/metrics.json")


def value_at(path: Path, key: str) -> Any:
    """Return the value at a dotted key of a JSON file."""
    value = read_json(path) if path.suffix == ".json" and path.is_file() else None
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            known = ", ".join(value) if isinstance(value, dict) else "no keys"
            raise PipelineError(f"{path}: {key}: there is no '{part}'; there are {known}")
        value = value[part]
    return value


def lineage(receipt: Fields) -> Iterator[Fields]:
    """Yield what an artefact's receipt states, then that of all it read, each once, nearest first."""
    waiting, seen = [receipt], {receipt["artefact"]}
    while waiting:
        stated = waiting.pop(0)
        yield {
            "artefact": stated["artefact"],
            "step": stated["step"],
            "parameters": stated["parameters"],
            "code": stated["code"]["digest"],
            "reads": stated["reads"],
            "files": stated["files"],
        }
        for source in all_paths(stated["reads"]):
            home = Path(source).parent
            if source.endswith("/receipt.json") and str(home) not in seen:
                seen.add(str(home))
                waiting.append(read_json(home / place(str(home))))


def render(found: Fields) -> str:
    """Return an explanation for a terminal: a paragraph a step, from the number to the raw data."""
    lines = [f"{found['target']} = {found['value']}" if "value" in found else found["target"]]
    steps: dict[str, list[Fields]] = {}
    for artefact in found["rests_on"]:
        steps.setdefault(artefact["step"], []).append(artefact)
    for step, artefacts in steps.items():
        names = [artefact["artefact"] for artefact in artefacts]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        lines += ["", f"{step}: {', '.join(names[:SHOWN])}{more}"]
        lines.append(f"  code  {', '.join(sorted({artefact['code'][:12] for artefact in artefacts}))}")
        lines += [f"  told  {name}: {told}" for name, told in common(artefacts).items()]
        if len(artefacts) == 1:
            lines += [f"  made  {name} (sha256 {digest[:12]})" for name, digest in artefacts[0]["files"].items()]
        sources = sorted({path for artefact in artefacts for path in all_paths(artefact["reads"])})
        lines += [f"  read  {path}" for path in sources if not path.endswith("/receipt.json")]
    return "\n".join(lines)


def common(artefacts: list[Fields]) -> Fields:
    """Return the plain parameters that all artefacts of a step were told alike."""
    first = artefacts[0]["parameters"]
    return {
        name: value
        for name, value in first.items()
        if not isinstance(value, dict | list) and all(other["parameters"].get(name) == value for other in artefacts)
    }
