"""Baseline: a support vector machine with a Gaussian kernel on standardised features."""

from typing import TYPE_CHECKING

from pipeline.science.settings import Estimator, ModelCosts, Rate, Shape

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

SEED_VARIES = ""  # an exact quadratic program


class Settings(Estimator):
    """The cost of a margin violation (scikit-learn's C) and the kernel exp(-gamma |a - b|^2)."""

    inverse_regularisation: Rate
    gamma: Rate


def build(settings: Settings, seed: int) -> "Pipeline":  # noqa: ARG001 (nothing random)
    """Return a scaler and a one-against-one support vector classifier."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    return make_pipeline(StandardScaler(), SVC(C=settings.inverse_regularisation, gamma=settings.gamma))


def costs(estimator: "Pipeline", shape: Shape) -> ModelCosts:
    """Parameters: sd support vectors, s(c - 1) dual coefficients, c(c - 1) / 2 intercepts.

    FLOPs: 2d to standardise, s(3d + 2) kernel values (subtract, square, add; scale and exponential, counted
    as one each), 2s(c - 1) to weight them.
    """
    fitted, size = estimator[-1], shape.size
    vectors = int(fitted.support_vectors_.shape[0])
    dual, intercepts = int(fitted.dual_coef_.size), int(fitted.intercept_.size)
    return ModelCosts(
        parameters=vectors * size + dual + intercepts,
        flops_per_example=2 * size + vectors * (3 * size + 2) + 2 * dual,
    )
