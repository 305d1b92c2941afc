"""A small valid study, to change."""

import copy
from typing import Any

import yaml
from tests.study import MINIATURE


def stated(**changes: Any) -> dict[str, Any]:
    """Return a study with some dotted keys (written with __) set anew."""
    study = copy.deepcopy(MINIATURE)
    study["data"]["sha256"] = "0" * 64
    for key, value in changes.items():
        *parents, last = key.split("__")
        section = study
        for parent in parents:
            section = section[parent]
        section[last] = value
    return study


def text(**changes: Any) -> str:
    """Return it as params.yaml."""
    return str(yaml.safe_dump(stated(**changes)))
