"""Baseline: multinomial logistic regression on standardised features."""

from typing import TYPE_CHECKING

from pipeline.science.settings import Estimator, ModelCosts, Rate, Shape

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

SEED_VARIES = ""  # L-BFGS from zero on a convex loss: nothing random


class Settings(Estimator):
    """The inverse of the strength of the L2 penalty (scikit-learn's C)."""

    inverse_regularisation: Rate


def build(settings: Settings, seed: int) -> "Pipeline":  # noqa: ARG001 (nothing random)
    """Return a scaler and a logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=settings.inverse_regularisation, max_iter=2000))


def costs(estimator: "Pipeline", shape: Shape) -> ModelCosts:
    """Parameters c(d + 1); FLOPs 2d to standardise plus 2cd for the logits (d features, c classes)."""
    size, classes = shape.size, shape.classes
    fitted = estimator[-1]
    return ModelCosts(
        parameters=int(fitted.coef_.size + fitted.intercept_.size),
        flops_per_example=2 * size + 2 * classes * size,
    )
