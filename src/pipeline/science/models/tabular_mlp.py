"""A multilayer perceptron on tables: columns scaled and encoded by the training rows, then hidden layers."""

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from pipeline.science.settings import Count, Encoding, Scaling, Shape, Training

if TYPE_CHECKING:
    from torch import nn

SEED_VARIES = "initialisation, data order, dropout"
READS_TABLES = True


class Settings(Training):
    """How columns are scaled and encoded, and the hidden layers: how wide, how many, with how much dropout.

    A nominal column is one-hot, or an embedding of so many `dimensions`.
    """

    scaling: Scaling = "standard"
    encoding: Encoding = "one_hot"
    dimensions: Count = 4
    hidden: Count = 64
    layers: Count = 2
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def no_augmentation(self) -> Self:
        """Refuse augmentations, which are of sequences."""
        if self.augmentation:
            raise ValueError("augmentations are of sequences, not of tables")
        return self


def build(settings: Settings, shape: Shape) -> "nn.Module":
    """Return encoded columns, hidden ReLU layers with dropout, and a linear one."""
    from torch import nn

    from pipeline.science.table_network import ColumnEncoder, TableNetwork, columns_of

    encoder = ColumnEncoder(columns_of(shape), settings.scaling, settings.encoding, settings.dimensions)
    layers: list[nn.Module] = []
    width = encoder.width
    for _ in range(settings.layers):
        layers += [nn.Linear(width, settings.hidden), nn.ReLU(), nn.Dropout(settings.dropout)]
        width = settings.hidden
    return TableNetwork(encoder, nn.Sequential(*layers, nn.Linear(width, shape.classes)))
