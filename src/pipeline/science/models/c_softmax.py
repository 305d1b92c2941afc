"""Baseline: softmax regression by stochastic gradient descent, trained and used by a program in C (c_softmax.c)."""

from typing import Annotated

from pydantic import Field

from pipeline.science.settings import Count, ModelCosts, Program, Rate, Shape

SEED_VARIES = "data order"
RESOURCES = ("c_softmax.c",)  # part of the code that a run rests on
COMPILE = ("cc", "-std=c99", "-O2", "-ffp-contract=off", "-o", "{program}", "{source}", "-lm")
TRAIN = ("train", "{folder}", "{rows}", "{features}", "{classes}", "{seed}", "{epochs}", "{learning_rate}")
PREDICT = ("predict", "{folder}", "{rows}", "{features}", "{classes}")


class Settings(Program):
    """How often every row is seen, and the step, which falls linearly to zero."""

    epochs: Count = 20
    learning_rate: Annotated[Rate, Field(le=1)]


def costs(settings: Settings, shape: Shape, rows: int) -> tuple[ModelCosts, int]:
    """Parameters 2d + c(d + 1); FLOPs 2d to standardise and 2cd for the scores, twice as many again for a step.

    Training is that for each row of each epoch; d features, c classes.
    """
    size, classes = shape.size, shape.classes
    predicting = 2 * size + 2 * classes * size
    model = ModelCosts(parameters=2 * size + classes * (size + 1), flops_per_example=predicting)
    return model, settings.epochs * rows * (predicting + 2 * classes * size)
