"""From a reported number, or any file, back to the raw bytes: what each thing was made from."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.base.errors import PipelineError
from pipeline.io.files import read_json
from pipeline.io.receipts import RECEIPT, all_paths, brief, place
from pipeline.study_code import STAGES
from pipeline.workflow import look

SHOWN = 6
RAW = "data/raw"
Fields = dict[str, Any]


def explain(target: str) -> Fields:
    """Return the value at PATH[:KEY], every artefact it rests on, nearest first, and the raw bytes it ends at.

    Raises PipelineError where the path is in no artefact, the key is not there, or what is there is not true.
    """
    path, _, key = target.partition(":")
    home = home_of(Path(path))
    receipt = look().check(str(home), place(str(home)))
    if Path(path) != home and not (home / RECEIPT == Path(path) or relative(path, home) in receipt["files"]):
        raise PipelineError(f"{path}: is no file of {home}; there are {listed(sorted(receipt['files']))}")
    rests_on = list(lineage(receipt))
    found: Fields = {"target": target, "artefact": str(home), "rests_on": rests_on}
    found |= {"choices": choices(rests_on), "raw": raw(rests_on)}
    if (digest := receipt["files"].get(relative(path, home))) is not None:
        found["sha256"] = digest
    return {**found, "value": value_at(Path(path), key)} if key else found


def home_of(path: Path) -> Path:
    """Return the artefact that holds a path."""
    for folder in (path, *path.parents):
        if folder.is_dir() and (folder / place(str(folder))).is_file():
            return folder
    raise PipelineError(f"{path}: is in no artefact; name a file of one, such as results/metrics.json")


def relative(path: str, home: Path) -> str:
    """Return a path inside an artefact, as its receipt spells it."""
    return Path(path).relative_to(home).as_posix()


def value_at(path: Path, key: str) -> Any:
    """Return the value at a dotted key of a JSON file, or at ROW.COLUMN of a CSV table; raise PipelineError."""
    if path.suffix == ".csv":
        return cell_at(path, key)
    value = read_json(path) if path.suffix == ".json" else None
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            known = ", ".join(value) if isinstance(value, dict) else "no keys"
            raise PipelineError(f"{path}: {key}: there is no '{part}'; there are {known}")
        value = value[part]
    return value


def cell_at(path: Path, key: str) -> Any:
    """Return a cell of a table; its row is named by the first column and, where several share that, by more cells."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    named, _, column = key.rpartition(".")
    if not named:
        raise PipelineError(f"{path}: {key}: names no cell; name a row and a column, as in full.held_out_mean")
    first, *more = named.split(".")
    found = [row for row in rows if next(iter(row.values())) == first and all(cell in row.values() for cell in more)]
    if not found:
        known = dict.fromkeys(next(iter(row.values())) for row in rows)
        raise PipelineError(f"{path}: {key}: no row is named '{named}'; there are {listed(list(known))}")
    if column not in found[0]:
        raise PipelineError(f"{path}: {key}: there is no column '{column}'; there are {', '.join(found[0])}")
    if len(found) > 1:
        telling = {name: [row[name] for row in found] for name in found[0]}
        names, cells = next((item for item in telling.items() if len(set(item[1])) == len(found)), ("", []))
        remedy = f"add its {names}, as in {named}.{cells[0]}.{column}" if cells else "they cannot be told apart"
        raise PipelineError(f"{path}: {key}: {len(found)} rows are named '{named}'; {remedy}")
    return number(found[0][column])


def number(cell: str) -> Any:
    """Return a cell as the number it spells, else as its text."""
    try:
        value = json.loads(cell)
    except ValueError:
        return cell
    return value if isinstance(value, int | float) and not isinstance(value, bool) else cell


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
            "environment": stated["environment"],
            "reads": stated["reads"],
            "files": stated["files"],
        }
        for source in all_paths(stated["reads"]):
            home = Path(source).parent
            if source.endswith("/receipt.json") and str(home) not in seen:
                seen.add(str(home))
                waiting.append(read_json(home / place(str(home))))


