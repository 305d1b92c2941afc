"""What differs between two revisions of a study: conclusions first, then all that they follow from."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.asking import ask
from pipeline.base.errors import PipelineError
from pipeline.base.params import PARAMS, UniqueKeyLoader
from pipeline.changed_conclusions import changed_conclusions, lines
from pipeline.io.changes import Change, Code, code_changes, differences, leaves, tokens
from pipeline.io.code import Sources
from pipeline.io.environment import LOCK, pins
from pipeline.io.files import read_json
from pipeline.io.plans import PLAN, read_plan
from pipeline.io.receipts import RECEIPT, brief
from pipeline.io.revisions import Revision, open_revision, raw_files, record_of
from pipeline.io.runs import is_held
from pipeline.recording import conclusions
from pipeline.study_code import FUNCTIONS, STAGES, parts_of
from pipeline.workflow import DATA_HOMES

SHOWN = 12  # changes of a section
LISTED = 4  # entries that a list gained or lost
SECTIONS = ("parameters", "code", "graph", "data", "environment", "plan")
Fields = dict[str, Any]


@dataclass(frozen=True)
class Results:
    """What is known of a revision's own results: what they say, the digests of their data; `reason` why not."""

    said: Fields | None
    data: dict[str, str] | None
    reason: str


def diff(first: str, second: str) -> Fields:
    """Return what differs from one revision to another; a section without a difference is empty.

    Raises PipelineError where a name stands for no revision of a study, or a source there cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        before, after = open_revision(first, Path(folder) / "before"), open_revision(second, Path(folder) / "after")
        told = [parameters(revision) for revision in (before, after)]
        settings = differences(*map(leaves, told))
        results = [results_of(revision) for revision in (before, after)]
        return {
            "revisions": [described(*side) for side in zip((before, after), results, strict=True)],
            "conclusions": concluded(*results),
            "parameters": [change for change in settings if not is_of_data(change)],
            "code": code_changes(code(before, told[0]), code(after, told[1])),
            "graph": graph_changes(before, after),
            "data": [
                *(change for change in settings if is_of_data(change)),
                *differences(raw_files(before), raw_files(after)),
                *(differences(results[0].data, results[1].data) if results[0].data and results[1].data else []),
            ],
            "environment": differences(*(pins(side.shared(LOCK)) for side in (before, after))),
            "plan": differences(plan(before), plan(after)),
        }


def described(revision: Revision, results: Results) -> Fields:
    """Return what is said of a revision itself."""
    known = {"conclusions": results.said is not None, "reason": results.reason}
    return {"name": revision.name, "commit": revision.commit, "shown": str(revision), **known}


def parameters(revision: Revision) -> Fields:
    """Return params.yaml as it stands at a revision; raise PipelineError where it states no study."""
    found = stated(revision, PARAMS)
    if not found or not isinstance(found, dict):
        raise PipelineError(f"{revision.name}: {PARAMS}: states no study; name a revision that does")
    return found


def stated(revision: Revision, path: str) -> Any:
    """Return what a YAML file states at a revision, nothing where there is none; raise PipelineError on bad YAML."""
    try:
        return yaml.load(revision.text(path), UniqueKeyLoader) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PipelineError(f"{revision.name}: {path}: {' '.join(str(error).split())}; mend the YAML") from None


def is_of_data(change: Change) -> bool:
    """Tell whether a change of a parameter is one of the data."""
    return str(change["key"]).startswith("data.")


def code(revision: Revision, study: Fields) -> Code:
    """Return the code that the steps rest on at a revision; raise PipelineError where it is no Python."""
    sources = Sources(revision.root / "src")
    try:
        return Code(sources, {step: roots(step, study, sources) for step in steps(sources)})
    except PipelineError as error:
        raise PipelineError(f"{revision.name}: {str(error).replace(f'{revision.root}/', '')}") from None


def steps(sources: Sources) -> list[str]:
    """Return the steps there are, in the order of the graph: the stages that can be run."""
    found = [path.stem for path in (sources.root / "pipeline" / "stages").glob("*.py")]
    known = {name: sources.module(f"pipeline.stages.{name}") for name in sorted(found)}
    there = [name for name, module in known.items() if module is not None and "run" in module.definitions]
    return [*(name for name in STAGES if name in there), *(name for name in there if name not in STAGES)]


def roots(step: str, study: Fields, sources: Sources) -> list[tuple[str, ...]]:
    """Return what a step reaches its code from: its functions, with the data set, measure and models of params.yaml."""
    module = sources.module(f"pipeline.stages.{step}")
    functions = [name for name in FUNCTIONS if module is not None and name in module.definitions]
    entries = tuple(f"pipeline.stages.{step}:{name}" for name in functions)
    name, metric = section(study, "data").get("name"), section(study, "study").get("metric")
    told = {"name": name, "metric": metric, "claim": {"metric": metric}}
    parts = parts_of(STAGES[step]) if step in STAGES else ()
    chosen = [[root for part in parts for root in part.code({**told, "model": model})] for model in models(study)]
    return sorted({(*entries, *modules) for modules in chosen} | {entries})


def models(study: Fields) -> set[str]:
    """Return the models that params.yaml names."""
    groups = [section(study, name) for name in ("components", "variants", "baselines")]
    settings = [study.get("method"), *(entry for group in groups for entry in group.values())]
    return {str(told["model"]) for told in settings if isinstance(told, dict) and "model" in told}


def section(study: Fields, name: str) -> Fields:
    """Return a section of params.yaml, empty where there is none."""
    found = study.get(name)
    return found if isinstance(found, dict) else {}


def graph_changes(before: Revision, after: Revision) -> list[Change]:
    """Return a change for the Snakefile, comments left out, and one for each key of dvc.yaml."""
    rules = [tokens(side.text("Snakefile")) + tokens(side.shared("Snakefile")) for side in (before, after)]
    phases = [leaves({"dvc.yaml": stated(side, "dvc.yaml")}) for side in (before, after)]
    return [*([{"key": "Snakefile"}] if rules[0] != rules[1] else []), *differences(*phases)]


def plan(revision: Revision) -> dict[str, str]:
    """Return the digest of the plan that is locked at a revision, nothing where none is."""
    content = revision.content(PLAN)
    try:
        return {} if content is None else {str(PLAN): read_plan(content)["digest"]}
    except PipelineError as error:
        raise PipelineError(f"{revision.name}: {error}") from None


def results_of(revision: Revision) -> Results:
    """Return what is known of the results that a revision's own sources gave, and of no others."""
    manifest, reason = record_of(revision)
    if manifest is not None:
        files = {home: manifest["artefacts"][home]["files"] for home in DATA_HOMES if home in manifest["artefacts"]}
        return Results(manifest["conclusions"], by_path(files), "")
    if revision.commit is not None:
        return Results(None, None, reason)
    if unknown := why_unknown():
        return Results(None, None, f"{reason}; here, {unknown}")
    files = {home: read_json(Path(home) / RECEIPT)["files"] for home in DATA_HOMES}
    return Results(conclusions(), by_path(files), reason)


