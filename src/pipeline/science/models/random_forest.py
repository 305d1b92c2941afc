"""Baseline: a random forest."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from pipeline.science.settings import Count, Estimator, ModelCosts, Shape

if TYPE_CHECKING:
    from sklearn.ensemble import RandomForestClassifier

SEED_VARIES = "bootstrap samples, features tried at each split"


class Settings(Estimator):
    """How many trees, the features tried at each split (a rule or a fraction), and the smallest leaf.

    Trees are as deep as it takes where `max_depth` is not stated; what is not stated of the last two is not dumped.
    """

    max_features: Literal["sqrt", "log2"] | Annotated[float, Field(gt=0, le=1)]
    min_samples_leaf: Count
    trees: Count = 100
    criterion: Annotated[Literal["gini", "entropy"], Field(exclude_if=lambda stated: stated == "gini")] = "gini"
    max_depth: Annotated[Count | None, Field(exclude_if=lambda stated: stated is None)] = None


def build(settings: Settings, seed: int) -> "RandomForestClassifier":
    """Return a forest; trees do not care for the scale of a feature, so nothing is standardised."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        settings.trees,
        max_features=settings.max_features,
        min_samples_leaf=settings.min_samples_leaf,
        criterion=settings.criterion,
        max_depth=settings.max_depth,
        random_state=seed,
        n_jobs=1,
    )


def costs(estimator: "RandomForestClassifier", shape: Shape) -> ModelCosts:
    """Parameters: 2 an inner node (feature, threshold) and c a leaf.

    FLOPs: one comparison a level, the depth of a tree averaged over its training examples (rounded up), and
    c additions of class probabilities a tree.
    """
    parameters = comparisons = 0
    for tree in (member.tree_ for member in estimator.estimators_):
        leaves = int(tree.n_leaves)
        parameters += 2 * (int(tree.node_count) - leaves) + shape.classes * leaves
        inner = tree.children_left != -1
        visits, examples = int(tree.n_node_samples[inner].sum()), int(tree.n_node_samples[0])
        comparisons += -(-visits // examples)
    flops = comparisons + shape.classes * len(estimator.estimators_)
    return ModelCosts(parameters=parameters, flops_per_example=flops)
