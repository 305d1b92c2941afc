"""Looks at held-out: a file for each distinct configuration that was ever evaluated there, a set that Git merges.

A configuration is what a score follows from, the seed left out: which rows it was trained and evaluated on, the model,
its settings as resolved (chosen hyper-parameters among them), the precision, and the code of training and evaluation,
definition by definition. Each file is named by its own digest, so writing one twice adds nothing. Beside them lie the
plans that held-out was opened under, and what was seen: the digests of the predictions. A copy of each file that this
clone wrote stays in its own state.
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.base.canonical import canonical_json, text_digest
from pipeline.base.errors import LookError
from pipeline.io.files import read_json, write_text
from pipeline.io.folders import exists
from pipeline.io.jobs import STATE
from pipeline.io.plans import PLAN, read_plan
from pipeline.io.receipts import RECEIPT, World, changed, place
from pipeline.io.splits import ABOUT

LOOKS = Path("looks")
OPENED = LOOKS / "plans"
SEEN = LOOKS / "seen"
PREDICTIONS = "predictions.safetensors"
LEDGER = STATE / "looks"
DIGITS = 16
FORMAT = 1
EVALUATIONS, RUNS = "evaluations/", "runs/"
FOLD = re.compile(r"data/folds/repeat-\d+-fold-\d+-of-(\d+)/")
CODE = ("pipeline.science.", "pipeline.stages.", "pipeline.base.seeds:")  # what can move a prediction
ROWS = ("training_rows", "sample_rows")  # how many of the training rows a run sees, where not all
Configuration = dict[str, Any]


def configuration(
    record: Mapping[str, Any], trained: Mapping[str, Any], held_out: str, code: Mapping[str, str]
) -> Configuration:
    """Return a run's configuration, from its run.json, its receipt, the digest of held-out rows and evaluate's code."""
    (place_of_splits,) = trained["reads"]["splits"]
    fold = FOLD.match(place_of_splits)  # a fold is a seed, and left out as that is: all follow from the held-out rows
    splits = f"{fold[1]} folds of the held-out rows" if fold else record["rows"]
    rows = {name: trained["parameters"][name] for name in ROWS if name in trained["parameters"]}
    reached = {**trained["code"]["definitions"], **code}
    return {
        "format": FORMAT,
        "data": {"splits": splits, "held_out": held_out, **rows},
        "model": record["model"],
        "settings": record["settings"],
        "precision": trained["parameters"]["precision"],
        "code": {name: digest for name, digest in reached.items() if name.startswith(CODE)},
    }


def run_of(evaluation: str) -> Path:
    """Return the run that an evaluation is of."""
    return Path(RUNS + evaluation.removeprefix(EVALUATIONS))


def trained_configuration(evaluation: str, held_out: str, code: Mapping[str, str]) -> Configuration:
    """Return the configuration that an evaluation is about to look with, from the run that it reads."""
    run = run_of(evaluation)
    return configuration(read_json(run / "run.json"), read_json(run / place(str(run))), held_out, code)


def evaluated_configuration(evaluation: str) -> Configuration | None:
    """Return the configuration of an evaluation that lies here, standing or not.

    None where it or its run does not, or is damaged: it is then made again, and looks then.
    """
    try:
        receipt = read_json(Path(evaluation) / place(evaluation))
        held_out = read_json(Path(evaluation) / "evaluation.json")["rows"]
        return trained_configuration(evaluation, held_out, receipt["code"]["definitions"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def name_of(content: Mapping[str, Any]) -> str:
    """Return the name of the file that holds a configuration or a plan: the start of the file's own sha256."""
    return text_digest(canonical_json(content))[:DIGITS]


def note_before(world: World, step: str, evaluations: Iterable[str], labels: Path) -> None:
    """Put on record what evaluations are about to look at held-out with, before they do: what is killed counts.

    `labels` is the artefact of labels, known to be true, of any of the rows: it names all that are held out.
    """
    maker, rows = world.steps[step], read_json(labels / ABOUT)["rows"]
    found = []
    for home in one_each(evaluations):
        parameters = maker.parameters(maker.values(home) or {})
        code = world.identity(maker, parameters)[0]["definitions"]
        found.append(trained_configuration(home, rows, code))
    note(found)
    note_plan()


def note_after(evaluations: Iterable[str]) -> None:
    """Put on record evaluations that stand here, wherever they were made: those brought back from a cache count too."""
    standing = [home for home in evaluations if exists(f"{home}/{RECEIPT}")]
    found = {home: each for home in one_each(standing) if (each := evaluated_configuration(home)) is not None}
    if found:
        note(found.values())
        note_plan()
    for first, each in found.items():
        same = [home for home in standing if Path(home).parent == Path(first).parent]
        predictions = {home: digest for home in same if (digest := predicted(home))}
        keep(SEEN, {"format": FORMAT, "configuration": name_of(each), "predictions": predictions})