def why_unknown() -> str | None:
    """Return why the results in this folder are not those of its sources, or None where they are."""
    if is_held():
        return "a snakemake is at work"
    try:
        artefacts = ask()["artefacts"]
    except PipelineError as error:
        return str(error)
    return next((f"{home} is {about['state']}" for home, about in artefacts.items() if about["state"] != "valid"), None)


def by_path(files: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return {path: sha256} of the files of some artefacts."""
    return {f"{home}/{name}": digest for home, own in files.items() for name, digest in own.items()}


def concluded(before: Results, after: Results) -> Fields:
    """Return how conclusions changed, nothing where those of one side are not known."""
    return {} if before.said is None or after.said is None else changed_conclusions(before.said, after.said)


def render(found: Fields) -> str:
    """Return the differences for a terminal: conclusions first, and nothing of a section without any."""
    said = [*unrecorded(found["revisions"]), *(lines(found["conclusions"]) if found["conclusions"] else [])]
    sections = {"conclusions": said, **{name: spelled(name, found[name]) for name in SECTIONS}}
    told = [line for name, inner in sections.items() if inner for line in ("", name, *(f"  {line}" for line in inner))]
    title = " → ".join(revision["shown"] for revision in found["revisions"])
    return "\n".join([title, *(told or ["", "no difference"])])


def unrecorded(revisions: list[Fields]) -> list[str]:
    """Return a line for each revision whose conclusions are not recorded, with the reason."""
    said = {True: "not recorded, told by the valid results that lie here", False: "its conclusions are not recorded"}
    return [f"{side['name']}: {said[side['conclusions']]}: {side['reason']}" for side in revisions if side["reason"]]


def spelled(name: str, changes: list[Change]) -> list[str]:
    """Return the first changes of a section, a line each."""
    found = [code_line(change) if name == "code" else line(change) for change in changes[:SHOWN]]
    more = len(changes) - len(found)
    return [*found, f"and {more} more (--json lists all)"] if more else found


def code_line(change: Change) -> str:
    """Return a changed definition with the steps that rest on it."""
    mark = "" if "before" in change and "after" in change else " new," if "after" in change else " gone,"
    return f"{change['key']}{mark} ({', '.join(change['steps'])})"


def line(change: Change) -> str:
    """Return a change on one line: of a list what it gained and lost, else before and after."""
    if "before" not in change and "after" not in change:
        return f"{change['key']} changed"
    before, after = change.get("before", "nothing"), change.get("after", "nothing")
    if isinstance(before, list) and isinstance(after, list):
        gained = [item for item in after if item not in before]
        lost = [item for item in before if item not in after]
        if gained or lost:
            parts = [f"{word} {listed(items)}" for word, items in (("gains", gained), ("loses", lost)) if items]
            return f"{change['key']} {', '.join(parts)}"
    old, new = (" ".join(brief(value).split()) for value in (before, after))
    return f"{change['key']} ({old} → {new})" if old != new else f"{change['key']} changed"


def listed(items: list[Any]) -> str:
    """Return the first entries of a list."""
    more = f" and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return f"{', '.join(map(str, items[:LISTED]))}{more}"
