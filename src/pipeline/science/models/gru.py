"""The recurrent network of Greydanus & Kobak (2020): a bidirectional GRU and a linear head on all its states."""

from typing import TYPE_CHECKING

from pipeline.science.settings import Count, Shape, Training

if TYPE_CHECKING:
    from torch import nn

SEED_VARIES = "initialisation, data order"


class Settings(Training):
    """How many units each direction has."""

    hidden: Count = 6


def build(settings: Settings, shape: Shape) -> "nn.Module":
    """Return the network; 5 134 parameters with 6 units, 40 values and ten classes."""
    from torch import nn

    from pipeline.science.recurrent import BidirectionalGRU

    (length,) = shape.features
    head = nn.Linear(2 * settings.hidden * length, shape.classes)
    return nn.Sequential(BidirectionalGRU(settings.hidden), nn.Flatten(), head)