def choices(rests_on: list[Fields]) -> dict[str, Fields]:
    """Return what was selected for each method: hyper-parameters, mean on validation, of how many trials."""
    found = {}
    for artefact in rests_on:
        if artefact["step"] == "select":
            choice = read_json(Path(artefact["artefact"]) / "choice.json")
            found[choice.pop("method")] = {**choice, "trials": artefact["parameters"]["trials"]}
    return found


def raw(rests_on: list[Fields]) -> dict[str, str]:
    """Return {path: sha256} of the raw bytes: files that no step made, and what was made of them as published."""
    sources = {
        path: digest
        for artefact in rests_on
        for paths in artefact["reads"].values()
        for path, digest in paths.items()
        if not path.endswith(f"/{RECEIPT}")
    }
    kept = {
        f"{RAW}/{name}": digest
        for artefact in rests_on
        if artefact["artefact"] == RAW
        for name, digest in artefact["files"].items()
        if name != "about.json"
    }
    return {**kept, **sources}


def render(found: Fields) -> str:
    """Return an explanation for a terminal: from the number to the raw data, a paragraph a step."""
    title = f"{found['target']} = {found['value']}" if "value" in found else found["target"]
    lines = [title, *([f"  file  sha256 {found['sha256']}"] if "sha256" in found else [])]
    steps: dict[str, list[Fields]] = {name: [] for name in reversed(STAGES)}
    for artefact in found["rests_on"]:
        steps[artefact["step"]].append(artefact)
    for step, artefacts in steps.items():
        if artefacts:
            lines += ["", f"{step}: {'; '.join(named([artefact['artefact'] for artefact in artefacts]))}"]
            lines += [f"  {line}" for line in paragraph(step, artefacts, found)]
    return "\n".join(
        [*lines, "", "raw bytes", *(f"  {path}  sha256 {digest}" for path, digest in found["raw"].items())]
    )


def paragraph(step: str, artefacts: list[Fields], found: Fields) -> Iterator[str]:
    """Yield what matters of one step's artefacts."""
    if step == "select":
        for method, choice in found["choices"].items():
            chosen = ", ".join(f"{name} {value}" for name, value in choice["hyperparameters"].items()) or "nothing"
            mean = f"validation {choice['validation_mean']:.4f}"
            yield f"chose {method}: {chosen} ({mean}, the best of {choice['trials']} trials)"
    if told := common(artefacts):
        yield "told  " + ", ".join(f"{name} {brief(value)}" for name, value in told.items())
    yield f"code  {listed(sorted({artefact['code'][:12] for artefact in artefacts}))}"
    locked = {name: version for artefact in artefacts for name, version in artefact["environment"].items()}
    yield f"with  python {locked['python']} and {len(locked) - 1} locked distributions"


def named(homes: list[str]) -> list[str]:
    """Return artefacts in few words: runs of variants together, with how many seeds."""
    variants: dict[str, list[str]] = {}
    for home in homes:
        variant, _, seed = home.rpartition("/") if home.count("/") == 2 else (home, "", "")
        variants.setdefault(variant, []).append(seed)
    groups: dict[tuple[str, ...], list[str]] = {}
    for variant, seeds in variants.items():
        groups.setdefault(tuple(seeds), []).append(variant)
    return [f"{listed(same)}{counted(seeds, len(same))}" for seeds, same in groups.items()]


def counted(seeds: tuple[str, ...], variants: int) -> str:
    """Return how many runs of each variant there are, and of which seeds; nothing where there are no runs."""
    if seeds == ("",):
        return ""
    numbers = [seed.removeprefix("seed-") for seed in seeds]
    each = " each" if variants > 1 else ""
    return (
        f" ({numbers[0]})"
        if numbers == ["fixed"]
        else f" ({len(seeds)} seed{'s' * (len(seeds) > 1)}{each}: {listed(numbers)})"
    )


def listed(names: list[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def common(artefacts: list[Fields]) -> Fields:
    """Return the plain parameters that all artefacts of a step were told alike."""
    first = artefacts[0]["parameters"]
    return {
        name: value
        for name, value in first.items()
        if isinstance(value, str | int | float) and all(other["parameters"].get(name) == value for other in artefacts)
    }
