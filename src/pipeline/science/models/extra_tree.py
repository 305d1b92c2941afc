"""One extremely randomised tree (Geurts, Ernst & Wehenkel 2006)."""

from typing import TYPE_CHECKING, Literal

from pipeline.science.settings import Count, Estimator, ModelCosts, Shape

if TYPE_CHECKING:
    from sklearn.tree import ExtraTreeClassifier

SEED_VARIES = "features and thresholds tried at each split"


class Settings(Estimator):
    """By which criterion nodes are split, and how deep at most."""

    criterion: Literal["gini", "entropy"]
    max_depth: Count


def build(settings: Settings, seed: int) -> "ExtraTreeClassifier":
    """Return a tree; thresholds are drawn within a feature's range, so that scaling features changes nothing."""
    from sklearn.tree import ExtraTreeClassifier

    return ExtraTreeClassifier(
        criterion=settings.criterion, max_depth=settings.max_depth, splitter="best", random_state=seed
    )


def costs(estimator: "ExtraTreeClassifier", shape: Shape) -> ModelCosts:
    """Parameters: 2 an inner node (feature, threshold) and c a leaf; FLOPs: one comparison a level, at most."""
    nodes, leaves = int(estimator.tree_.node_count), int(estimator.tree_.n_leaves)
    parameters = 2 * (nodes - leaves) + shape.classes * leaves
    return ModelCosts(parameters=parameters, flops_per_example=int(estimator.tree_.max_depth))
