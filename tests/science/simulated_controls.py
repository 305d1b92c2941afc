"""Honest studies and faulty ones, simulated: what the controls are judged on, and what their power is measured by."""

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]


def honest(
    random: np.random.Generator, classes: int, items: int, runs: int, mixing: float
) -> tuple[list[Labels], Labels]:
    """Return (predictions of each run, labels): what is predicted depends on the class, but not on its name.

    `mixing` is the Dirichlet parameter of each class's predictions: small ones predict a whole class alike.
    """
    labels = random.choice(classes, items, p=random.dirichlet(np.full(classes, 5.0)))
    return [drawn(random, labels, classes, mixing) for _ in range(runs)], labels


def drawn(random: np.random.Generator, labels: Labels, classes: int, mixing: float) -> Labels:
    """Return the predictions of one run."""
    share = random.dirichlet(np.full(classes, mixing), size=classes).cumsum(1)
    found: Labels = (random.random(len(labels))[:, None] > share[labels]).sum(1).clip(0, classes - 1)
    return found


def leaking(random: np.random.Generator, predicted: list[Labels], labels: Labels, share: float) -> list[Labels]:
    """Return predictions in which this share of items is given away to every run."""
    return [np.where(random.random(len(labels)) < share, labels, each) for each in predicted]