def predicted(evaluation: str) -> str | None:
    """Return the digest of an evaluation's predictions of held-out, None where it does not lie here whole."""
    try:
        return str(read_json(Path(evaluation) / place(evaluation))["files"][PREDICTIONS])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def one_each(evaluations: Iterable[str]) -> list[str]:
    """Return the first of some evaluations for each variant: its seeds are one configuration."""
    firsts: dict[str, str] = {}
    for home in evaluations:
        firsts.setdefault(str(Path(home).parent), home)
    return list(firsts.values())


def note(configurations: Iterable[Configuration]) -> list[str]:
    """Write each configuration that is not on record; return the names of all of them."""
    return sorted({keep(LOOKS, found) for found in configurations})


def note_plan() -> None:
    """Write, where it is not on record, that held-out is opened under the plan that lies here."""
    plan = read_plan(PLAN.read_bytes())
    keep(OPENED, {"format": FORMAT, "digest": plan["digest"], "study": plan["study"]})


def keep(folder: Path, content: Mapping[str, Any]) -> str:
    """Write a file under its digest, in the repository and in this clone's state; return its name."""
    name = name_of(content)
    for path in (folder / f"{name}.json", LEDGER / folder.relative_to(LOOKS) / f"{name}.json"):
        if not path.is_file():
            write_text(path, canonical_json(content))
    return name


def looks() -> dict[str, Configuration]:
    """Return every configuration on record, by name; raise LookError where a file is not what its name says."""
    return read_set(LOOKS)


def opened_plans() -> dict[str, dict[str, Any]]:
    """Return every plan that held-out was opened under, by its digest; raise LookError as `looks` does."""
    return {plan["digest"]: plan["study"] for plan in read_set(OPENED).values()}


def seen() -> dict[str, list[dict[str, str]]]:
    """Return {configuration: [{evaluation: digest of its predictions}]} of all that was seen of held-out."""
    found: dict[str, list[dict[str, str]]] = {}
    for each in read_set(SEEN).values():
        found.setdefault(each["configuration"], []).append(each["predictions"])
    return found


def seen_otherwise(evaluations: Iterable[str]) -> list[str]:
    """Return the evaluations that lie here with other predictions than the same configuration was once seen to make.

    Held-out shows one configuration and seed one thing on one class of machine: an evaluation that was altered and
    signed anew shows here, and so does training that does not repeat.
    """
    homes, shown = list(evaluations), seen()
    names = {
        str(Path(home).parent): name_of(each)
        for home in one_each(homes)
        if (each := evaluated_configuration(home)) is not None
    }
    return [
        home
        for home in homes
        if (now := predicted(home)) is not None
        and {each[home] for each in shown.get(names.get(str(Path(home).parent), ""), []) if home in each} - {now}
    ]


def read_set(folder: Path) -> dict[str, dict[str, Any]]:
    """Return {name: content} of the files of a folder; raise LookError where one is not what its name says."""
    found = {}
    for path in sorted(folder.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        if text_digest(text)[:DIGITS] != path.stem:
            raise LookError(f"{path}: is not what its name says; restore it with `git checkout {path}`")
        found[path.stem] = json.loads(text)
    return found


def difference(other: Mapping[str, Any], mine: Mapping[str, Any]) -> list[str]:
    """Return what differs from one configuration to another, in plain words."""
    if other["model"] != mine["model"]:
        return [f"model ({other['model']} → {mine['model']})"]
    code = sorted(name for name in {*other["code"], *mine["code"]} if other["code"].get(name) != mine["code"].get(name))
    before, after = ({key: each[key] for key in ("data", "settings", "precision")} for each in (other, mine))
    return [*changed(before, after), *(f"code {name}" for name in code)]


def showed_the_same(other: Mapping[str, Any], predictions: Iterable[Mapping[str, str]]) -> bool:
    """Tell whether all that a look saw comes out the same, bit for bit, of what differs from it in code alone.

    Then the edit was none that what was seen could have asked for: it changed nothing that held-out shows.
    """
    return any(
        all(predicted(home) == digest and differs_in_code_alone(other, home) for home, digest in found.items())
        for found in predictions
        if found
    )


def differs_in_code_alone(other: Mapping[str, Any], evaluation: str) -> bool:
    """Tell whether an evaluation that lies here has the configuration of a look, but for the code."""
    mine = evaluated_configuration(evaluation)
    return mine is not None and all(mine[key] == other[key] for key in other if key != "code")


def nearest(other: Mapping[str, Any], present: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return how a configuration differs from the one most like it among the present ones."""
    alike = [mine for mine in present if mine["model"] == other["model"]]
    if not alike:
        return [f"model {other['model']}: no present configuration has it"]
    return min((difference(other, mine) for mine in alike), key=len)
