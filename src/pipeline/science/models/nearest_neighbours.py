"""Baseline: k nearest neighbours by Euclidean distance on standardised features."""

from typing import TYPE_CHECKING, Literal

from pipeline.science.settings import Count, Estimator, ModelCosts, Shape

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

SEED_VARIES = ""  # it keeps the training set


class Settings(Estimator):
    """How many neighbours vote, and whether near ones count more."""

    neighbours: Count
    weights: Literal["uniform", "distance"]


def build(settings: Settings, seed: int) -> "Pipeline":  # noqa: ARG001 (nothing random)
    """Return a scaler and a brute-force nearest-neighbour classifier."""
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    classifier = KNeighborsClassifier(settings.neighbours, weights=settings.weights, algorithm="brute", n_jobs=1)
    return make_pipeline(StandardScaler(), classifier)


def costs(estimator: "Pipeline", shape: Shape) -> ModelCosts:
    """Parameters nd, the kept examples; FLOPs 2d to standardise plus 3nd (subtract, square, add)."""
    kept = int(estimator[-1].n_samples_fit_)
    return ModelCosts(parameters=kept * shape.size, flops_per_example=2 * shape.size + 3 * kept * shape.size)
