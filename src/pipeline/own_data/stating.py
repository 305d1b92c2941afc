"""The params.yaml of a new study: every line with what it means, every number with the rule it comes from."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.own_data.methods import Methods
from pipeline.own_data.sizes import FIRST_FINAL, FIRST_SELECTION, MOST, SHARES, Budget
from pipeline.own_data.source import Source
from pipeline.study_code import StudyCode

SELECTION_SEEDS = 2
TRIALS = 8
READ_AS_OTHERS = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")  # by one YAML or another
COLUMN = 40  # where comments begin


def params_yaml(
    name: str, source: Source, chosen: Budget, data: Mapping[str, Any], methods: Methods, dropped: int = 0
) -> str:
    """Return the text of params.yaml; `data` is what its data section states besides the sizes of splits.

    `dropped`: how many rows that repeat others were left out of the copy.
    """
    parts = [
        about(name, source, chosen, methods),
        data_section(data, chosen, dropped),
        compute(),
        *method(chosen, methods),
        families(),
        seeds(chosen),
        search(methods),
    ]
    return "\n".join("\n".join(commented(part)) + "\n" for part in parts)


def commented(lines: Iterable[tuple[str, str]]) -> Iterable[str]:
    """Yield lines with their comments, in one column where they fit."""
    for line, comment in lines:
        yield f"{line.ljust(COLUMN)} # {comment}" if comment else line


def about(name: str, source: Source, chosen: Budget, methods: Methods) -> list[tuple[str, str]]:
    """Return what is claimed, by which measure."""
    parts = ", ".join(methods.components)
    title = f"Which parts of {methods.article} help on {name}?"
    hypothesis = (
        f"On held-out rows of {source.file}, {parts} each improve accuracy, and the method beats each baseline."
    )
    return [
        ("# What is claimed, what is varied, what is held fixed. `pipeline new` wrote it; change any line.", ""),
        ("study:", ""),
        (f"  title: {json.dumps(title)}", "the question, as the report's heading"),
        (f"  hypothesis: {json.dumps(hypothesis)}", "state yours before the plan is locked"),
        ("  held_constant: [training rows, optimiser, batch size, steps, selection budget]", "what no variant changes"),
        ("  metric: accuracy", "the share of rows whose class is right; or balanced_accuracy, macro_f1"),
        ("  margin: 0.01", "differences within one point are negligible"),
        ("  alpha: 0.05", "the level of each family of contrasts"),
        (f"  seed: {chosen.study_seed}", "names every random stream; the first whose splits each hold every class"),
    ]  # fmt: skip


def data_section(data: Mapping[str, Any], chosen: Budget, dropped: int) -> list[tuple[str, str]]:
    """Return where the data lie, their digest and the sizes of splits."""
    said = {
        "name": "how the file is read: science/datasets/<name>.py",
        "source": "your data, copied here" + (f" without {dropped} rows that repeated others" if dropped else ""),
        "label": "the column that is predicted",
        "nominal": "columns of codes, which look like numbers",
        "drop": "columns that are left out: they say nothing, name rows, or were named by --drop",
        "image": "what every image is brought to: [height, width], and its colours",
        "sha256": "of the arrays that are read: another file is refused",
        "known_duplicates": "rows of one split that are copies, or nearly, of another's: see the profile",
    }
    rows = {name: f"{SHARES[name]:.0%} of all rows, at most {most}".replace("%", " %") for name, most in MOST.items()}
    rows["held_out"] += "; opened once, under a locked plan"
    stated = [(f"  {key}: {flow(value)}", said[key]) for key, value in data.items()]
    sizes = [(f"  {name}: {getattr(chosen, name)}", rows[name]) for name in ("train", "validation", "held_out")]
    return [("data:", ""), *stated, *sizes]


def compute() -> list[tuple[str, str]]:
    """Return what changes bits."""
    return [
        ("compute:", "part of a result's identity"),
        ("  device: cpu", "or cuda"),
        ("  threads: 1", "of each process; how many jobs run at once is in profiles/"),
        ("  precision: float32", ""),
    ]


def method(chosen: Budget, methods: Methods) -> Iterable[list[tuple[str, str]]]:
    """Yield the full method, its components, variants and baselines."""
    training = {"batch_size": chosen.batch_size, "steps": chosen.steps}
    rules = {"batch_size": "an eighth of the training rows, 8 to 64", "steps": "30 epochs, 200 to 1000 steps"}
    said = {**methods.said, **rules}
    settings = {**methods.method, **training}
    networks = StudyCode(None).ask("networks_of", [stated["model"] for stated in methods.baselines.values()])
    baselines = {
        name: stated | (training if stated["model"] in networks else {}) for name, stated in methods.baselines.items()
    }
    yield [("method:", "the full method: science/models/<model>.py"), *keyed(settings, said)]
    yield [("components:", "each switched off in turn: the variants minus_<name>"), *keyed(methods.components, {})]
    yield [("variants: {}", "further variants of the method, by what they override")]
    yield [
        ("baselines:", "methods of their own, each selected with the method's budget"),
        *keyed(baselines, {}),
    ]


def keyed(values: Mapping[str, Any], said: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return a line a key."""
    return [(f"  {key}: {flow(value)}", said.get(key, "")) for key, value in values.items()]


def families() -> list[tuple[str, str]]:
    """Return the contrasts."""
    return [
        ("families:", "the full method against each member, corrected within a family"),
        ("  ablation: {against: components, claim: superiority, correction: holm}", ""),
        ("  baseline: {against: baselines, claim: superiority, correction: holm}", ""),
    ]


def seeds(chosen: Budget) -> list[tuple[str, str]]:
    """Return the seeds."""
    selection = list(range(FIRST_SELECTION, FIRST_SELECTION + SELECTION_SEEDS))
    final = list(range(FIRST_FINAL, FIRST_FINAL + chosen.seeds))
    return [
        ("seeds:", "disjoint"),
        (f"  selection: {flow(selection)}", "each trial of the search is repeated with these"),
        (f"  final: {flow(final)}", "one run a variant and seed; `pipeline plan` says what so many can detect"),
    ]


def search(methods: Methods) -> list[tuple[str, str]]:
    """Return the search spaces."""
    lines = [("search:", ""), (f"  trials: {TRIALS}", "the same for the method and for every baseline")]
    lines.append(("  spaces:", "log_uniform, uniform or integer [low, high], or a choice"))
    for name, space in methods.spaces.items():
        lines.append((f"    {name}:", ""))
        lines += [(f"      {key}: {flow(drawn)}", "") for key, drawn in space.items()]
    return lines


def flow(value: Any) -> str:
    """Return a value as one line of YAML, plain where it can be."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and value.isidentifier() and value.lower() not in READ_AS_OTHERS:
        return value
    return json.dumps(value, ensure_ascii=False)
