"""A study of which the truth is known: its rows come from a simulator, so that any number of new ones can be drawn.

The method is a small forest with two components. `deep` is real: without it trees are one split deep. `coarse` is
harmful: it makes leaves large. The variant `salted` is null by construction: it shifts the seed, and all are alike.
"""

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tests.study import MINIATURE, Study, checkout

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier

Rows = tuple[NDArray[np.float32], NDArray[np.int64]]
CLASSES, FEATURES = 3, 6
ROWS = 620
TREES = 10
MODEL = '''"""A small forest whose components do what the tests know."""

from sklearn.ensemble import RandomForestClassifier

from pipeline.science.models import random_forest
from pipeline.science.settings import Count, Estimator

SEED_VARIES = random_forest.SEED_VARIES
costs = random_forest.costs


class Settings(Estimator):
    """The depth of a tree, the smallest leaf, a shift of the seed, and the features tried at a split."""

    depth: Count
    leaf: Count
    salt: Count
    tried: Count


def build(settings, seed):
    """Return the forest."""
    return RandomForestClassifier(
        10, max_depth=settings.depth, min_samples_leaf=settings.leaf, max_features=settings.tried,
        random_state=(seed * 16 + settings.salt) % 2**32, n_jobs=1,
    )
'''
STATED: dict[str, Any] = {
    "data": {**MINIATURE["data"], "train": 150, "validation": 120, "held_out": 350},
    "method": {"model": "known", "depth": 12, "leaf": 12, "salt": 1},
    "ablation": "factorial",
    "components": {"deep": {"depth": 1}, "coarse": {"leaf": 1}},
    "variants": {"salted": {"salt": 2}},
    "baselines": {"logistic_regression": {"model": "logistic_regression"}},
    "families": {
        "one_off": {
            "against": ["minus_deep", "salted", "minus_coarse"], "claim": "superiority", "correction": "holm",
        },
        "alike": {"against": ["salted"], "claim": "equivalence", "correction": "holm"},
        "every": {
            "against": ["logistic_regression", "minus_deep"],
            "claim": "superiority_to_every", "correction": "intersection_union",
        },
    },
    "seeds": {"selection": [1, 2], "final": [10, 11, 12, 13, 14, 15, 16, 17]},
    "controls": {"shuffled_labels": 3},
    "replication": {
        "low": {"variant": "full", "published": 0.4, "tolerance": 0.05, "cite": "nobody"},
        "gain": {"variant": "full", "minus": "minus_deep", "published": 0.1, "tolerance": 0.3, "cite": "nobody"},
        "fixed": {"variant": "logistic_regression", "published": 0.6, "tolerance": 0.01, "cite": "nobody"},
    },
    "search": {
        "trials": 3,
        "spaces": {
            "method": {"tried": {"choice": [1, 2, 3]}},
            "logistic_regression": {"inverse_regularisation": {"log_uniform": [0.01, 1.0]}},
        },
    },
}  # fmt: skip
CLAIMS = {
    "deep": {
        "sentence": 'Depth “helps” by 5 % & more, says "A_B" {x} \\ #1 $a^b$ ~.',
        "family": "positive_effects",
        "requires": "deep",
    },
    "coarse": {"sentence": "Large leaves harm on average.", "family": "negative_effects", "requires": "coarse"},
    "apart": {"sentence": "The two ignore each other.", "family": "negligible_effects", "requires": "deep_x_coarse"},
    "parts": {"sentence": "Each part helps.", "family": "one_off", "requires": "all"},
    "a_part": {"sentence": "Some part helps.", "family": "one_off", "requires": "any"},
    "depth": {"sentence": "Depth helps.", "family": "one_off", "requires": "minus_deep"},
}


def rows(count: int, seed: int) -> Rows:
    """Return so many rows of the population: x [count, 6] and y [count] in 0..2; classes are rings, blurred."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(count, FEATURES))
    radius = np.hypot(x[:, 0], x[:, 1]) + 0.25 * random.normal(size=count) + 0.2 * x[:, 2]
    return x.astype(np.float32), np.digitize(radius, [0.9, 1.5]).astype(np.int64)


def forest(settings: dict[str, int], seed: int) -> "RandomForestClassifier":
    """Return the forest as it is documented, built without the pipeline."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        TREES, max_depth=settings["depth"], min_samples_leaf=settings["leaf"], max_features=settings["tried"],
        random_state=seed * 16 + settings["salt"],
    )  # fmt: skip


def make(folder: Path) -> None:
    """Build the study in a folder with Git, DVC and Snakemake, under a committed plan."""
    from pipeline.science.datasets import digest

    params = {**copy.deepcopy(MINIATURE), **copy.deepcopy(STATED)}
    params["study"].update(margin=0.03, claims=CLAIMS)
    study = checkout(folder, params)
    x, y = rows(ROWS, seed=1)
    np.savez(folder / "data" / "source" / "rows.npz", x=x, y=y)
    study.change("data.sha256", digest(x, y))
    (folder / "src" / "pipeline" / "science" / "models" / "known.py").write_text(MODEL)
    study.commit("State a study whose truth is known")
    study.pipeline("plan", "--lock")
    study.snakemake()


def chosen(study: Study) -> dict[str, int]:
    """Return the settings of the full method, its choice among them."""
    choice = json.loads((study.folder / "choices" / "full" / "choice.json").read_text())
    return {**{key: value for key, value in STATED["method"].items() if key != "model"}, **choice["hyperparameters"]}
