"""A miniature study of networks, one of which diverges by its stated learning rate."""

import copy
from typing import Any

from tests.study import MINIATURE

NETWORK = {"model": "mlp", "batch_size": 20, "hidden": 8}
CHANGES: dict[str, Any] = {
    "method": {**NETWORK, "steps": 200},
    "components": {"width": {"hidden": 2}},
    "baselines": {"wild": {**NETWORK, "steps": 50, "learning_rate": 1e30}},
}
SPACES = {
    "method": {"learning_rate": {"log_uniform": [0.005, 0.05]}, "weight_decay": {"log_uniform": [0.001, 0.1]}},
    "wild": {"weight_decay": {"log_uniform": [0.001, 0.1]}},
}


def neural_params() -> dict[str, Any]:
    """Return the parameters of the study, the caller's own: full, minus_width and wild, six seeds each."""
    params: dict[str, Any] = copy.deepcopy({**MINIATURE, **CHANGES})
    params["search"]["spaces"] = copy.deepcopy(SPACES)
    return params
