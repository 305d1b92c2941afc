"""From Snakemake's rules, as the Snakefile declares them, to the jobs of the graph."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from pipeline.base.errors import PipelineError
from pipeline.io.receipts import RECEIPT, is_receipt, wildcard_regex
from pipeline.io.settling import Graph, Job


class Rule(Protocol):
    """What Snakemake's `rules.<name>` offers in a Snakefile."""

    @property
    def input(self) -> Any:
        """Input paths or patterns, by name."""

    @property
    def output(self) -> Any:
        """Output paths or patterns."""


class Pattern:
    """One rule, its wildcards still open."""

    def __init__(self, step: str, rule: Rule) -> None:
        """Raise PipelineError where an input is a function: what a rule reads must be readable in the Snakefile."""
        self.step = step
        self.outputs = [str(path) for path in rule.output]
        self.inputs = named_inputs(step, rule)
        self.literal = {path for path in self.outputs if "{" not in path}
        self.regexes = [re.compile(wildcard_regex(path)) for path in self.outputs if "{" in path]
        for path in self.outputs:
            if not path.endswith(f"/{RECEIPT}"):
                raise PipelineError(f"Snakefile: {step}: output {path} is no receipt; name the artefact's {RECEIPT}")

    def job(self, path: str) -> Job | None:
        """Return the job that makes a path, wildcards filled in, or None."""
        matches = (regex.fullmatch(path) for regex in self.regexes)
        match = next((match for match in matches if match), None)
        if match is None and path not in self.literal:
            return None
        values = match.groupdict() if match else {}
        outputs = tuple(filled(output, values) for output in self.outputs)
        inputs = {name: tuple(filled(source, values) for source in paths) for name, paths in self.inputs.items()}
        return Job(self.step, outputs, inputs)


class Patterns:
    """All rules in order, found by the paths that they spell out."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.patterns = list(patterns)
        self.open = [(number, pattern) for number, pattern in enumerate(self.patterns) if pattern.regexes]
        self.literal: dict[str, int] = {}
        for number, pattern in enumerate(self.patterns):
            for path in pattern.literal:
                self.literal.setdefault(path, number)

    def job(self, path: str) -> Job | None:
        """Return the job of the first rule that makes a path, or None."""
        first = self.literal.get(path, len(self.patterns))
        before = (pattern for number, pattern in self.open if number < first)
        job = next((job for pattern in before if (job := pattern.job(path))), None)
        return job if job or path not in self.literal else self.patterns[first].job(path)


def named_inputs(step: str, rule: Rule) -> dict[str, list[str]]:
    """Return a rule's inputs by name; raise PipelineError for one that is a function or has no name."""
    found: dict[str, list[str]] = {}
    named = 0
    for name, value in rule.input.items():
        paths = [value] if isinstance(value, str) or callable(value) else list(value)
        if any(callable(path) for path in paths):
            raise PipelineError(f"Snakefile: {step}: input {name} is a function; state the paths themselves")
        found[name] = [str(path) for path in paths]
        named += len(paths)
    if named != len(list(rule.input)):
        raise PipelineError(f"Snakefile: {step}: has an input without a name; name it")
    return found


def filled(pattern: str, values: Mapping[str, str]) -> str:
    """Return a path with its wildcards filled in."""
    return re.sub(r"{(\w+)}", lambda match: values[match[1]], pattern) if "{" in pattern else pattern


def graph_of(wanted: Iterable[str], steps: Mapping[str, Iterable[Rule]]) -> Graph:
    """Return every job that the wanted receipts need, upstream included."""
    patterns = Patterns(Pattern(step, rule) for step, rules in steps.items() for rule in rules)
    jobs: dict[str, Job] = {}
    waiting = [str(path) for path in wanted]
    while waiting:
        path = waiting.pop()
        if path in jobs or not is_receipt(path):
            continue
        job = patterns.job(path)
        if job is None:
            raise PipelineError(f"Snakefile: no rule makes {path}")
        jobs.update(dict.fromkeys(job.outputs, job))
        waiting.extend(source for paths in job.inputs.values() for source in paths)
    return Graph({id(job): job for job in jobs.values()}.values())
