import numpy as np
from sklearn.tree import ExtraTreeClassifier

from pipeline.science.models import extra_tree
from pipeline.science.settings import Shape
from pipeline.science.skops_bytes import estimator_bytes

SHAPE = Shape(features=(3,), classes=3)
Y = np.arange(90) % 3
X = np.random.default_rng(0).normal(size=(90, 3)) + Y[:, None]


def fitted(seed: int, depth: int = 4) -> ExtraTreeClassifier:
    settings = extra_tree.Settings(criterion="gini", max_depth=depth)
    return extra_tree.build(settings, seed).fit(X, Y)


def test_a_seed_changes_the_tree_and_the_same_one_gives_the_same_bytes() -> None:
    assert estimator_bytes(fitted(1)) == estimator_bytes(fitted(1)) != estimator_bytes(fitted(2))


def test_a_tree_is_no_deeper_than_stated_and_its_costs_follow_its_nodes() -> None:
    for depth in (1, 4):
        tree = fitted(1, depth)
        costs, leaves = extra_tree.costs(tree, SHAPE), tree.get_n_leaves()
        assert tree.get_depth() == costs.flops_per_example == depth
        assert costs.parameters == 2 * (leaves - 1) + 3 * leaves  # a binary tree has a node less than leaves inside


def test_scaling_the_features_changes_no_prediction() -> None:
    settings = extra_tree.Settings(criterion="entropy", max_depth=4)
    scaled = extra_tree.build(settings, 3).fit(4 * X, Y)
    assert np.array_equal(extra_tree.build(settings, 3).fit(X, Y).predict(X), scaled.predict(4 * X))
