"""What differs between two states of a study: settings key by key, code definition by definition."""

import io
import json
import tokenize
from collections.abc import Mapping
from typing import Any

from pipeline.io.code import Sources

SKIPPED = (tokenize.COMMENT, tokenize.NL)
Change = dict[str, Any]  # key, with `before` and `after` where it is stated
Settings = dict[str, Any]


def leaves(value: Mapping[Any, Any], at: str = "") -> Settings:
    """Return {dotted key: value} of nested mappings; an empty mapping is a value."""
    found: Settings = {}
    for key, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            found.update(leaves(inner, f"{at}{key}."))
        else:
            found[f"{at}{key}"] = json.loads(json.dumps(inner, default=str))
    return found


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return a change for each key that differs, sorted; a mapping that is no longer empty is none of its own."""
    found = []
    for key in sorted({*before, *after}):
        sides = {name: side[key] for name, side in (("before", before), ("after", after)) if key in side}
        filled = list(sides.values()) == [{}] and any(other.startswith(f"{key}.") for other in {*before, *after})
        if not filled and (len(sides) == 1 or repr(sides["before"]) != repr(sides["after"])):  # 1, 1.0, True differ
            found.append({"key": key, **sides})
    return found


class Code:
    """The code that the steps of a study rest on, at one revision."""

    def __init__(self, sources: Sources, roots: Mapping[str, list[tuple[str, ...]]]) -> None:
        """Roots are, by step, what each kind of artefact of it reaches its code from."""
        self.sources = sources
        self.steps = {
            step: {name: digest for each in starts for name, digest in sources.closure(*each).definitions.items()}
            for step, starts in roots.items()
        }
        self.reached = {name: digest for definitions in self.steps.values() for name, digest in definitions.items()}

    def digest(self, name: str) -> str | None:
        """Return the digest of a definition, whether or not a step reaches it; None where there is none."""
        if name not in self.reached:
            module, _, defined = name.partition(":")
            return self.sources.closure(name if defined.isidentifier() else module).definitions.get(name)
        return self.reached[name]


def code_changes(before: Code, after: Code) -> list[Change]:
    """Return a change for each definition that a step reaches and that is not the same, with the steps it is of.

    One that is only reached now, or only was, and reads the same at both revisions, is no change of code.
    """
    found = []
    for name in sorted({*before.reached, *after.reached}):
        old, new = before.digest(name), after.digest(name)
        if old != new:
            steps = [step for step in {**before.steps, **after.steps} if reaches(step, name, before, after)]
            sides = {side: digest for side, digest in (("before", old), ("after", new)) if digest is not None}
            found.append({"key": name, "steps": steps, **sides})
    return found


def reaches(step: str, name: str, *sides: Code) -> bool:
    """Tell whether a step reaches a definition at any of some revisions."""
    return any(name in side.steps.get(step, {}) for side in sides)


def tokens(text: str) -> list[tuple[int, str]]:
    """Return the tokens of a Snakefile, comments left out; its lines where it cannot be taken apart."""
    try:
        read = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return [(0, line) for line in text.splitlines()]
    return [(token.type, token.string) for token in read if token.type not in SKIPPED]
